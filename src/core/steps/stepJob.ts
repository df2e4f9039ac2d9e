// The job of one act of a step: what the step's plan says, as the plan of a job.
import { watchDefaults } from '../blocks/schema'
import { type Agent, jobLimitSec } from '../followUps/agent'
import type { JobId } from '../jobs/jobId'
import type { Plan } from '../jobs/plan'
import type { Origin } from '../jobs/spec'
import type { Doing, PlannedAct } from './planStep'
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

export function stepJob(run: StepRun, _index: number, item: StepItem, own: ActRun, act: PlannedAct): StepJob {
  const { plan: step, taskId } = item
  const { phase, name, timeoutSec } = act
  const isMain = phase === 'MAIN' && act.onFailure !== true
  const isLast = isMain && lastOfMain(item) === own.act
  const ownEnv = act.doing.kind === 'nothing' ? {} : act.doing.env
  // Its time is that of its start-up.
  const isLong = isMain && isLast && step.mode === 'background'
  const { work, limitSec } = workOf(act.doing, item, timeoutSec)
  const plan: Plan = {
    work,
    backend: { kind: 'local' },
    cwd: step.cwd,
    env: { PYTHONUNBUFFERED: '1', [stepVariables.taskId]: taskId, [stepVariables.step]: String(step.step), ...ownEnv },
    timeLimitSec: isLong ? null : limitSec,
    preflight: { checks: [], onFail: 'reject' },
    watch: {
      everySec: watchDefaults.everySec,
      tailLines: watchDefaults.tailLines,
      requireFiles: isLast || act.onFailure === true ? step.requireFiles : [],
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

/** The act of the main phase with which it is done; checks between chunks are none. */
export function lastOfMain({ plan: { acts } }: Pick<StepItem, 'plan'>): number {
  return acts.findLastIndex(
    ({ phase, onFailure, name }) => phase === 'MAIN' && onFailure !== true && !name.startsWith('quality of chunk '),
  )
}

function workOf(
  doing: Doing,
  item: StepItem,
  timeoutSec: number | null,
): { readonly work: Plan['work']; readonly limitSec: number | null } {
  if (doing.kind !== 'agent')
    return {
      work: { kind: 'command', command: doing.kind === 'command' ? doing.command : ':' },
      limitSec: timeoutSec,
    }
  const agent = doing.reads ? item.plan.reader : item.plan.worker
  const timed = agent === null ? null : timedAgent(agent, timeoutSec)
  const work = {
    kind: 'agent',
    agent: timed ?? { kind: 'builtin' },
    task: doing.prompt,
    about: failedJob(item),
  } as const
  // A question has its seconds, whatever it waits for.
  return { work, limitSec: doing.reads ? timeoutSec : timed === null ? timeoutSec : jobLimitSec(timed) }

  function failedJob({ acts, plan }: StepItem): { readonly jobId: JobId; readonly attempt: 1 } | null {
    const isRecovery = plan.acts.some((one) => one.doing === doing && one.onFailure === true)
    if (!isRecovery) return null
    for (const { state, act } of acts)
      if (state.kind === 'done' && state.outcome === 'failed' && state.job !== null && plan.acts[act]?.phase === 'MAIN')
        return { jobId: state.job, attempt: 1 }
    return null
  }
}

function timedAgent(agent: Agent, timeoutSec: number | null): Agent {
  return agent.kind === 'builtin' || timeoutSec === null ? agent : { ...agent, timeLimitSec: timeoutSec }
}
