// Loads what shows and runs experiments when somebody looks at it or asks for it, and nothing of it before.
import * as vscode from 'vscode'
import type { JobRequests } from '../../store/jobs/jobRequests'
import type { StateFolder } from '../../store/stateFolder'
import { type Command, runTableViewType, showMoreRuns, views } from '../contributions'
import type { JobModel } from '../jobs/jobModel'
import type { JobStarter } from '../jobs/startJob'
import type { Handler } from '../registerCommands'
import { ViewGate } from '../viewGate'
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

const experimentCommands = [
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
export type ExperimentCommand = (typeof experimentCommands)[number]

export class ExperimentsGate implements vscode.Disposable {
  readonly handlers: Readonly<Partial<Record<Command, Handler>>>
  private readonly gate: ViewGate<RunRowItem, ExperimentCommand, Experiments>
  private readonly subscriptions: readonly { dispose(): void }[]

  constructor(host: ExperimentsHost) {
    const gate = new ViewGate<RunRowItem, ExperimentCommand, Experiments>({
      name: views.experiments,
      commands: experimentCommands,
      canSelectMany: true,
      load: async () => new (await import('./experiments')).Experiments(host),
      log: host.log,
    })
    this.gate = gate
    this.handlers = {
      ...gate.handlers,
      showExperiments: async () => {
        await vscode.commands.executeCommand(`${views.experiments}.focus`)
      },
    }
    this.subscriptions = [
      gate,
      vscode.commands.registerCommand(showMoreRuns, async () => (await gate.load()).tree.showMore()),
      vscode.window.registerWebviewPanelSerializer(runTableViewType, {
        deserializeWebviewPanel: async (panel) => (await gate.load()).table.restore(panel),
      }),
    ]
  }

  /** All of it; rejects if it cannot be loaded. */
  load(): Promise<Experiments> {
    return this.gate.load()
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
  }
}
