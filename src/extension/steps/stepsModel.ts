// The steps of this window's folders as all views see them: what their files say, with their runs.
import fs from 'node:fs'
import path from 'node:path'
import * as vscode from 'vscode'
import type { StepRunPlan } from '../../core/steps/stepRunPlan'
import { isSameStatus, type StepStatus, stepStates } from '../../core/steps/stepStates'
import { isLive } from '../../core/steps/goingOn'
import type { StepRunView } from '../../core/steps/stepView'
import { newestRuns, StepRuns } from '../../store/steps/stepRuns'
import type { JobId } from '../../core/jobs/jobId'
import type { UndertakingSpec } from '../../core/undertakings/undertaking'
import { folderKey, type FolderPaths, type StateFolder } from '../../store/stateFolder'
import type { UndertakingPaths } from '../../store/undertakingPaths'
import { WatchedDirectories } from '../../store/watchedDirectories'
import type { JobModel } from '../jobs/jobModel'
import { Rereading } from '../rereading'
import { foldersOnDisk } from '../workspaceFolders'
import type { StepFolders } from './stepFolders'

export interface ShownStep {
  /** Of this step, over all folders. */
  readonly key: string
  /** As VS Code calls it; absolute. */
  readonly folder: string
  readonly status: StepStatus
  readonly run: StepRunView | null
  /** A run of it completed once, by the log, and it was not reopened since. */
  readonly wasCompleted: boolean
  /** The task that its line in SPEC.md speaks of. */
  readonly notedTask: string | null
}

/** A run of one or several steps. */
export interface ShownRun {
  readonly id: JobId
  readonly spec: UndertakingSpec
  readonly plan: StepRunPlan
  readonly paths: UndertakingPaths
  readonly isAtRest: boolean
  readonly updatedAtMs: number
  readonly steps: readonly StepRunView[]
}

type FolderOnDisk = Pick<ShownFolder, 'folder' | 'root' | 'name'> & { readonly paths: FolderPaths }

export interface ShownFolder {
  readonly folder: string
  /** Its real path. */
  readonly root: string
  readonly name: string
  readonly steps: readonly ShownStep[]
  /** Oldest first. */
  readonly runs: readonly ShownRun[]
  readonly problems: readonly string[]
}

export class StepsModel implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>()
  /** At most four times a second. */
  readonly onDidChange = this.changed.event
  private readonly readers = new Map<string, StepRuns>()
  private readonly rereading: Rereading
  private readonly watches: WatchedDirectories
  private readonly subscriptions: readonly { dispose(): void }[]
  private isRead = false
  private byKey: ReadonlyMap<string, ShownStep> = new Map()
  shown: readonly ShownFolder[] = []

  constructor(
    private readonly files: StepFolders,
    jobs: JobModel,
    private readonly state: StateFolder,
    onError: (error: unknown) => void,
  ) {
    this.rereading = new Rereading(() => this.read(), onError)
    const soon = () => this.rereading.soon()
    this.watches = new WatchedDirectories(soon)
    const look = ({ uri }: vscode.TextDocument) => {
      if (uri.scheme === 'file' && isAboutSteps(uri.fsPath)) soon()
    }
    this.subscriptions = [
      this.changed,
      this.rereading,
      files.onDidChange(soon),
      jobs.onDidChange(soon),
      vscode.workspace.onDidChangeTextDocument(({ document }) => look(document)),
      // What was in it and not saved is gone.
      vscode.workspace.onDidCloseTextDocument(look),
    ]
  }

  /** Resolves when everything was read once. */
  untilRead(): Promise<void> {
    return this.rereading.once()
  }

  find(key: string): ShownStep | null {
    return this.byKey.get(key) ?? null
  }

  get all(): readonly ShownStep[] {
    return this.shown.flatMap(({ steps }) => steps)
  }

  get runs(): readonly ShownRun[] {
    return this.shown.flatMap(({ runs }) => runs)
  }

  runOf({ run }: ShownStep): ShownRun | null {
    return run === null ? null : (this.runs.find(({ id }) => id === run.run) ?? null)
  }

  /** Steps of which something goes on, be it what they have left running. */
  get live(): readonly ShownStep[] {
    return this.all.filter(({ run }) => run !== null && isLive(run))
  }

  /** Reads now what an event would bring in a moment. */
  refresh(): Promise<void> {
    return this.rereading.now()
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
    this.watches.close()
  }

  private async read(): Promise<void> {
    const folders = foldersOnDisk().flatMap(({ uri, name }) => {
      const root = realPathOf(uri.fsPath)
      return root === null ? [] : [{ folder: uri.fsPath, root, name, paths: this.state.folder(folderKey(root)) }]
    })
    // The making of one is told by the jobs.
    this.watches.watch(folders.map(({ paths }) => paths.directory))
    const shown: ShownFolder[] = []
    for (const folder of folders) shown.push(await this.readOne(folder))
    if (this.rereading.isOver) return
    this.forgetOthers(shown)
    if (this.isRead && isSame(shown, this.shown)) return
    this.isRead = true
    this.shown = shown
    this.byKey = new Map(this.all.map((step) => [step.key, step]))
    this.changed.fire()
  }

  private async readOne({ folder, root, name, paths }: FolderOnDisk): Promise<ShownFolder> {
    const reader = this.readers.get(root) ?? new StepRuns(paths)
    this.readers.set(root, reader)
    const history = await this.files.historyOf(folder)
    const { steps: defined } = await this.files.definitionsOf(folder)
    const lines = this.files.specOf(folder)
    const noted = new Map(lines.map(({ number, note }) => [number, note?.taskId ?? null]))
    const states = stepStates(lines, defined, history)
    const { runs, problems } = reader.read()
    const newest = newestRuns(runs)
    const seen = new Set<string>()
    const steps = states.flatMap((status): ShownStep[] => {
      const key = `${root}#${status.step}`
      // A number that is there twice is told of as a problem, and stands here once.
      if (seen.has(key)) return []
      seen.add(key)
      const wasCompleted = (history.get(status.step)?.completed ?? null) !== null
      const notedTask = noted.get(status.step) ?? null
      return [{ key, folder, status, run: newest.get(status.step) ?? null, wasCompleted, notedTask }]
    })
    return {
      folder,
      root,
      name,
      steps,
      runs: runs.map(({ stored: { undertaking, paths: own }, isAtRest, steps: views }) => ({
        id: undertaking.spec.id,
        spec: undertaking.spec,
        plan: undertaking.spec.plan,
        paths: own,
        isAtRest,
        updatedAtMs: undertaking.updatedAtMs,
        steps: views,
      })),
      problems,
    }
  }

  private forgetOthers(shown: readonly ShownFolder[]): void {
    const roots = new Set(shown.map(({ root }) => root))
    for (const root of [...this.readers.keys()]) if (!roots.has(root)) this.readers.delete(root)
  }
}

function isSame(a: readonly ShownFolder[], b: readonly ShownFolder[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, at) => {
      const other = b[at]
      return (
        other !== undefined &&
        one.folder === other.folder &&
        one.problems.join('\n') === other.problems.join('\n') &&
        isSameList(one.steps, other.steps, isSameStep) &&
        // What has not changed is not read again, so that its views are the same.
        isSameList(one.runs, other.runs, (x, y) => x.steps === y.steps)
      )
    })
  )
}

function isSameList<One>(a: readonly One[], b: readonly One[], same: (x: One, y: One) => boolean): boolean {
  return a.length === b.length && a.every((one, at) => same(one, b[at] as One)) // Both have it.
}

function isSameStep(a: ShownStep, b: ShownStep): boolean {
  return (
    a.key === b.key &&
    a.run === b.run &&
    a.wasCompleted === b.wasCompleted &&
    a.notedTask === b.notedTask &&
    isSameStatus(a.status, b.status)
  )
}

function realPathOf(folder: string): string | null {
  try {
    return fs.realpathSync(folder)
  } catch {
    return null // Not there now.
  }
}

function isAboutSteps(file: string): boolean {
  const name = path.basename(file)
  return name === 'SPEC.md' || /\.ya?ml$/i.test(name)
}
