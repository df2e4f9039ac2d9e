// The jobs of some folders for views: what is live at once, what has ended by the page. It holds names and a few facts,
// never ten thousand jobs, and it never writes.
import type { JobDescription } from '../../core/jobs/describeJob'
import type { Job } from '../../core/jobs/job'
import type { JobId } from '../../core/jobs/jobId'
import type { FolderPaths } from '../stateFolder'
import { type CatalogEntry, CatalogFolder } from './catalogFolder'
import type { StoredJob, UnreadableJob } from './jobFiles'
import { describeStored } from './jobStore'

/** How long one refresh may look at jobs that were not looked at before, and one sweep at old ones. */
const unseenBudgetMs = 25
const sweepBudgetMs = 100
/** Ended jobs that are kept as read, so that drawing a page again costs nothing. */
const keptJobs = 500

/** Lists are newest first: by id, which begins with the time of the start. */
export class JobCatalog {
  private readonly folders = new Map<string, CatalogFolder>()
  private lists = arrange([])
  /** Jobs that nobody has looked at yet, in the order in which it is to be done from the end. */
  private unseen: CatalogEntry[] = []
  /** What is left of the current sweep, from the end. */
  private unswept: CatalogEntry[] = []
  private readonly touched = new Set<JobId>()
  private readonly kept = new Map<CatalogEntry, Kept>()
  /** Counts the looks: between two of them nothing is looked at twice. */
  private looks = 0

  /** `current` tells the folders to be shown at the time. Nothing is read before the first `refresh`. */
  constructor(
    private readonly current: () => readonly FolderPaths[],
    /** Tells why a job waits; null: it does not, or nobody looks. */
    private readonly whyWaiting: (job: Job) => string | null = () => null,
  ) {}

  /**
   * Looks at what may have changed: which jobs there are, the live ones, those that were touched, and for a few
   * milliseconds at jobs that were not looked at yet. True if there is something to be drawn anew. Cheap.
   */
  refresh(): boolean {
    return this.look(false)
  }

  /**
   * A refresh that trusts no time of change, and looks at jobs that ended long ago, too, for a tenth of a second: on a
   * local disk that is all of them, on a slow one it takes some sweeps to come around.
   */
  sweep(): boolean {
    return this.look(true)
  }

  /** Has the next refresh look at this job, whatever it was before: somebody has just asked for something to happen to it. */
  touch(id: JobId): void {
    this.touched.add(id)
  }

  /** False while there are jobs that the next refresh has to look at, even if nothing changes: they are shown as ended. */
  get isComplete(): boolean {
    return this.unseen.length === 0 && this.touched.size === 0
  }

  /** Top-level jobs that have not ended, or whose end has promised what is not delivered: their follow-ups included. */
  live(): readonly StoredJob[] {
    return this.lists.live.flatMap((entry) => this.stored(entry) ?? [])
  }

  /** All that have not ended or not delivered, follow-ups too. */
  allLive(): readonly StoredJob[] {
    return this.lists.all.flatMap(({ sight }) => (sight?.kind === 'live' ? [sight.stored] : []))
  }

  /**
   * Top-level jobs of which nothing more will come, from the `from`-th on, without the checks of steps. Only these are read.
   * One that has vanished, or cannot be read, since the last refresh is left out.
   */
  ended(from: number, count: number): readonly StoredJob[] {
    return this.lists.ended.slice(from, from + count).flatMap((entry) => this.stored(entry) ?? [])
  }

  endedCount(): number {
    return this.lists.ended.length
  }

  /** The newest `count` checks of steps that have ended: they stand with their steps. */
  endedChecks(count: number): readonly StoredJob[] {
    return this.lists.endedChecks.slice(0, count).flatMap((entry) => this.stored(entry) ?? [])
  }

  /** Follow-ups among them. */
  unreadable(): readonly UnreadableJob[] {
    return this.lists.unreadable.flatMap(({ sight }) => (sight?.kind === 'unreadable' ? sight.unreadable : []))
  }

  /** Sentences about folders whose jobs cannot be listed. */
  problems(): readonly string[] {
    return [...this.folders.values()].flatMap(({ problem }) => problem ?? [])
  }

  /** Any job, follow-ups included, or null if there was none at the last refresh. */
  get(id: JobId): StoredJob | UnreadableJob | null {
    const entry = this.find(id)
    return entry === null ? null : this.read(entry)
  }

  /** The follow-ups of a job, one an attempt, oldest first. */
  followUpsOf(id: JobId): readonly (StoredJob | UnreadableJob)[] {
    const followUps = [...(this.find(id)?.followUps ?? [])]
    // They differ in the number of the attempt alone, which is the longer the later.
    followUps.sort((a, b) => a.id.length - b.id.length || (a.id < b.id ? -1 : 1))
    return followUps.flatMap((entry) => this.read(entry) ?? [])
  }

  /** The jobs of the chain that this job began, oldest first. */
  chainOf(id: JobId): readonly StoredJob[] {
    const stored = (this.find(id)?.chain ?? []).flatMap((entry) => this.stored(entry) ?? [])
    return stored.sort((a, b) => a.job.spec.createdAtMs - b.job.spec.createdAtMs)
  }

  /** What agents do or did: all that is live, and then the newest `count` of the rest, without the checks of steps. */
  tasks(count: number): readonly StoredJob[] {
    const { live, ended } = this.lists.tasks
    return [...live, ...ended.slice(0, count)].flatMap((entry) => this.stored(entry) ?? [])
  }

  /** What the outside is told about a job, with its follow-up looked up here. */
  describe(stored: StoredJob, nowMs: number): JobDescription {
    const { followUp } = stored.job
    const read = followUp === null ? null : this.get(followUp.jobId)
    const waitsFor = stored.job.state.kind === 'queued' ? this.whyWaiting(stored.job) : null
    if (read === null || 'job' in read) return describeStored(stored, read?.job ?? null, nowMs, waitsFor)
    return describeStored({ ...stored, problems: [...stored.problems, read.problem] }, null, nowMs, waitsFor)
  }

  private look(thorough: boolean): boolean {
    this.looks++
    const touched = this.takeTouched()
    let changed = this.list(thorough || [...touched].some((id) => this.find(id) === null))
    const due = [...this.lists.watched, ...[...touched].flatMap((id) => this.find(id) ?? [])]
    for (const entry of due) if (entry.folder.look(entry, thorough || touched.has(entry.id))) changed = true
    if (this.lookAtSome(this.unseen, unseenBudgetMs)) changed = true
    if (thorough) {
      if (this.unswept.length === 0)
        this.unswept = [...this.lists.ended, ...this.lists.endedChecks, ...this.lists.endedFollowUps]
      if (this.lookAtSome(this.unswept, sweepBudgetMs)) changed = true
    }
    if (changed) this.lists = arrange(this.lists.all)
    return changed
  }

  private takeTouched(): ReadonlySet<JobId> {
    const touched = new Set(this.touched)
    this.touched.clear()
    return touched
  }

  /** Looks at entries from the end of `entries` on, at least at one, until the time is over; true if any had changed. */
  private lookAtSome(entries: CatalogEntry[], budgetMs: number): boolean {
    const deadline = performance.now() + budgetMs
    let changed = false
    for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
      if (entry.folder.look(entry, false)) changed = true
      if (performance.now() > deadline) break
    }
    return changed
  }

  /** Takes up folders and jobs that came, and lets go of those that went. */
  private list(thorough: boolean): boolean {
    let changed = false
    const current = new Map(this.current().map((paths) => [paths.directory, paths]))
    for (const directory of this.folders.keys()) {
      if (current.has(directory)) continue
      this.folders.delete(directory)
      changed = true
    }
    for (const [directory, paths] of current) {
      const folder = this.folders.get(directory) ?? new CatalogFolder(paths)
      this.folders.set(directory, folder)
      if (folder.refresh(thorough)) changed = true
    }
    if (changed) this.takeEntries()
    return changed
  }

  private takeEntries(): void {
    const all = [...this.folders.values()].flatMap(({ entries }) => [...entries.values()])
    all.sort((a, b) => Number(a.id < b.id) - Number(a.id > b.id))
    const unseen = all.filter(({ sight }) => sight === null).reverse()
    // What is not summed up may be live: first, the newest of it at the end.
    this.unseen = [
      ...unseen.filter((entry) => entry.folder.isSummedUp(entry)),
      ...unseen.filter((entry) => !entry.folder.isSummedUp(entry)),
    ]
    this.unswept = []
    this.kept.clear()
    this.lists = arrange(all)
  }

  private find(id: JobId): CatalogEntry | null {
    for (const { entries } of this.folders.values()) {
      const entry = entries.get(id)
      if (entry !== undefined) return entry
    }
    return null
  }

  private stored(entry: CatalogEntry): StoredJob | null {
    const read = this.read(entry)
    return read !== null && 'job' in read ? read : null
  }

  private read(entry: CatalogEntry): StoredJob | UnreadableJob | null {
    const { sight, folder } = entry
    if (sight?.kind === 'live') return sight.stored
    if (sight?.kind === 'unreadable') return sight.unreadable
    const kept = this.kept.get(entry)
    if (kept?.look === this.looks) return kept.stored
    const bytes = folder.journalBytes(entry)
    if (kept?.bytes === bytes) {
      kept.look = this.looks
      return kept.stored
    }
    const read = folder.read(entry, bytes)
    if (sight !== null && sight.bytes !== bytes) this.touch(entry.id) // It is no more what the lists say.
    if (read !== null && 'job' in read) this.keep(entry, { bytes, stored: read, look: this.looks })
    return read
  }

  private keep(entry: CatalogEntry, read: Kept): void {
    this.kept.delete(entry)
    this.kept.set(entry, read)
    const [oldest] = this.kept.keys()
    if (this.kept.size > keptJobs && oldest !== undefined) this.kept.delete(oldest)
  }
}

/** A job as it was read when its journal had `bytes` bytes, which was last checked in the look `look`. */
interface Kept {
  readonly bytes: number
  readonly stored: StoredJob
  look: number
}

interface Lists {
  /** Newest first, as all of these. */
  readonly all: readonly CatalogEntry[]
  readonly live: readonly CatalogEntry[]
  readonly ended: readonly CatalogEntry[]
  readonly endedChecks: readonly CatalogEntry[]
  readonly endedFollowUps: readonly CatalogEntry[]
  readonly tasks: { readonly live: readonly CatalogEntry[]; readonly ended: readonly CatalogEntry[] }
  readonly unreadable: readonly CatalogEntry[]
  /** What every refresh looks at. */
  readonly watched: readonly CatalogEntry[]
}

function arrange(all: readonly CatalogEntry[]): Lists {
  const settled = (entry: CatalogEntry) => entry.sight === null || entry.sight.kind === 'settled'
  const isLive = (entry: CatalogEntry): boolean => entry.sight?.kind === 'live'
  const isCheck = (entry: CatalogEntry): boolean => entry.folder.isCheckOfStep(entry)
  const tasks = all.filter((entry) => entry.folder.isTask(entry))
  const ended: CatalogEntry[] = []
  const endedChecks: CatalogEntry[] = []
  // Each is asked once: with ten thousand jobs of which fifty print, this is most of what a refresh costs.
  for (const entry of all)
    if (!entry.isFollowUp && settled(entry) && !entry.followUps.some(isLive))
      (isCheck(entry) ? endedChecks : ended).push(entry)
  return {
    all,
    live: all.filter(
      (entry) => !entry.isFollowUp && (isLive(entry) || (settled(entry) && entry.followUps.some(isLive))),
    ),
    ended,
    endedChecks,
    endedFollowUps: all.filter((entry) => entry.isFollowUp && settled(entry)),
    tasks: { live: tasks.filter(isLive), ended: tasks.filter((entry) => settled(entry) && !isCheck(entry)) },
    unreadable: all.filter(({ sight }) => sight?.kind === 'unreadable'),
    watched: all.filter((entry) => !settled(entry)),
  }
}
