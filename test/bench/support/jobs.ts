// Jobs as an editor starts them: a plan, and the client's own requests.
import { planJob, type Plan } from '../../../src/core/jobs/plan'
import { jobEnvironment } from '../../../src/store/jobs/jobEnvironment'
import { type JobOrder, JobRequests, startRequest } from '../../../src/store/jobs/jobRequests'
import type { StartRequest } from '../../../src/store/request'
import { newJobId, type JobId } from '../../../src/core/jobs/jobId'
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
  return requests.start(orderOf(relay, command))
}

/** The same as a bare request, for whoever submits many at once or times every step. */
export function commandRequest(relay: Relay, command: string): StartRequest {
  const nowMs = Date.now()
  return startRequest(relay.state.host, newJobId(nowMs, Math.random()), nowMs, orderOf(relay, command))
}

let sleepers = 0

/** A command that is still there at the end, and another one each time: the same is not started twice without asking. */
export function sleepLong(): string {
  return `sleep ${100_000 + sleepers++}`
}

function orderOf(relay: Relay, command: string): JobOrder {
  return {
    plan: planOf(command, relay.workspace),
    description: null,
    folder: relay.workspace,
    origin: { kind: 'block', file: null, line: 1 },
    how: 'yes_flag',
    env: jobEnvironment(relay.env),
  }
}
