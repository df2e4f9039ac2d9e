// Jobs as an editor starts them: a plan, and the client's own requests.
import { planJob, type Plan } from '../../../src/core/jobs/plan'
import { jobEnvironment } from '../../../src/store/jobs/jobEnvironment'
import { JobRequests } from '../../../src/store/jobs/jobRequests'
import { type Request } from '../../../src/store/request'
import { newJobId, type JobId } from '../../../src/core/jobs/jobId'
import { planDigest } from '../../../src/store/approval'
import { type Relay, supervisorFile } from '../../support/relay'

export function planOf(command: string, cwd: string): Plan {
  const result = planJob({ type: 'job_start', command, watch: { everySec: 300 } }, cwd)
  if ('refusals' in result) throw new Error(result.refusals.join(' '))
  return result.plan
}

export function requestsOf(relay: Relay): JobRequests {
  return new JobRequests(relay.state, supervisorFile, () => Date.now())
}

/** Starts a command through the running client `requests`, as an editor does. */
export async function startJob(relay: Relay, requests: JobRequests, command: string): Promise<JobId> {
  return requests.start({
    plan: planOf(command, relay.workspace),
    description: null,
    folder: relay.workspace,
    origin: { kind: 'block', file: null, line: 1 },
    how: 'yes_flag',
    env: jobEnvironment(relay.env),
  })
}

/** The same as a bare request, for whoever submits many at once or times every step. */
export function startRequest(relay: Relay, command: string): Extract<Request, { kind: 'start' }> {
  const plan = planOf(command, relay.workspace)
  const id = newJobId(Date.now(), Math.random())
  return {
    v: 1,
    kind: 'start',
    id,
    spec: {
      v: 1,
      id,
      createdAtMs: Date.now(),
      host: relay.state.host,
      folder: relay.workspace,
      origin: { kind: 'block', file: null, line: 1 },
      description: null,
      plan,
    },
    approval: { digest: planDigest(plan), how: 'yes_flag' },
    env: jobEnvironment(relay.env),
  }
}
