// Runs of steps as a kind of undertaking.
import type { AskedOf, UndertakingKind } from '../undertakings/undertaking'
import { decideStepRun, goesOn, isStepRunAtRest, isToBegin, type StepRunAct } from './decideStepRun'
import { alertKey, continueWords, ignoreAlertWord, initialStepRun, reduceStepRun } from './reduceStepRun'
import { type StepRunPlan, stepRunPlanSchema } from './stepRunPlan'
import { type StepItem, type StepRun, type StepRunEvent, stepRunEventSchema, type StepRunState } from './stepRunState'

export const stepRunKind: UndertakingKind<StepRunPlan, StepRunEvent, StepRunState, StepRunAct> = {
  name: 'step',
  planSchema: stepRunPlanSchema,
  eventSchema: stepRunEventSchema,
  initial: initialStepRun,
  reduce: reduceStepRun,
  decide: decideStepRun,
  isAtRest: isStepRunAtRest,
  refusal: refuse,
  conflict: findConflict,
  openPlan: ({ spec, state }) => ({
    ...spec.plan,
    steps: spec.plan.steps.filter((_, index) => !isDone(state.items[index])),
  }),
}

/** It is not done again, whether it could be ticked or not. */
export function isDone(item: StepItem | undefined): boolean {
  return item?.state.kind === 'ended' && (item.state.outcome === 'completed' || item.state.outcome === 'unproved')
}

function refuse(run: StepRun, { kind, word, detail }: AskedOf): string | null {
  const { items } = run.state
  switch (kind) {
    case 'stop':
      return isStepRunAtRest(run) ? 'Nothing of these steps runs any more: there is nothing to stop.' : null
    case 'continue': {
      if (!isStepRunAtRest(run)) return stillGoesOn(items)
      if (!continueWords.some((one) => one === word)) return `A run of steps does not know how to ${word}.`
      const next = items.find((item) => !isDone(item))
      if (next !== undefined && next.blocked.length > 0)
        return `Step ${next.plan.step} could not run when this run was planned, which stays so for it: ${next.blocked.join(' ')} When that is mended, run it anew: relay steps run ${next.plan.step}-`
      if (next !== undefined) return null
      const unproved = items.find(({ state }) => state.kind === 'ended' && state.outcome === 'unproved')
      return unproved?.state.kind === 'ended'
        ? `Step ${unproved.plan.step} is done, but unproved, and nothing is left to go on with. ${unproved.state.reason}`
        : 'All of these steps have completed: there is nothing to go on with.'
    }
    case 'tell': {
      if (word !== ignoreAlertWord) return `A run of steps does not understand ${word}.`
      const isThere = items.some(({ monitors }, index) =>
        monitors.some(({ act, alert }) => alert !== null && alertKey(index, act) === detail),
      )
      return isThere ? null : 'There is no such alert any more.'
    }
  }
}

/** What is left is not locked by what goes on: it can be run by itself. */
function stillGoesOn(items: readonly StepItem[]): string {
  const going = items.filter(({ state }) => state.kind === 'running').map(({ plan }) => plan.step)
  const failed = items.find((item) => item.state.kind === 'ended' && !isDone(item))
  if (going.length === 0 || failed === undefined) return 'These steps still go on: stop them first, or wait.'
  return `Step ${going.join(', ')} of this run still goes on. Wait for it, or run what is left anew: relay steps run ${failed.plan.step}-`
}

/** The same step twice at a time would do everything twice. What waits behind a step that failed does not begin any more. */
function findConflict(run: StepRun, other: StepRunPlan): string | null {
  const wanted = new Set(other.steps.map(({ plan }) => plan.step))
  let mayBegin = run.stopRequestedAtMs === null
  for (const item of run.state.items) {
    const why = wanted.has(item.plan.step) ? occupies(item, mayBegin) : null
    if (why !== null) return why
    mayBegin &&= goesOn(item) || item.state.kind === 'running' || isToBegin(item)
  }
  return null
}

/** Why a step must not begin because of this one; null: it may. `mayBegin`: it may still be this one's turn. */
function occupies(item: StepItem, mayBegin: boolean): string | null {
  const { plan, taskId, state, monitors } = item
  if (state.kind === 'running') return `Step ${plan.step} runs already, as ${taskId}.`
  if (mayBegin && isToBegin(item)) return `Step ${plan.step} is about to run already, as ${taskId}.`
  // Monitors look as long as anything of it is alive.
  if (monitors.some((one) => one.state === 'watching'))
    return `Step ${plan.step} has ended, as ${taskId}, but what it left running may still go on: end that first, or stop the step if it is not to be looked after any more.`
  return null
}
