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
import type { Handler } from '../registerCommands'
import { ViewGate } from '../viewGate'
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

const stepCommands = [
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
  'removeStepRun',
  'showSteps',
] as const satisfies readonly Command[]
export type StepCommand = (typeof stepCommands)[number]

export class StepsGate implements vscode.Disposable {
  readonly handlers: Readonly<Partial<Record<Command, Handler>>>
  private readonly gate: ViewGate<StepRow, StepCommand, StepViews>
  private readonly subscriptions: readonly { dispose(): void }[]

  constructor(
    private readonly host: Omit<StepsHost, 'view'>,
    language: () => Promise<StepLanguage>,
  ) {
    const gate: ViewGate<StepRow, StepCommand, StepViews> = new ViewGate({
      name: views.steps,
      commands: stepCommands,
      load: async () => (await language()).showRuns({ ...host, view: gate.view }),
      log: host.log,
    })
    this.gate = gate
    this.handlers = gate.handlers
    this.subscriptions = [
      gate,
      gate.view.onDidChangeVisibility(({ visible }) => {
        if (visible && gate.isAskedFor) void gate.load().then(({ tree }) => tree.becameVisible())
      }),
      vscode.commands.registerCommand(showMoreSteps, async () => (await gate.load()).tree.showMore()),
      whenStepsOpen(() => gate.loadSoon()),
      host.model.onDidChange(() => {
        if (!gate.isAskedFor && this.isAnyLive()) gate.loadSoon()
      }),
    ]
  }

  /** All of it; rejects if it cannot be loaded. */
  load(): Promise<StepViews> {
    return this.gate.load()
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
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
