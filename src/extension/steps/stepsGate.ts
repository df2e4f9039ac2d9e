// What of steps is there from the start: names and an empty view. What shows and runs them is loaded when somebody looks, opens a
// document about steps or asks for it, or when a run goes on that may have something to tell.
import * as vscode from 'vscode'
import { jobIdSchema } from '../../core/jobs/jobId'
import type { JobRequests } from '../../store/jobs/jobRequests'
import type { StateFolder } from '../../store/stateFolder'
import { isKnownAtRest } from '../../store/undertakings/undertakingFiles'
import { type Command, showMoreSteps, views } from '../contributions'
import type { JobModel } from '../jobs/jobModel'
import type { JobStarter } from '../jobs/startJob'
import { describeError, type Handler } from '../registerCommands'
import type { StepLanguage } from './stepLanguage'
import { whenStepsOpen } from './stepPlaces'
import type { StepRow } from './stepTree'
import type { StepViews } from './stepViews'

export interface StepsHost {
  readonly extensionUri: vscode.Uri
  readonly model: JobModel
  readonly requests: JobRequests
  readonly state: StateFolder
  readonly starter: JobStarter
  readonly view: vscode.TreeView<StepRow>
  readonly log: vscode.LogOutputChannel
}

const names = [
  'runStep',
  'runSteps',
  'continueSteps',
  'dryRunStep',
  'stopStep',
  'retryStep',
  'showStepRun',
  'showTaskLog',
  'openStepLine',
  'openStepDefinition',
  'copyTaskId',
  'showSteps',
] as const satisfies readonly Command[]
export type StepCommand = (typeof names)[number]

export class StepsGate implements vscode.Disposable {
  readonly handlers: Readonly<Partial<Record<Command, Handler>>>
  private readonly changed = new vscode.EventEmitter<StepRow[] | undefined>()
  private readonly view: vscode.TreeView<StepRow>
  private readonly subscriptions: readonly { dispose(): void }[]
  private loading: Promise<StepViews> | null = null

  constructor(
    private readonly host: Omit<StepsHost, 'view'>,
    private readonly language: () => Promise<StepLanguage>,
  ) {
    // It is asked only while the view is shown.
    this.view = vscode.window.createTreeView(views.steps, {
      treeDataProvider: {
        onDidChangeTreeData: this.changed.event,
        getChildren: async (row?: StepRow) => (await this.load()).tree.getChildren(row),
        getTreeItem: async (row) => (await this.load()).tree.getTreeItem(row),
        getParent: async (row) => (await this.load()).tree.getParent(row),
      },
      showCollapseAll: true,
    })
    const run =
      (name: StepCommand): Handler =>
      async (...words) =>
        (await this.load()).acts[name](...words)
    this.handlers = Object.fromEntries(names.map((name) => [name, run(name)]))
    const loadSoon = () => {
      this.load().catch((error: unknown) => host.log.error(describeError(error)))
    }
    this.subscriptions = [
      this.changed,
      this.view,
      this.view.onDidChangeVisibility(({ visible }) => {
        if (visible) void this.loading?.then(({ tree }) => tree.becameVisible())
      }),
      vscode.commands.registerCommand(showMoreSteps, async () => (await this.load()).tree.showMore()),
      whenStepsOpen(loadSoon),
      host.model.onDidChange(() => {
        if (this.loading === null && this.isAnyLive()) loadSoon()
      }),
    ]
  }

  /** All of it; rejects if it cannot be loaded. */
  load(): Promise<StepViews> {
    this.loading ??= this.loadNow().catch((error: unknown) => {
      this.loading = null // The next one who asks tries again.
      throw error
    })
    return this.loading
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
  }

  private async loadNow(): Promise<StepViews> {
    const loaded = (await this.language()).showRuns({ ...this.host, view: this.view })
    loaded.tree.onDidChangeTreeData((rows) => this.changed.fire(rows))
    return loaded
  }

  /** Whether something may go on that is more than a job. */
  private isAnyLive(): boolean {
    return this.host.model.shownFolders.some((folder) =>
      folder.listUndertakings().some((name) => {
        const id = jobIdSchema.safeParse(name)
        return id.success && !isKnownAtRest(folder.undertaking(id.data))
      }),
    )
  }
}
