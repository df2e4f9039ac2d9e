// Jobs in a state folder as supervisors write them, by the code that does so in earnest, but with nothing running.
import fs from 'node:fs'
import path from 'node:path'
import type { JobEvent } from '../../src/core/jobs/event'
import type { Job } from '../../src/core/jobs/job'
import { isSettled } from '../../src/core/jobs/owed'
import { followUpJobId, type JobId, newJobId } from '../../src/core/jobs/jobId'
import type { JobSpec } from '../../src/core/jobs/spec'
import { planDigest } from '../../src/store/approval'
import { appendFinished } from '../../src/store/jobs/finishedIndex'
import { readJob } from '../../src/store/jobs/jobFiles'
import { JournalWriter } from '../../src/store/journal'
import { folderKey, type FolderPaths, type StateFolder } from '../../src/store/stateFolder'
import { createFollowUp } from '../../src/supervisor/followUps/createFollowUp'
import { createJob } from '../../src/supervisor/jobs/createJob'
import { handle, specOf } from './jobs'

const boot = 'boot'

/** Writes jobs for one workspace folder. */
export class StoredJobs {
  readonly folder: FolderPaths

  constructor(
    state: StateFolder,
    private readonly workspace: string,
  ) {
    this.folder = state.folder(folderKey(workspace))
  }

  /** A job whose checks run. */
  create(atMs: number, change: Partial<JobSpec> = {}): JobId {
    const id = newJobId(atMs, Math.random())
    const spec = { ...specOf(), id, createdAtMs: atMs, folder: this.workspace, ...change }
    createJob(this.folder, spec, { digest: planDigest(spec.plan), how: 'asked' }, {})
    return spec.id
  }

  /** Appends to the journal, and sums the job up if that settled it. */
  record(id: JobId, events: readonly JobEvent[]): void {
    const { writer } = JournalWriter.open(this.folder.job(id).journal, boot)
    writer.append(events, Date.now())
    const stored = readJob(this.folder, id)
    if (stored !== null && isSettled(stored.job) && stored.problems.length === 0)
      appendFinished(this.folder, { journalBytes: writer.size, job: stored.job })
  }

  launch(id: JobId, attempt = 1): void {
    this.record(id, [
      { type: 'launch_intended', attempt, before: [] },
      { type: 'launched', attempt, handle, startedAtMs: Date.now() },
    ])
  }

  look(id: JobId, logBytes: number): void {
    this.record(id, [{ type: 'looked', logBytes, lastLine: `step ${logBytes}` }])
  }

  /** Ends an attempt; with `promise`, its follow-up is owed. */
  end(id: JobId, attempt = 1, promise = false): void {
    const followUp = promise ? { jobId: followUpJobId(id, attempt), run: true } : null
    const exit = { kind: 'code', code: 0 } as const
    this.record(id, [
      { type: 'exited', attempt, exit, atMs: Date.now(), leftBehind: [] },
      { type: 'ended', attempt, outcome: 'succeeded', reason: 'Exit 0.', files: [], answer: null, followUp },
    ])
  }

  /** Makes the follow-up that is owed. */
  followUp(id: JobId): JobId {
    const job = this.read(id)
    createFollowUp(job, this.folder)
    const jobId = followUpJobId(id, job.attempt)
    this.record(id, [{ type: 'follow_up_created', jobId }])
    return jobId
  }

  /** Ends a follow-up with its handoff entry written. */
  deliver(id: JobId): void {
    this.launch(id)
    this.end(id)
    this.record(id, [
      { type: 'document_edited', edit: `handoff-${id}-1`, path: `${this.workspace}/HANDOFF_LOG.md`, problem: null },
    ])
  }

  restart(id: JobId): void {
    const approval = { digest: planDigest(this.read(id).spec.plan), how: 'asked' } as const
    this.record(id, [{ type: 'restart_requested', approval, request: `restart-${id}` }])
  }

  remove(id: JobId): void {
    fs.renameSync(this.folder.job(id).directory, path.join(this.folder.directory, `removed-${id}`))
  }

  private read(id: JobId): Job {
    const stored = readJob(this.folder, id)
    if (stored === null) throw new Error(`there is no job ${id}`)
    return stored.job
  }
}

/** Does `work` with nothing synced: thousands of jobs would take minutes, and what is read later is the same. */
export function withoutSync<T>(work: () => T): T {
  const { fsyncSync, fdatasyncSync } = fs
  const nothing = () => undefined
  Object.assign(fs, { fsyncSync: nothing, fdatasyncSync: nothing })
  try {
    return work()
  } finally {
    Object.assign(fs, { fsyncSync, fdatasyncSync })
  }
}
