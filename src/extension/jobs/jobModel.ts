// The jobs of this window's folders as all views see them: one reader of the disk, and one event when something changed.
import path from 'node:path'
import * as vscode from 'vscode'
import type { JobDescription } from '../../core/jobs/describeJob'
import type { JobId } from '../../core/jobs/jobId'
import { isRelayError } from '../../core/relayError'
import type { StoredJob } from '../../store/jobs/jobFiles'
import type { JobStore } from '../../store/jobs/jobStore'
import { JobCatalog } from '../../store/jobs/jobCatalog'
import { askedDigest, recentCount } from '../../store/jobs/sameJobs'
import { QueueView } from '../../store/jobs/queueView'
import { readFolderPath } from '../../store/folderRecord'
import { readTail } from '../../store/logs/readTail'
import { type FolderKey, type FolderPaths, folderKey, type StateFolder } from '../../store/stateFolder'
import { WatchedDirectories } from '../../store/watchedDirectories'
import { type DirectoryWatch, watchDirectory } from '../../store/watchDirectory'

/** However fast jobs print, nothing is read or drawn more often. */
const refreshMs = 200
/** Events tell of changes; this finds what they missed. */
const sweepMs = 10_000
const tickMs = 1_000

export class JobModel implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>()
  private readonly ticked = new vscode.EventEmitter<void>()
  private readonly catalog: JobCatalog
  private readonly queue: QueueView
  private readonly watches = new WatchedDirectories(() => this.refreshSoon())
  private readonly rootWatch: DirectoryWatch
  private readonly folderPaths = new Map<FolderKey, string>()
  private readonly lastLines = new Map<JobId, string>()
  private folders: readonly FolderPaths[] = []
  private refreshTimer: NodeJS.Timeout | null = null
  private refreshedAtMs = -Infinity
  private readonly timers: readonly NodeJS.Timeout[]
  private isTicking = false
  private isDisposed = false
  /** Why the state folder cannot be listed now. */
  private trouble: string | null = null
  private byDigest: { readonly jobs: Map<string, StoredJob>; readonly dryRuns: Map<string, StoredJob> } | null = null

  /** Something about the jobs of these folders is different. At most five times a second. */
  readonly onDidChange = this.changed.event
  /** Once a second while a job is live: time to draw how long it has been running. */
  readonly onDidTick = this.ticked.event

  constructor(
    private readonly state: StateFolder,
    private readonly store: JobStore,
    /** Real paths of the folders of this window; null: it has none, and all jobs are shown. */
    private readonly roots: () => readonly string[] | null,
  ) {
    this.queue = new QueueView(state, store, () => this.catalog)
    this.catalog = new JobCatalog(
      () => this.folders,
      (job) => this.queue.whyWaiting(job),
    )
    this.timers = [setInterval(() => this.sweep(), sweepMs), setInterval(() => this.tick(), tickMs)]
    this.rootWatch = watchDirectory(state.folders, () => this.refreshSoon())
    // Not now: with many jobs the first look takes a while, and whoever constructs this is starting an editor.
    this.refreshSoon()
  }

  /** Newest first: all that are not over, or whose promises are not yet kept. */
  get live(): readonly StoredJob[] {
    return this.catalog.live()
  }

  /** Ended jobs, newest first, by page; without the checks of steps. */
  ended(from: number, count: number): readonly StoredJob[] {
    return this.catalog.ended(from, count)
  }

  get endedCount(): number {
    return this.catalog.endedCount()
  }

  /** Checks of steps that have ended, newest first: they stand with their steps, and not among the jobs. */
  endedChecks(count: number): readonly StoredJob[] {
    return this.catalog.endedChecks(count)
  }

  /** Sentences about jobs and folders that cannot be read. */
  get problems(): readonly string[] {
    const own = this.trouble === null ? [] : [this.trouble]
    return [
      ...own,
      ...this.catalog.problems(),
      ...this.catalog.unreadable().map(({ id, problem }) => `${id}: ${problem}`),
    ]
  }

  /** A job of any folder by its whole id. */
  get(id: JobId): StoredJob | null {
    const known = this.catalog.get(id) ?? this.store.tryRead(id)
    return known !== null && 'job' in known ? known : null
  }

  /** The jobs that the chain of this one has led to, oldest first; they stand below it. */
  chainOf(id: JobId): readonly StoredJob[] {
    return this.catalog.chainOf(id)
  }

  /** What agents do or did in these folders: all that is live, and the newest `count` of the rest. */
  tasks(count: number): readonly StoredJob[] {
    return this.catalog.tasks(count)
  }

  describe(stored: StoredJob): JobDescription {
    return this.catalog.describe(stored, Date.now())
  }

  /** The newest job, live or recent, that does exactly what this digest was made of. */
  startedBy(digest: string): StoredJob | null {
    return this.newestByDigest().jobs.get(digest) ?? null
  }

  /** The newest dry run of it, if nothing has been started since. */
  dryRunOf(digest: string): StoredJob | null {
    const { jobs, dryRuns } = this.newestByDigest()
    const dryRun = dryRuns.get(digest)
    const started = jobs.get(digest)?.job.spec.createdAtMs ?? -Infinity
    return dryRun === undefined || dryRun.job.spec.createdAtMs < started ? null : dryRun
  }

  private newestByDigest() {
    if (this.byDigest !== null) return this.byDigest
    const newestLast = [...this.live, ...this.ended(0, recentCount)].sort((a, b) =>
      a.job.spec.createdAtMs < b.job.spec.createdAtMs ? -1 : 1,
    )
    this.byDigest = { jobs: new Map(), dryRuns: new Map() }
    for (const stored of newestLast) {
      const map = stored.job.spec.dryRun === true ? this.byDigest.dryRuns : this.byDigest.jobs
      map.set(askedDigest(stored.job), stored)
    }
    return this.byDigest
  }

  /** The last line of a running job's log as of the last tick; else as its journal tells. */
  lastLine({ job }: StoredJob): string {
    return this.lastLines.get(job.spec.id) ?? job.look?.lastLine ?? ''
  }

  /** State folders of the jobs that are shown. */
  get shownFolders(): readonly FolderPaths[] {
    return this.folders
  }

  /** Another set of folders is open now. */
  foldersChanged(): void {
    this.refresh()
    this.announce()
  }

  /** Reads now what an event would bring in a moment: for an answer about how things are. */
  refresh(): void {
    if (this.refreshTimer !== null) clearTimeout(this.refreshTimer)
    this.refreshTimer = null
    this.refreshedAtMs = performance.now()
    this.rescan()
    const changed = this.catalog.refresh()
    if (this.queue.refresh() || changed) this.announce()
    if (!this.catalog.isComplete || !this.queue.isComplete) this.refreshSoon()
  }

  /** Something was asked of this job: it may be an old one that is live again. */
  touch(id: JobId): void {
    this.catalog.touch(id)
    this.refreshSoon()
  }

  dispose(): void {
    this.isDisposed = true
    for (const timer of this.timers) clearInterval(timer)
    if (this.refreshTimer !== null) clearTimeout(this.refreshTimer)
    this.rootWatch.close()
    this.watches.close()
    this.changed.dispose()
    this.ticked.dispose()
  }

  private refreshSoon(): void {
    if (this.refreshTimer !== null || this.isDisposed) return
    const wait = Math.max(0, this.refreshedAtMs + refreshMs - performance.now())
    this.refreshTimer = setTimeout(() => this.refresh(), wait)
  }

  private sweep(): void {
    this.rescan()
    const changed = this.catalog.sweep()
    if (this.queue.refresh() || changed) this.announce()
  }

  private announce(): void {
    this.byDigest = null
    this.changed.fire()
  }

  private tick(): void {
    if (this.isTicking || this.live.length === 0) return
    this.isTicking = true
    void this.readLastLines().finally(() => {
      this.isTicking = false
      this.ticked.fire()
    })
  }

  /** Never rejects: a log that cannot be read now has the last line it had. */
  private async readLastLines(): Promise<void> {
    const running = this.live.filter(({ job }) => job.state.kind === 'running')
    const ids = new Set(running.map(({ job }) => job.spec.id))
    for (const id of this.lastLines.keys()) if (!ids.has(id)) this.lastLines.delete(id)
    await Promise.allSettled(
      running.map(async ({ job, paths }) => {
        const line = (await readTail(paths.attempt(job.attempt).log, 1, 8192)).lines.at(-1)
        if (line !== undefined) this.lastLines.set(job.spec.id, line)
      }),
    )
  }

  /** Which folders of the state folder belong to this window, and a watch on each. */
  private rescan(): void {
    const roots = this.roots()
    const own = new Set(roots?.map(folderKey))
    let folders: readonly FolderPaths[]
    try {
      folders = this.state.listFolders()
      this.trouble = null
    } catch (error) {
      if (!isRelayError(error)) throw error
      this.trouble = error.message // What was known stays.
      return
    }
    this.folders = folders.filter((folder) => roots === null || own.has(folder.key) || this.isInside(folder, roots))
    this.watches.watch(this.folders.map(({ directory }) => directory))
  }

  /** The real path of the folder whose jobs `folder` holds, or null if none has been started there. */
  pathOf(folder: FolderPaths): string | null {
    const known = this.folderPaths.get(folder.key) ?? readFolderPath(folder)
    if (known !== null) this.folderPaths.set(folder.key, known)
    return known
  }

  /** Jobs started in a folder below one of this window's are this window's, too. */
  private isInside(folder: FolderPaths, roots: readonly string[]): boolean {
    const own = this.pathOf(folder)
    return (
      own !== null && roots.some((root) => own === root || own.startsWith(root === path.sep ? root : root + path.sep))
    )
  }
}
