// Loads what shows and runs experiments when somebody looks at it or asks for it, and nothing of it before.
import * as vscode from 'vscode'
import type { JobRequests } from '../../store/jobs/jobRequests'
import type { StateFolder } from '../../store/stateFolder'
import { type Command, runTableViewType, showMoreRuns, views } from '../contributions'
import type { JobModel } from '../jobs/jobModel'
import type { JobStarter } from '../jobs/startJob'
import { describeError, type Handler } from '../registerCommands'
import type { Experiments } from './experiments'
import type { RunRowItem } from './experimentTree'

export interface ExperimentsHost {
  readonly extensionUri: vscode.Uri
  readonly model: JobModel
  readonly requests: JobRequests
  readonly starter: JobStarter
  readonly state: StateFolder
  /** What a person chose in the table is kept here. */
  readonly memento: vscode.Memento
  /** Real paths of the folders of this window; null: it has none. */
  readonly roots: () => readonly string[] | null
  readonly log: vscode.LogOutputChannel
}

const names = [
  'openRunTable',
  'refreshExperiments',
  'runExperiment',
  'scaffoldRunContract',
  'showRunReport',
  'showRunLog',
  'showRunJob',
  'runAgain',
  'compareRuns',
  'copyRunId',
  'revealRunFolder',
  'exportRuns',
] as const satisfies readonly Command[]
export type ExperimentCommand = (typeof names)[number]

export class ExperimentsGate implements vscode.Disposable {
  readonly handlers: Readonly<Partial<Record<Command, Handler>>>
  private readonly changed = new vscode.EventEmitter<undefined>()
  private readonly subscriptions: readonly { dispose(): void }[]
  private loading: Promise<Experiments> | null = null
  private loaded: Experiments | null = null
  private isDisposed = false

  constructor(private readonly host: ExperimentsHost) {
    // It is asked only while the view is shown.
    const provider: vscode.TreeDataProvider<RunRowItem> = {
      onDidChangeTreeData: this.changed.event,
      getChildren: async (row) => {
        const { tree, model } = await this.load()
        await model.untilRead()
        return tree.getChildren(row)
      },
      getTreeItem: async (row) => (await this.load()).tree.getTreeItem(row),
    }
    const view = vscode.window.createTreeView(views.experiments, {
      treeDataProvider: provider,
      showCollapseAll: true,
      canSelectMany: true,
    })
    this.subscriptions = [
      this.changed,
      view,
      vscode.commands.registerCommand(showMoreRuns, async () => (await this.load()).tree.showMore()),
      vscode.window.registerWebviewPanelSerializer(runTableViewType, {
        deserializeWebviewPanel: async (panel) => (await this.load()).table.restore(panel),
      }),
    ]
    const run =
      (name: ExperimentCommand): Handler =>
      async (...words) =>
        (await this.load()).acts[name](...words)
    this.handlers = {
      ...Object.fromEntries(names.map((name) => [name, run(name)])),
      showExperiments: async () => {
        await vscode.commands.executeCommand(`${views.experiments}.focus`)
      },
    }
  }

  /** All of it; rejects if it cannot be loaded. */
  load(): Promise<Experiments> {
    this.loading ??= this.loadNow().catch((error: unknown) => {
      this.loading = null // The next one who asks tries again.
      this.host.log.error(describeError(error))
      throw error
    })
    return this.loading
  }

  dispose(): void {
    this.isDisposed = true
    for (const subscription of this.subscriptions) subscription.dispose()
    this.loaded?.dispose()
  }

  private async loadNow(): Promise<Experiments> {
    const { Experiments: Loaded } = await import('./experiments')
    const experiments = new Loaded(this.host)
    experiments.tree.onDidChangeTreeData(() => this.changed.fire(undefined))
    if (this.isDisposed) experiments.dispose()
    this.loaded = experiments
    return experiments
  }
}
