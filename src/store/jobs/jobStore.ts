// All jobs of a user, read from the state folder. Reads only; what should change is asked of the supervisor.
import fs from 'node:fs'
import { describeJob, type JobDescription, type Known } from '../../core/jobs/describeJob'
import { isProcess } from '../../core/jobs/handle'
import { currentAttempt, type Job } from '../../core/jobs/job'
import { isSettled } from '../../core/jobs/owed'
import { type JobId, jobIdSchema } from '../../core/jobs/jobId'
import { isCheckOfStep, type JobSpec } from '../../core/jobs/spec'
import { type QueueWorld, whyWaiting } from '../../core/jobs/turn'
import { RelayError } from '../../core/relayError'
import { makeDirectory } from '../durableFile'
import { bootId, hostName, isAlive } from '../processIdentity'
import { readServices, serviceName } from '../services'
import { type JobPaths, rootOf } from '../jobPaths'
import type { FolderPaths, StateFolder } from '../stateFolder'
import { watchDirectory, type DirectoryWatch } from '../watchDirectory'
import { queueWorldOf, readGroups } from './groups'
import { isCurrent, readFinishedIndex } from './finishedIndex'
import { readJob, type StoredJob, tryReadJob, type UnreadableJob } from './jobFiles'

export interface JobList {
  /** Oldest first. */
  readonly jobs: readonly StoredJob[]
  readonly unreadable: readonly UnreadableJob[]
}

export class JobStore {
  constructor(private readonly state: StateFolder) {}

  /** All jobs of one folder, or of all. */
  list(only?: FolderPaths): JobList {
    const jobs: StoredJob[] = []
    const unreadable: UnreadableJob[] = []
    for (const folder of only === undefined ? this.state.listFolders() : [only]) {
      const finished = readFinishedIndex(folder)
      for (const name of folder.listJobs()) {
        const entry = finished.get(name)
        if (entry !== undefined && isCurrent(folder, entry)) {
          jobs.push({ job: entry.job, paths: folder.job(entry.job.spec.id), newer: false, problems: [] })
          continue
        }
        const read = tryReadJob(folder, name)
        if (read === null) continue
        if ('job' in read) jobs.push(read)
        else unreadable.push(read)
      }
    }
    jobs.sort((a, b) => a.job.spec.createdAtMs - b.job.spec.createdAtMs || (a.job.spec.id < b.job.spec.id ? -1 : 1))
    return { jobs, unreadable }
  }

  /** The folder that has the job, or null. */
  folderOf(id: JobId): FolderPaths | null {
    return this.state.listFolders().find((folder) => fs.existsSync(folder.job(id).directory)) ?? null
  }

  /**
   * One job by its whole id, or null; with `attempt`, as it was when that attempt had just ended. Throws RelayError if it
   * is there and cannot be read.
   */
  read(id: JobId, attempt?: number): StoredJob | null {
    const folder = this.folderOf(id)
    return folder === null ? null : readJob(folder, id, attempt)
  }

  /** As `read`, with trouble as data. */
  tryRead(id: JobId): StoredJob | UnreadableJob | null {
    const folder = this.folderOf(id)
    return folder === null ? null : tryReadJob(folder, id)
  }

  /**
   * The one job whose id is, begins or ends with `text`; `latest` is the newest that is no follow-up, no dry run and no check of a step. Throws
   * RelayError `no_such_job` or `ambiguous_job`.
   */
  find(text: string): StoredJob {
    if (text.length < 4)
      throw new RelayError(
        'no_such_job',
        `"${text}" is too short to name a job: give at least four characters of its id.`,
      )
    const isMeant = (name: string) => text === 'latest' || name.startsWith(text) || name.endsWith(text)
    const isThere = (folder: FolderPaths, name: string) => fs.existsSync(`${folder.jobs}/${name}/spec.json`)
    const names = this.state
      .listFolders()
      .flatMap((folder) => folder.listJobs().filter((name) => isMeant(name) && isThere(folder, name)))
    const known = new Set(names)
    // A random id may look like a follow-up's; a follow-up has its job beside it.
    const isOwn = (name: string) => !known.has(name.replace(/-f\d+$/, '')) || !/-f\d+$/.test(name)
    const wanted = text === 'latest' ? this.latest(names.filter(isOwn)) : names.filter((name) => name === text)
    const matches = wanted.length > 0 || text === 'latest' ? wanted : names
    const candidates = matches.length > 1 && matches.filter(isOwn).length === 1 ? matches.filter(isOwn) : matches
    const [id] = candidates
    if (candidates.length > 1)
      throw new RelayError(
        'ambiguous_job',
        `${candidates.length} jobs match ${text}: ${candidates.slice(0, 5).join(', ')}.`,
      )
    const parsed = jobIdSchema.safeParse(id)
    const job = parsed.success ? this.read(parsed.data) : null
    if (job === null)
      throw new RelayError('no_such_job', `There is no job ${text}. \`relay list --all\` shows all jobs.`)
    return job
  }

  /** The newest job of a folder that runs a command, is no dry run and no check of a step, and `fits`; null if there is none that can be read. */
  latestIn(folder: FolderPaths, fits: (job: Job) => boolean = () => true): StoredJob | null {
    const second = (name: string) => name.slice(0, 'yyyymmdd-hhmmss'.length)
    const names = [...folder.listJobs()].reverse()
    for (let from = 0; from < names.length;) {
      // Ids tell the second; within it the specs tell.
      const first = names[from] ?? ''
      const same = names.slice(from).findIndex((name) => second(name) !== second(first))
      const to = same < 0 ? names.length : from + same
      const found = names
        .slice(from, to)
        .flatMap((name) => tryReadJob(folder, name) ?? [])
        .flatMap((read) => ('job' in read ? [read] : []))
        .filter(({ job }) => job.spec.plan.work.kind === 'command' && !isAside(job.spec) && fits(job))
        .sort((a, b) => b.job.spec.createdAtMs - a.job.spec.createdAtMs)
      if (found[0] !== undefined) return found[0]
      from = to
    }
    return null
  }

  /** The newest of these names, as a list of none or one. Ids tell the second; within it the specs tell. */
  private latest(names: readonly string[]): readonly string[] {
    const second = (name: string) => name.slice(0, 'yyyymmdd-hhmmss'.length)
    let left = names.filter((name) => jobIdSchema.safeParse(name).success)
    while (left.length > 0) {
      const last = second(left.reduce((a, b) => (second(a) > second(b) ? a : b)))
      const specs = left.filter((name) => second(name) === last).map((name) => this.specOf(jobIdSchema.parse(name)))
      const candidates = specs.filter(({ aside }) => !aside).sort((a, b) => a.createdAtMs - b.createdAtMs)
      if (candidates.length > 0) return candidates.slice(-1).map(({ id }) => id)
      left = left.filter((name) => second(name) !== last)
    }
    return []
  }

  /** As much of it as there is: what cannot be read is found by its name all the same. */
  private specOf(id: JobId): { readonly id: JobId; readonly createdAtMs: number; readonly aside: boolean } {
    const read = this.tryRead(id)
    if (read === null || !('job' in read)) return { id, createdAtMs: 0, aside: false }
    return { id, createdAtMs: read.job.spec.createdAtMs, aside: isAside(read.job.spec) }
  }

  /** What the outside is told about a job, with its follow-up looked up. */
  describe(stored: StoredJob, nowMs: number): JobDescription {
    const { followUp } = stored.job
    const read = followUp === null ? null : this.tryRead(followUp.jobId)
    const waitsFor = stored.job.state.kind === 'queued' ? whyWaiting(stored.job, this.queueWorld()) : null
    if (read === null) return describeStored(stored, null, nowMs, waitsFor)
    return 'job' in read
      ? describeStored(stored, read.job, nowMs, waitsFor)
      : describeStored({ ...stored, problems: [...stored.problems, read.problem] }, null, nowMs, waitsFor)
  }

  /** The same for a whole list, in which the follow-ups are found. */
  describeAll(jobs: readonly StoredJob[], nowMs: number): JobDescription[] {
    const byId = new Map(jobs.map(({ job }) => [job.spec.id, job]))
    const world = jobs.some(({ job }) => job.state.kind === 'queued') ? this.queueWorld() : null
    return jobs.map((stored) => {
      const { followUp } = stored.job
      const waitsFor = world === null ? null : whyWaiting(stored.job, world)
      return describeStored(stored, followUp === null ? null : (byId.get(followUp.jobId) ?? null), nowMs, waitsFor)
    })
  }

  /** What the turns of this host's jobs depend on, as it is on disk now. */
  queueWorld(): QueueWorld {
    const live = this.list().jobs.flatMap(({ job }) =>
      job.state.kind === 'ended' || job.spec.host !== this.state.host ? [] : [job],
    )
    return queueWorldOf(this.state, readGroups(this.state), live, (id) => this.tryRead(id))
  }

  /** Whether a job has ended and all that its end promised is done: its follow-up ended, its documents written. */
  isDelivered({ job }: StoredJob): boolean {
    if (!isSettled(job)) return false
    if (job.followUp === null || !job.followUp.run) return true
    const followUp = this.tryRead(job.followUp.jobId)
    // Nobody can wait for one that was removed or cannot be read.
    return followUp === null || !('job' in followUp) || isSettled(followUp.job)
  }

  /** Calls back after changes to jobs of `folder`, and now and then without. */
  watch(folder: FolderPaths, onChange: () => void): DirectoryWatch {
    makeDirectory(folder.directory)
    return watchDirectory(folder.directory, onChange)
  }
}

/** Nobody who says *the latest* means it. */
function isAside({ dryRun, origin }: JobSpec): boolean {
  return dryRun === true || isCheckOfStep(origin)
}

/** What the outside is told about a job whose follow-up, if it can be read, is `followUp`. */
export function describeStored(
  { job, paths, problems }: StoredJob,
  followUp: Job | null,
  nowMs: number,
  /** Why it waits, if somebody has looked. */
  waitsFor: string | null = null,
): JobDescription {
  const logPath = currentAttempt(job) === null ? null : paths.attempt(job.attempt).log
  return describeJob({ job, followUp, logPath, known: howKnown(job, nowMs, paths), problems, waitsFor })
}

/** How the state of a job is known. A running job of this host is asked for right now. */
export function howKnown(job: Job, nowMs: number, paths: JobPaths): Known {
  const journal = new Date(job.updatedAtMs).toISOString()
  const service = serviceName(job)
  if (service !== null && ['launching', 'running'].includes(job.state.kind)) return knownByService(job, service, paths)
  if (job.state.kind === 'running' && isProcess(job.state.handle) && job.state.handle.host === hostName()) {
    const now = new Date(nowMs).toISOString()
    const { orphaned } = job.state
    const { handle } = job.state
    if (isAlive(handle)) return { by: `process ${handle.pid} is alive`, at: now }
    if (handle.bootId !== bootId()) return { by: 'the machine was restarted since; not yet looked at', at: journal }
    if (orphaned !== null) return { by: `exit unknown: ${orphaned}`, at: journal }
    return { by: `process ${handle.pid} has just ended; not yet looked at`, at: now }
  }
  if (job.state.kind === 'running') return { by: `the supervisor on ${job.spec.host}`, at: journal }
  const exit = currentAttempt(job)?.ending?.exit
  if (exit?.kind === 'service') return { by: `what ${serviceWords[exit.by]} says of it`, at: journal }
  if (exit !== undefined && exit.kind !== 'unknown') return { by: 'the exit record of its wrapper', at: journal }
  return { by: 'its journal', at: journal }
}

const serviceWords = { slurm: 'SLURM', github: 'GitHub' } as const

/** A service that does not answer ages what is known, and changes nothing. */
function knownByService(job: Job, name: string, paths: JobPaths): Known {
  const service = readServices(rootOf(paths), job.spec.host).get(name)
  const who = `${serviceWords[name.startsWith('slurm') ? 'slurm' : 'github']}${name.replace(/^\w+/, '')}`
  const said = job.remote?.seen?.state
  if (service === undefined)
    return { by: `${who}, which was not asked yet`, at: new Date(job.updatedAtMs).toISOString() }
  // What it says may be newer than what is written of when it was heard.
  const at = new Date(Math.max(service.heardAtMs ?? 0, job.remote?.seen?.atMs ?? 0) || job.updatedAtMs).toISOString()
  if (service.problem === null) return { by: said === undefined ? who : `${who}, which says ${said}`, at }
  const since = new Date(service.problemSinceMs ?? service.heardAtMs ?? 0).toISOString()
  return {
    by: `${who}, which has not answered since ${since} (${service.problem}); nothing is taken to have changed`,
    at,
  }
}
