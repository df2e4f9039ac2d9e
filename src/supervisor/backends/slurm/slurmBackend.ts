// Jobs that SLURM runs. What this knows is a cache: thrown away, it is made again from the journal, from the records of the jobs
// and from the scheduler.
import fs from 'node:fs'
import type { SlurmPlan } from '../../../core/backends/backendPlan'
import type { AttemptSeen } from '../../../core/jobs/seen'
import type { SlurmHandle } from '../../../core/jobs/handle'
import type { JobId } from '../../../core/jobs/jobId'
import { RelayError } from '../../../core/relayError'
import { asRelayError, errorCode, makeDirectory } from '../../../store/durableFile'
import type { Logger } from '../../logger'
import type { AttemptRef, Backend, Launch } from '../backend'
import { Cluster } from '../../../store/backends/cluster'
import { ClusterWatch } from './clusterWatch'
import { Entry } from './entry'
import { lookUp, mayBeSubmitted, submitOnce } from './submit'

export interface SlurmTools {
  /** The file that a job touches at its end. */
  bell(jobId: JobId): string
  /** The environment that the job was submitted with; empty where it is gone. */
  environment(ref: AttemptRef): Readonly<Record<string, string>>
  /** A service has answered (null), or what was wrong. */
  heard(service: string, problem: string | null): void
  readonly log: Logger
}

const firstRetryMs = 2_000
const slowestRetryMs = 60_000

/** How far a submission is. Without one, nothing is under way in this process. */
interface Submission {
  /** A client is under way, or may be. */
  isOpen: boolean
  /** It was looked up, and is not there. */
  isAbsent: boolean
  isRevoked: boolean
  retryMs: number
  readonly launch: Launch
  readonly onProblem: (why: string) => void
}

export class SlurmBackend implements Backend {
  private readonly clusters = new Map<string, ClusterWatch>()
  private readonly submissions = new Map<string, Submission>()

  constructor(private readonly tools: SlurmTools) {}

  launch(launch: Launch, onProblem: (why: string) => void): void {
    const key = keyOf(launch)
    const entry = this.entryOf(launch)
    if (entry.handle !== null || this.submissions.has(key)) return
    const submission = { isOpen: false, isAbsent: false, isRevoked: false, retryMs: firstRetryMs, launch, onProblem }
    this.submissions.set(key, submission)
    entry.seen = { kind: 'unknown', why: 'It is being submitted.' }
    void this.submit(key, entry, submission)
  }

  revoke(ref: AttemptRef): boolean {
    const submission = this.submissions.get(keyOf(ref))
    const entry = this.entryOf(ref)
    if (entry.handle !== null) return false
    if (!mayBeSubmitted(ref)) {
      if (submission !== undefined) submission.isRevoked = true
      return makeClaim(ref)
    }
    if (submission?.isOpen === true) return false
    if (submission?.isAbsent !== true) {
      // Nobody knows whether an earlier supervisor has submitted it.
      if (submission === undefined) void this.lookUpOnly(ref, entry)
      return false
    }
    submission.isRevoked = true
    return makeClaim(ref)
  }

  observe(ref: AttemptRef): AttemptSeen {
    const entry = this.entryOf(ref)
    entry.ref = ref
    if (entry.handle !== null) return entry.seen
    const submission = this.submissions.get(keyOf(ref))
    // Refused, or looked up in vain for one that is to end, it is not there.
    const isThere = submission !== undefined && !submission.isRevoked && !submission.isAbsent
    return isThere ? entry.seen : { kind: 'absent' }
  }

  listAlive(): readonly string[] {
    return []
  }

  sample(): null {
    return null
  }

  stop(ref: AttemptRef): void {
    const entry = this.entryOf(ref)
    if (entry.handle !== null) this.watchOf(ref).cancel(entry.handle.id)
  }

  /** When the scheduler took it for the first time, as far as it tells. */
  submittedMs(ref: AttemptRef): number | null {
    return this.entryOf(ref).submittedMs
  }

  forget(ref: AttemptRef): void {
    const key = keyOf(ref)
    const submission = this.submissions.get(key)
    if (submission !== undefined) submission.isRevoked = true
    this.submissions.delete(key)
    for (const [name, watch] of this.clusters) {
      watch.remove(key)
      if (!watch.isEmpty) continue
      watch.close()
      this.clusters.delete(name)
    }
  }

  /** Its record may be there. */
  nudge(ref: AttemptRef): void {
    if (this.watchOf(ref).get(keyOf(ref)) !== undefined) this.watchOf(ref).hurry(20)
  }

  private entryOf(ref: AttemptRef): Entry {
    const watch = this.watchOf(ref)
    const key = keyOf(ref)
    const known = watch.get(key)
    if (known !== undefined) return known
    const { handle } = ref.job.remote ?? { handle: null }
    const entry = new Entry(ref, planOf(ref), handle?.kind === 'slurm' ? handle : null)
    watch.add(key, entry)
    return entry
  }

  /** One for each cluster: by its host, or on this machine by its configuration. */
  private watchOf(ref: AttemptRef): ClusterWatch {
    const { host } = planOf(ref)
    const name = this.nameOf(ref)
    const known = this.clusters.get(name)
    if (known !== undefined) return known
    const service = serviceOf(host)
    const watch = new ClusterWatch(new Cluster(host ?? null, this.tools.environment(ref)), {
      heard: (problem) => this.tools.heard(service, problem),
      log: this.tools.log,
    })
    this.clusters.set(name, watch)
    return watch
  }

  private readonly names = new Map<string, string>()
  private nameOf(ref: AttemptRef): string {
    const key = keyOf(ref)
    const { host } = planOf(ref)
    const name =
      this.names.get(key) ??
      (host === undefined ? `here ${this.tools.environment(ref)['SLURM_CONF'] ?? ''}` : `at ${host}`)
    this.names.set(key, name)
    return name
  }

  private async submit(key: string, entry: Entry, submission: Submission): Promise<void> {
    if (submission.isRevoked) return
    const { launch } = submission
    const isRevoked = () => submission.isRevoked
    const { cluster } = this.watchOf(launch)
    submission.isOpen = true
    submission.isAbsent = false
    try {
      const submitted = await submitOnce(
        cluster,
        entry,
        launch,
        cluster.host === null ? this.tools.bell(launch.jobId) : null,
        isRevoked,
      )
      switch (submitted.kind) {
        case 'there':
          this.submissions.delete(key)
          this.found(entry, submitted.id)
          return
        case 'refused':
          submission.isAbsent = true
          submission.onProblem(submitted.why)
          break
        case 'later':
          entry.seen = { kind: 'unknown', why: `It could not be submitted yet: ${submitted.why}.` }
          this.tools.log(`${launch.jobId} could not be submitted yet: ${submitted.why}`)
          // Nothing of it is watched yet that would say so.
          if (!isRevoked()) this.tools.heard(serviceOf(entry.plan.host), submitted.why)
          this.retry(key, entry, submission)
      }
    } catch (error) {
      const why =
        error instanceof RelayError ? error.message : error instanceof Error ? (error.stack ?? '') : String(error)
      this.tools.log(`${launch.jobId} could not be submitted: ${why}`)
      this.retry(key, entry, submission)
    } finally {
      submission.isOpen = false
      entry.ref.wake()
    }
  }

  private retry(key: string, entry: Entry, submission: Submission): void {
    setTimeout(() => void this.submit(key, entry, submission), submission.retryMs)
    submission.retryMs = Math.min(slowestRetryMs, submission.retryMs * 2)
  }

  /** For one that is to end: it is not submitted, but perhaps it was. */
  private async lookUpOnly(ref: AttemptRef, entry: Entry): Promise<void> {
    const key = keyOf(ref)
    const launch = { ...ref, script: '', cwd: '', env: {} }
    const submission: Submission = {
      isOpen: true,
      isAbsent: false,
      isRevoked: false,
      retryMs: firstRetryMs,
      launch,
      onProblem: () => undefined,
    }
    this.submissions.set(key, submission)
    const known = entry.plan.ask.act === 'adopt' ? null : await lookUp(this.watchOf(ref).cluster, entry.name)
    submission.isOpen = false
    if (known?.kind === 'there') {
      this.submissions.delete(key)
      this.found(entry, known.id)
    } else if (known?.kind === 'later') setTimeout(() => this.submissions.delete(key), firstRetryMs)
    else submission.isAbsent = true
    entry.ref.wake()
  }

  private found(entry: Entry, id: string): void {
    const { host } = entry.plan
    const handle: SlurmHandle = { kind: 'slurm', id, ...(host === undefined ? {} : { host }) }
    entry.handle = handle
    entry.seen = { kind: 'submitted', service: { handle, seen: null } }
    this.watchOf(entry.ref).hurry(50)
  }
}

function serviceOf(host: string | undefined): string {
  return host === undefined ? 'slurm' : `slurm ${host}`
}

function keyOf({ jobId, attempt }: Pick<AttemptRef, 'jobId' | 'attempt'>): string {
  return `${jobId} ${attempt}`
}

function planOf({ job }: AttemptRef): SlurmPlan {
  const { backend } = job.spec.plan
  if (backend.kind !== 'slurm') throw new Error(`${job.spec.id} is no SLURM job`)
  return backend
}

/** What was not submitted will not run, even if somebody submits it after all: its script finds the claim. */
function makeClaim({ paths }: AttemptRef): boolean {
  try {
    makeDirectory(paths.directory)
    fs.mkdirSync(paths.claim)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return true
    throw asRelayError(error, 'create', paths.claim)
  }
}
