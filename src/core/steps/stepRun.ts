// Runs of steps as a kind of undertaking.
import type { AskedOf, UndertakingKind } from '../undertakings/undertaking'
import { decideStepRun, isStepRunAtRest, type StepRunAct } from './decideStepRun'
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
    steps: spec.plan.steps.filter((_, index) => !isCompleted(state.items[index])),
  }),
}

function isCompleted(item: StepItem | undefined): boolean {
  return item?.state.kind === 'ended' && item.state.outcome === 'completed'
}

function refuse(run: StepRun, { kind, word, detail }: AskedOf): string | null {
  const { items } = run.state
  switch (kind) {
    case 'stop':
      return isStepRunAtRest(run) ? 'Nothing of these steps runs any more: there is nothing to stop.' : null
    case 'continue': {
      if (!isStepRunAtRest(run)) return 'These steps still go on: stop them first, or wait.'
      if (!continueWords.some((one) => one === word)) return `A run of steps does not know how to ${word}.`
      const isDone = items.every(isCompleted)
      return isDone ? 'All of these steps have completed: there is nothing to go on with.' : null
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

/** The same step twice at a time would do everything twice. */
function findConflict({ state: { items } }: StepRun, other: StepRunPlan): string | null {
  for (const { plan } of other.steps) {
    const own = items.find((item) => item.plan.step === plan.step && item.state.kind !== 'ended')
    if (own !== undefined && own.state.kind === 'running') return `Step ${plan.step} runs already, as ${own.taskId}.`
    if (own !== undefined) return `Step ${plan.step} is about to run already, as ${own.taskId}.`
  }
  return null
}
