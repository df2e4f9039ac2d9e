// What is known of every step of a workspace: by its definition, its line in SPEC.md and the log.
import type { LogHistory } from './executionLog'
import type { ParsedStep } from './parseDefinitions'
import { readableKey } from './planStep'
import type { SpecStep } from './specDocument'

export interface StepStatus {
  readonly step: number
  readonly title: string
  /** `done` is what SPEC.md ticks; what the log says otherwise is drift, and told apart. */
  readonly state: 'done' | 'running' | 'unproved' | 'failed' | 'stopped' | 'blocked' | 'open'
  /** The last run; null if none is known. */
  readonly taskId: string | null
  /** Of the last run, as it is written; empty if it is not known. */
  readonly at: string
  /** The key of its definition; null if it cannot be run because it has none. */
  readonly key: string | null
  readonly inSpec: boolean
  /** It has a definition without errors. */
  readonly isValid: boolean
}

/** In the order of SPEC.md; what is only defined comes behind, by number. */
export function stepStates(
  spec: readonly SpecStep[],
  defined: readonly ParsedStep[],
  history: LogHistory,
): readonly StepStatus[] {
  const byNumber = new Map<number, ParsedStep>()
  for (const one of defined) if (!byNumber.has(one.number)) byNumber.set(one.number, one)
  const listed = new Set(spec.map(({ number }) => number))
  const rest = [...byNumber.values()].filter(({ number }) => !listed.has(number)).sort((a, b) => a.number - b.number)
  const status = (step: number, line: SpecStep | null): StepStatus => {
    const definition = byNumber.get(step)
    const known = history.get(step)
    const logged = known?.state
    const state =
      line?.state === 'ticked'
        ? 'done'
        : logged === 'completed'
          ? line === null
            ? 'done'
            : 'open'
          : logged === undefined || logged === 'reopened'
            ? 'open'
            : logged
    return {
      step,
      title: line?.title || (definition?.definition?.main.objective ?? readableKey(definition?.key ?? '')),
      state,
      taskId: known?.taskId ?? line?.note?.taskId ?? null,
      at: known?.at ?? line?.note?.at ?? '',
      key: definition?.key ?? null,
      inSpec: line !== null,
      isValid: (definition?.definition ?? null) !== null,
    }
  }
  return [...spec.map((line) => status(line.number, line)), ...rest.map(({ number }) => status(number, null))]
}

/** Whether both say the same: asked for each of ten thousand steps at each key, so no text is made of them. */
export function isSameStatus(a: StepStatus, b: StepStatus): boolean {
  return (
    a.step === b.step &&
    a.title === b.title &&
    a.state === b.state &&
    a.taskId === b.taskId &&
    a.at === b.at &&
    a.key === b.key &&
    a.inSpec === b.inSpec &&
    a.isValid === b.isValid
  )
}
