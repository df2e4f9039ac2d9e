// What a person should know of steps before they are run, besides what they do: that one is done already, and where it will end.
import type { PlannedStep } from './planStep'

export type RunWarning =
  /** `taskId` null: it is ticked, and no task is named. */
  | { readonly kind: 'again'; readonly step: number; readonly taskId: string | null }
  /** The run ends there; `notBegun` are the steps behind it. */
  | { readonly kind: 'blocked'; readonly step: number; readonly why: string; readonly notBegun: readonly number[] }

/** `done`: the steps that are done, with the task that did each. */
export function runWarnings(
  planned: readonly PlannedStep[],
  done: ReadonlyMap<number, string | null>,
): readonly RunWarning[] {
  const blockedAt = planned.findIndex(({ blocked }) => blocked.length > 0)
  return planned.flatMap(({ plan: { step }, blocked }, at): RunWarning[] => {
    const taskId = done.get(step)
    const again: RunWarning[] = taskId === undefined ? [] : [{ kind: 'again', step, taskId }]
    if (blocked.length === 0) return again
    // What is behind the first that is blocked is never begun.
    const notBegun = at === blockedAt ? planned.slice(at + 1).map(({ plan }) => plan.step) : []
    return [...again, { kind: 'blocked', step, why: blocked.join(' '), notBegun }]
  })
}

export function renderRunWarning(warning: RunWarning): string {
  const { step } = warning
  if (warning.kind === 'again')
    return `Step ${step} is done already${warning.taskId === null ? '' : ` (${warning.taskId})`}: it runs again.`
  const { why, notBegun } = warning
  const rest = notBegun.length === 0 ? '' : ` The run ends there: step ${notBegun.join(', ')} would not be begun.`
  return `Step ${step} cannot run as things are: ${why}${rest}`
}
