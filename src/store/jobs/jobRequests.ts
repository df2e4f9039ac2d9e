// Asking for something to happen to a job: what the CLI, the editor and agents all call.
import fs from 'node:fs'
import path from 'node:path'
import type { Watch } from '../../core/blocks/schema'
import type { Approval } from '../../core/jobs/event'
import { type Job, planOf } from '../../core/jobs/job'
import { newJobId, type JobId } from '../../core/jobs/jobId'
import type { Plan } from '../../core/jobs/plan'
import type { JobSpec, Origin } from '../../core/jobs/spec'
import { RelayError } from '../../core/relayError'
import { planDigest } from '../approval'
import { asRelayError } from '../durableFile'
import { awaitRequest, type Request, type StartRequest, submitRequest } from '../request'
import type { StateFolder } from '../stateFolder'
import { wake } from '../wake'
import { SameRunningError } from './sameJobs'

/** How long a supervisor may take to start and to take a request. */
const takenWithinMs = 15_000

/** What somebody wants to have run. `folder` is a real path. */
export interface JobOrder {
  readonly plan: Plan
  readonly description: string | null
  readonly folder: string
  readonly origin: Origin
  readonly how: Approval['how']
  readonly env: Readonly<Record<string, string>>
  /** Only its checks are run. */
  readonly dryRun?: boolean
  /** Running jobs that do the same, of which the person knows. */
  readonly knows?: readonly JobId[]
  /** It waits until a person lets it go. */
  readonly held?: boolean
}

/** The request that starts a job on `host`. */
export function startRequest(host: string, id: JobId, createdAtMs: number, order: JobOrder): StartRequest {
  const { plan, description, folder, origin, how, env, dryRun = false, knows = [], held = false } = order
  const spec: JobSpec = { v: 1, id, createdAtMs, host, folder, origin, description, plan }
  return {
    v: 1,
    kind: 'start',
    id,
    spec: { ...spec, ...(dryRun ? { dryRun } : {}), ...(held ? { held } : {}) },
    approval: { digest: planDigest(plan), how },
    env: { ...env },
    // What an older supervisor does not understand it refuses.
    ...(knows.length > 0 ? { knows } : {}),
  }
}

export class JobRequests {
  constructor(
    private readonly state: StateFolder,
    /** The installed dist/supervisor.js. */
    private readonly supervisorBundle: string,
    private readonly now: () => number,
  ) {}

  /**
   * Starts a job; resolves with its id when it is durable. An `id` that has been asked for before is that job. Throws
   * RelayError if it is refused, or `not_taken` if nobody takes it yet, and SameRunningError if the same is running and
   * is not among what the order `knows`.
   */
  async start(job: JobOrder, id: JobId = newJobId(this.now(), Math.random())): Promise<JobId> {
    await this.send(startRequest(this.state.host, id, this.now(), job))
    return id
  }

  /** Asks for the end of a job, in the inbox of the host that owns it. */
  async stop(job: Job): Promise<void> {
    await this.sendTo(job, { v: 1, kind: 'stop', id: this.requestId('stop'), jobId: job.spec.id })
  }

  /** Runs exactly the same once more, as a new attempt. */
  async restart(job: Job, how: Approval['how'], env: Readonly<Record<string, string>>): Promise<void> {
    const approval = { digest: planDigest(planOf(job)), how }
    const id = this.requestId('restart')
    await this.send({ v: 1, kind: 'restart', id, jobId: job.spec.id, approval, env: { ...env } })
  }

  /** Deletes an ended job and its follow-ups, with their logs. */
  async remove(job: Job): Promise<void> {
    await this.send({ v: 1, kind: 'remove', id: this.requestId('remove'), jobId: job.spec.id })
  }

  /** Holds a job back that waits. */
  async hold(job: Job): Promise<void> {
    await this.sendTo(job, { v: 1, kind: 'hold', id: this.requestId('hold'), jobId: job.spec.id })
  }

  /** Lets a job go that was held back; of an ended one its follow-up, which `env` is for if it was never made. */
  async release(job: Job, env: Readonly<Record<string, string>>): Promise<void> {
    await this.sendTo(job, {
      v: 1,
      kind: 'release',
      id: this.requestId('release'),
      jobId: job.spec.id,
      env: { ...env },
    })
  }

  /** Changes a group of this host's queue, by its `groupKey`. */
  async setGroup(key: string, change: { readonly limit?: number; readonly paused?: boolean }): Promise<void> {
    await this.send({ v: 1, kind: 'set_group', id: this.requestId('group'), key, ...change })
  }

  /** Changes how a job that is not over is watched, and what follows it; `after` is its plan with the patch. */
  async patchWatch(job: Job, patch: Watch, after: Plan, how: Approval['how']): Promise<void> {
    const { watch, followUp } = after
    const approval = { digest: planDigest(after), how }
    const id = this.requestId('patch')
    await this.sendTo(job, { v: 1, kind: 'patch_watch', id, jobId: job.spec.id, patch, watch, followUp, approval })
  }

  /** Sees to it that somebody watches over the jobs. */
  wake(): void {
    wake(this.state, this.supervisorBundle)
  }

  /** Into the inbox of the host that owns the job; what becomes of it there is told by the job alone. */
  private async sendTo({ spec }: Job, request: Request): Promise<void> {
    await this.send(request, spec.host)
  }

  /** Any request, into the inbox of `host`; there is an answer only from ours. */
  async send(request: Request, host = this.state.host): Promise<void> {
    submitRequest(this.state, request, host)
    if (host !== this.state.host) return
    this.wake()
    const result = await awaitRequest(this.state, request.id, takenWithinMs)
    if (result.kind === 'rejected') {
      const { code, message, running } = result.rejection
      throw running === undefined ? new RelayError(code, message) : new SameRunningError(running)
    }
    if (result.kind === 'waiting')
      throw new RelayError(
        'not_taken',
        `No supervisor has taken the request ${request.id} yet; it stays in the inbox. Look into ${this.state.supervisorLog}.`,
      )
  }

  private requestId(verb: string): string {
    return `${verb}-${newJobId(this.now(), Math.random())}`
  }
}

/** The real path of the folder a job is to run in. Throws RelayError that says why it cannot be used. */
export function resolveFolder(directory: string): string {
  try {
    const real = fs.realpathSync(path.resolve(directory))
    if (!fs.statSync(real).isDirectory()) throw new RelayError('not_directory', `${directory} is not a directory.`)
    fs.accessSync(real, fs.constants.R_OK | fs.constants.X_OK)
    return real
  } catch (error) {
    throw asRelayError(error, 'use the directory', directory)
  }
}
