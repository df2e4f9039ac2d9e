// The runs of this window's folders as its views see them: what is recorded, and what is on its way there.
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
import { WatchedDirectories } from '../../store/watchedDirectories'
import type { JobModel } from '../jobs/jobModel'
import { stateWord } from '../jobs/stateWords'
import { Rereading } from '../rereading'

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
}

export class ExperimentsModel implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>()
  /** Something about the runs is different. At most four times a second. */
  readonly onDidChange = this.changed.event
  private readonly sources = new Map<string, Source>()
  private readonly rereading: Rereading
  private readonly watches: WatchedDirectories
  private readonly subscriptions: readonly { dispose(): void }[]
  private liveText = ''
  folders: readonly Folder[] = []

  constructor(
    private readonly jobs: JobModel,
    /** Real paths of the folders of this window; null: it has none. */
    private readonly roots: () => readonly string[] | null,
    onError: (error: unknown) => void,
  ) {
    this.rereading = new Rereading(() => this.readAll(), onError)
    this.watches = new WatchedDirectories(() => this.rereading.soon())
    this.subscriptions = [
      this.changed,
      this.rereading,
      jobs.onDidChange(() => this.jobsChanged()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.rereading.soon()),
    ]
  }

  /** Resolves when the registries were read once. */
  untilRead(): Promise<void> {
    return this.rereading.once()
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
    return this.rereading.now()
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
    this.watches.close()
  }

  private async readAll(): Promise<void> {
    const roots = this.roots() ?? []
    let isOther = this.folders.map(({ root }) => root).join('\n') !== roots.join('\n')
    for (const root of [...this.sources.keys()]) if (!roots.includes(root)) this.sources.delete(root)
    // The folder itself tells of a directory that is made or removed; that directory of what is written in it.
    this.watches.watch(roots.flatMap((root) => [root, path.dirname(path.join(root, registryPath))]))
    for (const root of roots) if (await this.readOne(root)) isOther = true
    if (this.rereading.isOver) return
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
    const source = this.sources.get(root) ?? {
      registry: new RegistryFile(path.join(root, registryPath)),
      version: -1,
      table: buildRunTable([]),
      problems: [],
    }
    this.sources.set(root, source)
    const { records, problems, moreProblems, version } = await source.registry.read()
    const told =
      moreProblems === 0 ? problems : [...problems, vscode.l10n.t('{0} more lines cannot be read.', moreProblems)]
    const isOther = version !== source.version || told.join('\n') !== source.problems.join('\n')
    if (version !== source.version) source.table = buildRunTable(records)
    source.version = version
    source.problems = told
    return isOther
  }

  private jobsChanged(): void {
    if (!this.rereading.hasBegun) return
    if (JSON.stringify(this.liveRuns(this.roots() ?? [])) !== this.liveText) this.rereading.soon()
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
