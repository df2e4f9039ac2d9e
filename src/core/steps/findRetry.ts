// Which run a failed step is taken up in: the newest of the step alone, and only if nothing is done twice by that. Pure.
import { goingOn, renderGoingOn } from './goingOn'
import { isDone, stepRunKind } from './stepRun'
import type { StepItem, StepRun } from './stepRunState'
import { viewsOfRun } from './stepRunView'

/** `why`: a sentence, with what to do instead. */
export type Retry = { readonly kind: 'run'; readonly run: StepRun } | { readonly kind: 'none'; readonly why: string }

interface Newest {
  readonly run: StepRun
  readonly item: StepItem
}

/** `runs` oldest first. `step` null: the one that failed last. */
export function findRetry(runs: readonly StepRun[], step: number | null): Retry {
  const newest = newestOfEach(runs)
  if (step !== null) return retryOf(runs, newest, step)
  const failed = [...newest.values()].filter(({ item }) => hasFailed(item))
  const last = runs.findLast((run) => failed.some((one) => one.run === run))
  const first = failed.find(({ run }) => run === last)
  return first === undefined
    ? { kind: 'none', why: 'No step has failed here.' }
    : retryOf(runs, newest, first.item.plan.step)
}

function retryOf(runs: readonly StepRun[], newest: ReadonlyMap<number, Newest>, step: number): Retry {
  const none = (why: string): Retry => ({ kind: 'none', why })
  const own = newest.get(step)
  if (own === undefined) return none(`Step ${step} has not failed: it has not run here.`)
  const { run, item } = own
  const { state, taskId } = item
  if (state.kind === 'running') return none(`Step ${step} runs, as ${taskId}.`)
  if (state.kind === 'waiting') return none(`Step ${step} is about to run, as ${taskId}.`)
  const anew = `Run it anew: relay steps run ${anewRange(run, step)}`
  switch (state.outcome) {
    case 'completed':
      return none(`Step ${step} has not failed: its last run, ${taskId}, completed.`)
    case 'unproved':
      return none(`Step ${step} has not failed: it is done, but unproved. ${state.reason} ${anew}`)
    case 'blocked':
      return none(`Step ${step} could not run: ${state.reason} Once that is put right it is no retry. ${anew}`)
    case 'failed':
    case 'stopped':
      break
  }
  if (!stepRunKind.isAtRest(run)) {
    const others = viewsOfRun(run, false).flatMap((view) => {
      const how = goingOn(view)
      return how === null ? [] : [renderGoingOn({ step: view, how })]
    })
    return none(`Its run still goes on${others.length === 0 ? '' : ` with ${others.join(', ')}`}. ${anew}`)
  }
  // All of a run that is not done goes on together.
  const later = new Set(runs.slice(runs.indexOf(run) + 1))
  for (const one of run.state.items) {
    const since = newest.get(one.plan.step)
    if (isDone(one) || since === undefined || !later.has(since.run)) continue
    return none(
      `Its run would do step ${one.plan.step}, too, which has been run since, as ${since.item.taskId}. ${anew}`,
    )
  }
  return { kind: 'run', run }
}

/** How a step is run anew with those behind it of the same run: `2-5`, or `2`. */
export function anewRange(run: StepRun, step: number): string {
  const last = run.spec.plan.steps.at(-1)?.plan.step ?? step
  return last > step ? `${step}-${last}` : String(step)
}

/** What would be begun next if the run went on cannot run: that stays so, for it was found when the run was planned. */
export function isNextBlocked({ state: { items } }: StepRun): boolean {
  const next = items.find((item) => isOpen(item) || item.state.kind === 'waiting')
  return next !== undefined && next.blocked.length > 0
}

function newestOfEach(runs: readonly StepRun[]): ReadonlyMap<number, Newest> {
  const newest = new Map<number, Newest>()
  for (const run of runs) {
    const isAtRest = stepRunKind.isAtRest(run)
    for (const item of run.state.items) {
      const { step } = item.plan
      // Whatever began after it: what runs now is what counts.
      const isRunning = newest.get(step)?.item.state.kind === 'running'
      // Of a run at rest what waits was never begun.
      const isSomething = item.state.kind !== 'waiting' || !isAtRest
      if (isSomething && !(isRunning && item.state.kind !== 'running')) newest.set(step, { run, item })
    }
  }
  return newest
}

function hasFailed({ state }: StepItem): boolean {
  return state.kind === 'ended' && (state.outcome === 'failed' || state.outcome === 'stopped')
}

function isOpen({ state }: StepItem): boolean {
  return state.kind === 'ended' && state.outcome !== 'completed' && state.outcome !== 'unproved'
}
