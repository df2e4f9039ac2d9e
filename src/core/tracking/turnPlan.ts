// The job that is a turn of an agent for a track: a fix, a discussion.
import { jobLimitSec } from '../followUps/agent'
import type { JobId } from '../jobs/jobId'
import type { Plan } from '../jobs/plan'
import type { TrackPlan } from './trackPlan'

export function turnPlan(
  agent: Exclude<TrackPlan['discussion'], null>,
  task: string,
  about: { readonly jobId: JobId; readonly attempt: number },
  cwd: string,
  env: Plan['env'],
): Plan {
  return {
    work: { kind: 'agent', agent, task, about },
    backend: { kind: 'local' },
    cwd,
    env,
    timeLimitSec: jobLimitSec(agent),
    preflight: { checks: [], onFail: 'reject' },
    watch: {
      everySec: 300,
      tailLines: 30,
      requireFiles: [],
      readyTimeoutSec: 900,
      readyPollSec: 15,
      onMissing: 'block',
    },
    followUp: null,
  }
}
