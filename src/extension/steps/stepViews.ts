// All that shows and runs steps in one window; made once somebody needs it.
import * as vscode from 'vscode'
import { UndertakingRequests } from '../../store/undertakings/undertakingRequests'
import { contextKeys } from '../contributions'
import { StepActs } from './stepActs'
import { answerSteps } from './stepAnswers'
import type { StepFolders } from './stepFolders'
import { StepLenses } from './stepLenses'
import { StepNotices } from './stepNotices'
import type { StepCommand, StepsHost } from './stepsGate'
import { describeError, type Handler } from '../registerCommands'
import { StepsModel } from './stepsModel'
import { StepStarter } from './stepStarter'
import { StepTerminals } from './stepTerminals'
import { StepTree } from './stepTree'

export class StepViews implements vscode.Disposable {
  readonly tree: StepTree
  readonly acts: Readonly<Record<StepCommand, Handler>>
  private readonly model: StepsModel
  private readonly starter: StepStarter
  private readonly subscriptions: readonly { dispose(): void }[]
  private isRunning = false

  constructor(host: StepsHost, files: StepFolders) {
    const onError = (error: unknown) => host.log.warn(describeError(error))
    this.model = new StepsModel(files, host.model, host.state, onError)
    const requests = new UndertakingRequests(host.state, host.requests, () => Date.now())
    const terminals = new StepTerminals()
    this.starter = new StepStarter(host, requests, files, this.model, terminals)
    this.tree = new StepTree(
      this.model,
      (step) => this.starter.phasesOf(step),
      () => host.view.visible,
    )
    const acts = new StepActs(host, files, this.model, this.starter, this.tree)
    this.acts = acts.handlers
    const lenses = new StepLenses(this.model, files)
    this.subscriptions = [
      this.model,
      terminals,
      this.tree,
      acts,
      lenses,
      vscode.languages.registerCodeLensProvider([{ scheme: 'file' }], lenses),
      new StepNotices(this.model, requests, host.log),
      this.model.onDidChange(() => {
        this.tellRunning()
        this.unfold(host)
      }),
    ]
    this.model.untilRead().catch(onError)
  }

  answer(stream: vscode.ChatResponseStream, prompt: string): Promise<void> {
    return answerSteps(this.model, stream, prompt)
  }

  dispose(): void {
    for (const subscription of [...this.subscriptions].reverse()) subscription.dispose()
  }

  /** Of a step that begins or fails its phases are to be seen, while somebody looks. */
  private unfold({ view, log }: StepsHost): void {
    if (!view.visible) return
    for (const row of this.tree.takeTelling())
      view
        .reveal(row, { select: false, focus: false, expand: true })
        .then(undefined, (error: unknown) => log.debug(describeError(error)))
  }

  private tellRunning(): void {
    const isRunning = this.model.live.length > 0
    if (isRunning === this.isRunning) return
    this.isRunning = isRunning
    void vscode.commands.executeCommand('setContext', contextKeys.stepsRunning, isRunning)
  }
}
