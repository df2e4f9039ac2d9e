// Jobs for tests of the core, made from events as the supervisor would record them.
import type { JobEvent } from '../../src/core/jobs/event'
import { initialJob, type Job, reduce } from '../../src/core/jobs/job'
import { jobIdSchema } from '../../src/core/jobs/jobId'
import type { Plan } from '../../src/core/jobs/plan'
import type { JobSpec } from '../../src/core/jobs/spec'

export const handle = { host: 'here', bootId: 'boot', pid: 42, startTime: '7' }
export const jobId = jobIdSchema.parse('20261120-125124-k3x9qa')

export const plan: Plan = {
  work: { kind: 'command', command: 'train' },
  backend: { kind: 'local' },
  cwd: '/projects/space',
  env: {},
  timeLimitSec: null,
  preflight: { checks: [], onFail: 'reject' },
  watch: {
    everySec: 300,
    tailLines: 30,
    requireFiles: [],
    readyTimeoutSec: 900,
    readyPollSec: 15,
    onMissing: 'block',
  },
  followUp: { task: 'Analyze.', description: null, run: true, agent: { kind: 'builtin' } },
}

export function specOf(change: Partial<Plan> = {}): JobSpec {
  return {
    v: 1,
    id: jobId,
    createdAtMs: 1000,
    host: 'here',
    folder: '/projects/space',
    origin: { kind: 'block', file: null, line: 1 },
    description: null,
    plan: { ...plan, ...change },
  }
}

/** The job after these events, one a second. */
export function jobAfter(events: readonly JobEvent[], change: Partial<Plan> = {}): Job {
  return events.reduce(
    (job, event, index) => reduce(job, { atMs: 2000 + index * 1000, event }),
    initialJob(specOf(change)),
  )
}

export const approved: JobEvent = { type: 'approved', approval: { digest: 'd', how: 'asked' } }
export const intended: JobEvent = { type: 'launch_intended', attempt: 1, before: [] }
export const launched: JobEvent = { type: 'launched', attempt: 1, handle, startedAtMs: 4000 }
export function exited(status: number, atMs = 9000): JobEvent {
  return { type: 'exited', attempt: 1, exit: { kind: 'code', code: status }, atMs, leftBehind: [] }
}
