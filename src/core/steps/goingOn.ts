// What of a run of steps goes on, and so what ends if it is stopped: a stop is of all of it. Pure.
import { isOver, type StepRunView } from './stepView'

/** `watched`: it has ended, and what it has left running is monitored. */
export type GoingOn = 'running' | 'background' | 'watched'

/** Null: nothing of it goes on, or it was not its turn yet. */
export function goingOn(step: StepRunView): GoingOn | null {
  if (step.state === 'running' || step.state === 'background') return step.state
  return isOver(step) && isWatched(step) ? 'watched' : null
}

/** There is something to be stopped, or to come. */
export function isLive(step: StepRunView): boolean {
  return !isOver(step) || isWatched(step)
}

export interface AlsoEnds {
  readonly step: StepRunView
  readonly how: GoingOn
}

/** What else ends if the run of this step is stopped, and which of its steps are not begun then. */
export function endsWith(
  steps: readonly StepRunView[],
  step: number,
): { readonly also: readonly AlsoEnds[]; readonly notBegun: readonly number[] } {
  const others = steps.filter((one) => one.step !== step)
  return {
    also: others.flatMap((one) => {
      const how = goingOn(one)
      return how === null ? [] : [{ step: one, how }]
    }),
    notBegun: others.flatMap((one) => (one.state === 'waiting' ? [one.step] : [])),
  }
}

/** `step 1 (task_1_a2b3c4d5, in the background)` */
export function renderGoingOn({ step: { step, taskId }, how }: AlsoEnds): string {
  const words = { running: 'running', background: 'in the background', watched: 'ended, and still monitored' } as const
  return `step ${step} (${[taskId, words[how]].filter((word) => word !== null).join(', ')})`
}

function isWatched({ phases }: StepRunView): boolean {
  const monitors = phases.find(({ phase }) => phase === 'BACKGROUND')?.acts ?? []
  return monitors.some(({ state }) => state === 'running' || state === 'alert')
}
