// The runs of this window's folders as its views see them: what is recorded, and what is on its way there.
import fs from 'node:fs'
import path from 'node:path'
import * as vscode from 'vscode'
import type { ExperimentPlan } from '../../core/experiments/experimentPlan'
import { type FolderRuns, type LiveRun, runKey } from '../../core/experiments/pageRuns'
import { buildRunTable, type RunRow, type RunTable } from '../../core/experiments/runTable'
import type { JobDescription } from '../../core/jobs/describeJob'
import { jobIdSchema } from '../../core/jobs/jobId'
import { RegistryFile, registryPath } from '../../store/experiments/registryFile'
import type { StoredJob } from '../../store/jobs/jobFiles'
import { folderKey } from '../../store/stateFolder'
import { type DirectoryWatch, watchDirectory } from '../../store/watchDirectory'
import type { JobModel } from '../jobs/jobModel'
import { stateWord } from '../jobs/stateWords'

/** However fast runs are recorded, nothing is read or drawn more often. */
const refreshMs = 250
/** So many ended jobs are looked at for runs that are not recorded. */
const recentJobs = 100

/** A run that is recorded, or one that is known by its job only. */
export type ShownRun =
  | { readonly kind: 'recorded'; readonly key: string; readonly folder: string; readonly row: RunRow }
  | { readonly kind: 'live'; readonly key: string; readonly folder: string; readonly live: LiveRun }

interface Folder extends FolderRuns {
  /** A real path. */
  readonly root: string
  readonly problems: readonly string[]
}

interface Source {
  readonly registry: RegistryFile
  version: number
  table: RunTable
  problems: readonly string[]
  watches: Map<string, DirectoryWatch>
}

export class ExperimentsModel implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>()
  /** Something about the runs is different. At most four times a second. */
  readonly onDidChange = this.changed.event
  private readonly sources = new Map<string, Source>()
  private readonly subscriptions: readonly { dispose(): void }[]
  private timer: NodeJS.Timeout | null = null
  private reading: Promise<void> = Promise.resolve()
  private isDisposed = false
  private liveText = ''
  private firstRead: Promise<void> | null = null
  folders: readonly Folder[] = []

  constructor(
    private readonly jobs: JobModel,
    /** Real paths of the folders of this window; null: it has none. */
    private readonly roots: () => readonly string[] | null,
    private readonly onError: (error: unknown) => void,
  ) {
    this.subscriptions = [
      this.changed,
      jobs.onDidChange(() => this.jobsChanged()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.refreshSoon()),
    ]
  }

  /** Resolves when the registries were read once. */
  untilRead(): Promise<void> {
    return (this.firstRead ??= this.refresh())
  }

  /** Live runs first, then what is recorded, the newest first. */
  get runs(): readonly ShownRun[] {
    const live = this.folders.flatMap((folder) =>
      folder.live.map((one): ShownRun => ({
        kind: 'live',
        key: runKey(folder.key, one.experiment.runId),
        folder: folder.root,
        live: one,
      })),
    )
    const recorded = this.folders.flatMap((folder) => folder.table.rows.map((row) => recordedRun(folder, row)))
    if (this.folders.length > 1) recorded.sort((a, b) => atMsOf(b) - atMsOf(a))
    return [...live, ...recorded]
  }

  get problems(): readonly string[] {
    return this.folders.flatMap(({ problems }) => problems)
  }

  find(key: string): ShownRun | null {
    for (const folder of this.folders) {
      if (!key.startsWith(`${folder.key}/`)) continue
      const runId = key.slice(folder.key.length + 1)
      const row = folder.table.rows.find((one) => one.runId === runId)
      if (row !== undefined) return recordedRun(folder, row)
      const live = folder.live.find(({ experiment }) => experiment.runId === runId)
      if (live !== undefined) return { kind: 'live', key, folder: folder.root, live }
    }
    return null
  }

  /** The job that ran it, if it is still there and really did. */
  jobOf(run: ShownRun): StoredJob | null {
    const name = run.kind === 'live' ? run.live.jobId : run.row.record.jobId
    const id = jobIdSchema.safeParse(name)
    const stored = id.success ? this.jobs.get(id.data) : null
    return stored?.job.spec.plan.experiment?.runId === runIdOf(run) ? stored : null
  }

  describeJob(stored: StoredJob): JobDescription {
    return this.jobs.describe(stored)
  }

  /** Reads now what an event would bring in a moment. */
  refresh(): Promise<void> {
    // One after the other: what is asked for while another reads may be newer than what that one sees.
    const reading = this.reading.then(() => (this.isDisposed ? undefined : this.readAll()))
    this.reading = reading.catch(() => undefined) // Whoever waits for it is told.
    return reading
  }

  refreshSoon(): void {
    if (this.timer !== null || this.isDisposed) return
    this.timer = setTimeout(() => {
      this.timer = null
      this.refresh().catch(this.onError)
    }, refreshMs)
  }

  dispose(): void {
    this.isDisposed = true
    if (this.timer !== null) clearTimeout(this.timer)
    for (const subscription of this.subscriptions) subscription.dispose()
    for (const { watches } of this.sources.values()) for (const watch of watches.values()) watch.close()
  }

  private async readAll(): Promise<void> {
    const roots = this.roots() ?? []
    let isOther = this.folders.map(({ root }) => root).join('\n') !== roots.join('\n')
    for (const [root, { watches }] of this.sources) {
      if (roots.includes(root)) continue
      for (const watch of watches.values()) watch.close()
      this.sources.delete(root)
    }
    for (const root of roots) if (await this.readOne(root)) isOther = true
    if (this.isDisposed) return
    const live = this.liveRuns(roots)
    const text = JSON.stringify(live)
    if (!isOther && text === this.liveText) return
    this.liveText = text
    this.folders = roots.map((root) => {
      const source = this.sources.get(root)
      const table = source?.table ?? buildRunTable([])
      return {
        root,
        key: folderKey(root),
        name: path.basename(root),
        table,
        live: (live[root] ?? []).filter(({ experiment }) => !isRecorded(table, experiment)),
        problems: source?.problems ?? [],
      }
    })
    this.changed.fire()
  }

  /** Whether anything is other than before. */
  private async readOne(root: string): Promise<boolean> {
    const file = path.join(root, registryPath)
    const source = this.sources.get(root) ?? {
      registry: new RegistryFile(file),
      version: -1,
      table: buildRunTable([]),
      problems: [],
      watches: new Map<string, DirectoryWatch>(),
    }
    this.sources.set(root, source)
    this.watch(source, [root, path.dirname(file)])
    const { records, problems, moreProblems, version } = await source.registry.read()
    const told =
      moreProblems === 0 ? problems : [...problems, vscode.l10n.t('{0} more lines cannot be read.', moreProblems)]
    const isOther = version !== source.version || told.join('\n') !== source.problems.join('\n')
    if (version !== source.version) source.table = buildRunTable(records)
    source.version = version
    source.problems = told
    return isOther
  }

  /** The folder itself tells of a directory that is made or removed; that directory of what is written in it. */
  private watch({ watches }: Source, directories: readonly string[]): void {
    for (const directory of directories) {
      const isThere = fs.existsSync(directory)
      if (isThere === watches.has(directory)) continue
      watches.get(directory)?.close()
      if (isThere)
        watches.set(
          directory,
          watchDirectory(directory, () => this.refreshSoon()),
        )
      else watches.delete(directory)
    }
  }

  private jobsChanged(): void {
    if (this.firstRead === null) return
    if (JSON.stringify(this.liveRuns(this.roots() ?? [])) !== this.liveText) this.refreshSoon()
  }

  /** By folder: runs of jobs that go on, and of those that ended lately, for some could not be recorded. */
  private liveRuns(roots: readonly string[]): Readonly<Record<string, readonly LiveRun[]>> {
    const live: Record<string, LiveRun[]> = {}
    for (const stored of [...this.jobs.live, ...this.jobs.ended(0, recentJobs)]) {
      const { spec } = stored.job
      const { experiment } = spec.plan
      if (experiment === undefined || spec.dryRun === true || !roots.includes(spec.folder)) continue
      const { state } = this.jobs.describe(stored)
      const run = { experiment, jobId: spec.id, atMs: spec.createdAtMs, state, word: stateWord(state) }
      live[spec.folder] = [...(live[spec.folder] ?? []), run]
    }
    return live
  }
}

export function runIdOf(run: ShownRun): string {
  return run.kind === 'live' ? run.live.experiment.runId : run.row.runId
}

export function templateOf(run: ShownRun): string | null {
  return run.kind === 'live' ? run.live.experiment.template : run.row.template
}

/** Absolute; null: it is not recorded, or not inside of the workspace. */
export function runDirectory(run: ShownRun): string | null {
  const recorded = run.kind === 'live' ? run.live.experiment.runDir : run.row.record.paths.runDir
  if (recorded === null) return null
  const directory = path.resolve(run.folder, recorded)
  const relative = path.relative(run.folder, directory)
  return relative.startsWith('..') || path.isAbsolute(relative) ? null : directory
}

function recordedRun(folder: Folder, row: RunRow): ShownRun {
  return { kind: 'recorded', key: runKey(folder.key, row.runId), folder: folder.root, row }
}

function isRecorded(table: RunTable, { runId }: ExperimentPlan): boolean {
  return table.rows.some((row) => row.runId === runId)
}

function atMsOf(run: ShownRun): number {
  return run.kind === 'live' ? run.live.atMs : (run.row.startedAtMs ?? 0)
}
