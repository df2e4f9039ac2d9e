// Where SPEC.md and the log do not say the same of a step, and the two ways to make them one.
import type { TextEdit } from '../blocks/textEdit'
import type { LogHistory, LogStatus, StepHistory } from './executionLog'
import type { StepFinding } from './finding'
import { setBox, type SpecStep } from './specDocument'

export interface Drift {
  readonly finding: StepFinding
  readonly step: SpecStep
  /** Makes the document say what the log does. */
  readonly inDocument: { readonly title: string; readonly edits: readonly TextEdit[] }
  /** Makes the log say what the document does: an entry with this status, with `taskId` or a new id. */
  readonly inLog: { readonly title: string; readonly status: LogStatus; readonly taskId: string | null }
}

/**
 * A step that the log never spoke of was done by hand, unless `defined` says that it can be run. Steps that are there twice
 * are told of as such: which of them was run cannot be known.
 */
export function findDrift(
  steps: readonly SpecStep[],
  history: LogHistory,
  defined: (step: number) => boolean,
): readonly Drift[] {
  const counts = countNumbers(steps)
  if (history.size === 0) return []
  return steps.flatMap((step): Drift[] => {
    const known = history.get(step.number)
    if ((counts.get(step.number) ?? 0) > 1 || (known === undefined && !defined(step.number))) return []
    const { number, label, state } = step
    if (state === 'ticked' && (known?.completed ?? null) === null) {
      // Of what could not be proved a tick is the word that was asked for.
      const isByHand = known?.state === 'unproved'
      const message = isByHand
        ? `STEP ${number} is ticked, and its run ${known.taskId}${dated(known.at)} is done, but unproved: whoever ticked it has looked. The log can say so, too.`
        : `STEP ${number} is ticked, and the log has no run of it that completed${describe(known)}.`
      return [
        {
          finding: { code: 'ticked-not-completed', severity: isByHand ? 'hint' : 'warning', message, ...label },
          step,
          inDocument: { title: `Untick STEP ${number}`, edits: setBox(step, false) },
          inLog: { title: `Write into the log that STEP ${number} is completed`, status: 'COMPLETED', taskId: null },
        },
      ]
    }
    if (state !== 'ticked' && known?.state === 'completed') {
      const message = `STEP ${number} is not ticked, and the log says that ${known.taskId} completed it${dated(known.at)}.`
      return [
        {
          finding: { code: 'completed-not-ticked', severity: 'warning', message, ...label },
          step,
          inDocument: { title: `Tick STEP ${number}`, edits: setBox(step, true) },
          inLog: {
            title: `Write into the log that STEP ${number} is open again`,
            status: 'REOPENED',
            taskId: known.taskId,
          },
        },
      ]
    }
    return []
  })
}

/** Numbers that more than one step has. */
export function findSpecTwice(steps: readonly SpecStep[]): readonly StepFinding[] {
  const counts = countNumbers(steps)
  return steps.flatMap(({ number, label }): StepFinding[] => {
    if ((counts.get(number) ?? 0) < 2) return []
    const message = `STEP ${number} is here ${counts.get(number) ?? 0} times: when it has run, it cannot be told which to tick.`
    return [{ code: 'step-twice', severity: 'warning', message, ...label }]
  })
}

function countNumbers(steps: readonly SpecStep[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const { number } of steps) counts.set(number, (counts.get(number) ?? 0) + 1)
  return counts
}

function describe(known: StepHistory | undefined): string {
  return known === undefined ? '' : ` (the last, ${known.taskId}: ${known.state}${dated(known.at)})`
}

function dated(at: string): string {
  const day = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.exec(at)?.[0]
  return day === undefined ? '' : ` on ${day.replace('T', ' ')}`
}
