// The job of one act of a step: what the step's plan says, as the plan of a job.
import { watchDefaults } from '../blocks/schema'
import { type Agent, builtinAgent, jobLimitSec } from '../followUps/agent'
import type { Plan } from '../jobs/plan'
import type { Origin } from '../jobs/spec'
import type { PlannedAct } from './planStep'
import { isQualityOfChunk } from './qualityOfChunk'
import type { ActRun, StepItem, StepRun } from './stepRunState'

/** How long required files are awaited after the end of what is to write them. */
const readyTimeoutSec = 30
/** Jobs of a step find these in their environment. */
export const stepVariables = { taskId: 'RELAY_TASK_ID', step: 'RELAY_STEP' } as const

export interface StepJob {
  readonly plan: Plan
  readonly description: string
  readonly origin: Origin
}

/** `index` is that of the act in the plan of the step. */
export function stepJob(run: StepRun, item: StepItem, index: number, act: PlannedAct): StepJob {
  const { plan: step, taskId } = item
  const { phase, name } = act
  const isMain = phase === 'MAIN'
  const variables = act.doing.kind === 'nothing' ? {} : act.doing.env
  const { work, limitSec } = workOf(act, item)
  const plan: Plan = {
    work,
    backend: { kind: 'local' },
    cwd: step.cwd,
    env: {
      PYTHONUNBUFFERED: '1',
      [stepVariables.taskId]: taskId,
      [stepVariables.step]: String(step.step),
      ...variables,
    },
    // In the background its time is that of its start-up.
    timeLimitSec: goesOnBehind(item, index) ? null : limitSec,
    preflight: { checks: [], onFail: 'reject' },
    watch: {
      everySec: watchDefaults.everySec,
      tailLines: watchDefaults.tailLines,
      // What is put right may have been written before: `collectAct` looks at that.
      requireFiles: finishesMain(item, index) && act.onFailure !== true ? step.requireFiles : [],
      readyTimeoutSec,
      readyPollSec: 1,
      onMissing: 'block',
      // A check is over before anybody could be told of it.
      ...(isMain ? {} : { staleSec: 0, alertOn: [] }),
    },
    followUp: null,
  }
  const description = `STEP ${step.step}, ${phase}: ${name}`
  const origin = { kind: 'step', run: run.spec.id, step: step.step, taskId, phase, name } as const
  return { plan, description, origin }
}

/** Whether it is what the step leaves running while it goes on. */
export function goesOnBehind(item: StepItem, act: number): boolean {
  return item.plan.mode === 'background' && act === lastOfMain(item)
}

/** Whether with this act the main phase is done. */
export function finishesMain(item: StepItem, act: number): boolean {
  const last = lastOfMain(item)
  return act === last || (item.plan.acts[act]?.onFailure === true && failedOfMain(item)?.act === last)
}

/** The act of the main phase with which it is done; checks between chunks are none. */
function lastOfMain({ plan: { acts } }: StepItem): number {
  return acts.findLastIndex(
    ({ phase, onFailure, name }) => phase === 'MAIN' && onFailure !== true && !isQualityOfChunk(name),
  )
}

/** What of the main phase has failed, and may be put right. */
function failedOfMain({ acts, plan }: StepItem): ActRun | null {
  const isMeant = ({ act, state }: ActRun) => {
    const planned = plan.acts[act]
    const isWork = planned?.phase === 'MAIN' && planned.onFailure !== true
    return isWork && state.kind === 'done' && state.outcome === 'failed'
  }
  return acts.find(isMeant) ?? null
}

function workOf(act: PlannedAct, item: StepItem): { readonly work: Plan['work']; readonly limitSec: number | null } {
  const { doing, timeoutSec } = act
  if (doing.kind !== 'agent') {
    const command = doing.kind === 'command' ? doing.command : ':'
    return { work: { kind: 'command', command }, limitSec: timeoutSec }
  }
  const agent = timed((doing.reads ? item.plan.reader : item.plan.worker) ?? builtinAgent, timeoutSec)
  const failed = act.onFailure === true ? failedOfMain(item) : null
  const job = failed?.state.kind === 'done' ? failed.state.job : null
  return {
    work: {
      kind: 'agent',
      agent,
      task: doing.prompt,
      // What has failed, told to whoever is to put it right.
      about: job === null ? null : { jobId: job, attempt: 1 },
    },
    // A question has its seconds, whatever it waits for.
    limitSec: doing.reads ? timeoutSec : jobLimitSec(agent),
  }
}

/** Nobody else can do a step in its place. */
function timed(agent: Agent, timeoutSec: number | null): Agent {
  if (agent.kind === 'builtin') return agent
  return { ...agent, otherwise: 'wait', ...(timeoutSec === null ? {} : { timeLimitSec: timeoutSec }) }
}
