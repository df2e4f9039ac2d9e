// What is asked about jobs, one request after the other: each can be taken twice, for a supervisor may be killed before it
// can say that it has taken it. What cannot be done is refused with a RelayError.
import fs from 'node:fs'
import { shownState } from '../../core/jobs/describeJob'
import type { JobEvent } from '../../core/jobs/event'
import { planOf } from '../../core/jobs/job'
import { isSettled } from '../../core/jobs/owed'
import type { JobId } from '../../core/jobs/jobId'
import { isSamePlan, patchWatch } from '../../core/jobs/patchWatch'
import { RelayError } from '../../core/relayError'
import { planDigest } from '../../store/approval'
import { describeTask } from '../../store/followUps/taskList'
import { readJob, type StoredJob, tryReadJob } from '../../store/jobs/jobFiles'
import type { JobStore } from '../../store/jobs/jobStore'
import { doesTheSame, SameRunningError } from '../../store/jobs/sameJobs'
import type { Request, StartRequest } from '../../store/request'
import { folderKey, type FolderPaths, type StateFolder } from '../../store/stateFolder'
import { createFollowUp } from '../followUps/createFollowUp'
import type { Logger } from '../logger'
import { createJob, keepEnvironment } from './createJob'
import type { LiveJob } from './liveJob'
import { removeJob } from './removal'

/** What requests act on: the jobs that the supervisor looks after, and its hands. */
export interface JobWorld {
  readonly state: StateFolder
  readonly store: JobStore
  readonly live: Map<JobId, LiveJob>
  readonly log: Logger
  open(stored: StoredJob, folder: FolderPaths): LiveJob
  /** Looks after a job that is on disk. */
  takeUp(folder: FolderPaths, id: JobId): void
  /** Jobs that wait may go on. */
  onChanged(): void
  /** Perhaps nothing is left to look after. */
  onIdle(): void
}

export class JobRequests {
  constructor(private readonly world: JobWorld) {}

  start({ id, spec, approval, env, knows = [] }: StartRequest): void {
    if (spec.id !== id || spec.host !== this.world.state.host)
      throw new RelayError('bad_request', `Job ${spec.id} is for another host (${spec.host}), or another request.`)
    if (approval.digest !== planDigest(spec.plan))
      throw new RelayError('not_approved', `Job ${id} was not started: what was approved is not what was asked.`)
    const folder = this.world.state.folder(folderKey(spec.folder))
    // Here, where requests are taken one by one: of two windows that ask at the same moment one is told of the other. A job
    // that has a directory was taken before, by a supervisor that was killed before it could say so.
    if (spec.dryRun !== true && !fs.existsSync(folder.job(id).directory)) {
      const running = this.listRunning(approval.digest).filter((one) => !knows.includes(one))
      if (running.length > 0) throw new SameRunningError(running)
      if (spec.origin.kind === 'task' && spec.origin.answers !== null)
        this.requireUnanswered(folder, spec.origin.answers)
    }
    createJob(folder, spec, approval, env)
    this.world.takeUp(folder, id)
  }

  /** Of two people, or windows, that answer a blocked task one is told. */
  private requireUnanswered(folder: FolderPaths, taskId: JobId): void {
    const task = tryReadJob(folder, taskId)
    if (task === null || !('job' in task)) return
    const { answeredBy } = describeTask(task, this.world.store.list(folder).jobs)
    if (answeredBy !== null)
      throw new RelayError('answered', `Task ${taskId} has been answered already, by ${answeredBy}.`)
  }

  /** The jobs that are not over and do what this digest was made of, its directory among it. */
  listRunning(digest: string): JobId[] {
    const jobs = [...this.world.live.values()].map(({ job }) => job)
    return jobs.flatMap((job) => (job.state.kind !== 'ended' && doesTheSame(job, digest) ? [job.spec.id] : []))
  }

  stop(jobId: JobId): void {
    const live = this.liveJob(jobId)
    // What has ended by now has ended by itself.
    live?.step()
    if (live?.job.state.kind === 'ended' && live.job.state.outcome === 'stopped') return
    if (live === null || live.job.state.kind === 'ended')
      throw new RelayError('already_ended', `Job ${jobId} is not running: there is nothing to stop.`)
    if (live.job.stopRequestedAtMs === null) live.record([{ type: 'stop_requested' }])
    live.step()
  }

  stopIfLive(jobId: JobId): void {
    const live = this.world.live.get(jobId)
    if (live === undefined || live.job.state.kind === 'ended' || live.job.stopRequestedAtMs !== null) return
    live.record([{ type: 'stop_requested' }])
    live.step()
  }

  restart({ id, jobId, approval, env }: Extract<Request, { kind: 'restart' }>): void {
    const { stored, folder } = this.own(jobId)
    const { job } = stored
    // Taken before, by a supervisor that was killed before it could say so.
    if (job.restartRequest === id) return
    if (job.state.kind !== 'ended')
      throw new RelayError('not_ended', `Job ${jobId} is ${shownState(job)}: stop it before you restart it.`)
    if (!isSettled(job))
      throw new RelayError('not_settled', `Job ${jobId} is still handing over its results: try again.`)
    if (approval.digest !== planDigest(planOf(job)))
      throw new RelayError('not_approved', `Job ${jobId} was not restarted: what was approved is not what it does.`)
    keepEnvironment(folder, job.spec, job.attempt + 1, env)
    this.world.live.get(jobId)?.close()
    const live = this.world.open(stored, folder)
    live.record([{ type: 'restart_requested', approval, request: id }])
    this.world.live.set(jobId, live)
    live.step()
  }

  remove(jobId: JobId): void {
    // Asked for twice, it is done once.
    if (this.world.store.folderOf(jobId) === null) return
    const { folder } = this.own(jobId)
    const live = {
      job: (id: JobId) => this.world.live.get(id)?.job ?? null,
      letGo: (id: JobId) => {
        this.world.live.get(id)?.close()
        this.world.live.delete(id)
      },
    }
    removeJob(folder, jobId, live, this.world.log)
    this.world.onChanged()
  }

  hold(jobId: JobId): void {
    const job = this.liveJob(jobId)
    if (job?.job.state.kind !== 'queued') throw this.doesNotWait(jobId)
    if (!job.job.state.held) job.record([{ type: 'held' }])
    this.world.onChanged()
    this.world.onIdle()
  }

  /** Of an ended job, its follow-up is let go: one that waits, or that was promised and never made. */
  release({ jobId, env }: Extract<Request, { kind: 'release' }>): void {
    const { stored, folder } = this.own(jobId)
    const { followUp } = stored.job
    if (stored.job.state.kind !== 'ended' || followUp === null) return this.letGoOf(jobId)
    if (tryReadJob(folder, followUp.jobId) === null) {
      if (followUp.created)
        throw new RelayError('no_such_job', `The follow-up of ${jobId} was removed: restart the job to have another.`)
      createFollowUp(stored.job, folder, env)
      this.world.takeUp(folder, followUp.jobId)
    }
    if (!followUp.created) this.recordAfterEnd(stored, folder, { type: 'follow_up_created', jobId: followUp.jobId })
    this.letGoOf(followUp.jobId)
  }

  private letGoOf(jobId: JobId): void {
    const live = this.liveJob(jobId)
    // Asked for twice, it is done once.
    if (live?.job.state.kind !== 'queued') throw this.doesNotWait(jobId)
    if (live.job.state.held) live.record([{ type: 'released' }])
    live.step()
  }

  /** Something more about a job that is over. It is summed up anew. */
  private recordAfterEnd(stored: StoredJob, folder: FolderPaths, event: JobEvent): void {
    const { id } = stored.job.spec
    const live = this.world.live.get(id) ?? this.world.open(stored, folder)
    live.record([event])
    this.world.live.set(id, live)
    live.step()
  }

  private doesNotWait(jobId: JobId): RelayError {
    const job = this.world.live.get(jobId)?.job ?? this.world.store.read(jobId)?.job
    return new RelayError(
      'not_waiting',
      `Job ${jobId} is ${job === undefined ? 'not there' : shownState(job)}: only a job that waits can be held back or let go.`,
    )
  }

  patchWatch(request: Extract<Request, { kind: 'patch_watch' }>): void {
    const { id, jobId, patch, watch, followUp, approval } = request
    const live = this.liveJob(jobId)
    live?.step()
    const job = live?.job
    if (job?.patch?.request === id) return // Taken before, by a supervisor that was killed before it could say so.
    if (live === null || job === undefined || job.state.kind === 'ended')
      throw new RelayError('already_ended', `Job ${jobId} has ended: how it is watched cannot be changed any more.`)
    const patched = patchWatch(planOf(job), patch, followUp?.agent ?? { kind: 'builtin' })
    if ('refusals' in patched) throw new RelayError('not_supported', patched.refusals.join(' '))
    const { plan } = patched
    if (isSamePlan(plan, planOf(job))) return
    if (!isSamePlan(plan, { ...planOf(job), watch, followUp }))
      throw new RelayError('changed_meanwhile', `Job ${jobId} was changed meanwhile: look at it, and ask again.`)
    if (approval.digest !== planDigest(plan))
      throw new RelayError('not_approved', `Job ${jobId} was not changed: what was approved is not what was asked.`)
    live.record([{ type: 'watch_patched', request: id, watch, followUp, approval }])
    live.step()
  }

  private liveJob(jobId: JobId): LiveJob | null {
    this.own(jobId)
    return this.world.live.get(jobId) ?? null
  }

  /** A job of this host. Throws RelayError if it is another's or is not there. */
  private own(jobId: JobId): { stored: StoredJob; folder: FolderPaths } {
    const folder = this.world.store.folderOf(jobId)
    const stored = folder === null ? null : readJob(folder, jobId)
    if (folder === null || stored === null) throw new RelayError('no_such_job', `There is no job ${jobId}.`)
    if (stored.job.spec.host !== this.world.state.host)
      throw new RelayError('foreign_host', `Job ${jobId} belongs to ${stored.job.spec.host}: act on it there.`)
    if (stored.newer)
      throw new RelayError('newer_version', `Job ${jobId} was written by a newer version of Relay Jobs. Update first.`)
    return { stored, folder }
  }
}
