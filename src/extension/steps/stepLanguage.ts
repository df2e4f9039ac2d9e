// Definitions of steps and SPEC.md in the editor. Composition root of a bundle of its own, loaded when the first such document
// is open, or when steps are to be shown or run.
import * as vscode from 'vscode'
import { recordStep } from '../contributions'
import { StepCompletion, stepTriggers } from './stepCompletion'
import { StepFindings } from './stepFindings'
import { StepFolders } from './stepFolders'
import { StepFixes, writeStepRecord } from './stepFixes'
import { StepProblems } from './stepProblems'
import type { StepsHost } from './stepsGate'
import { StepViews } from './stepViews'

const documents = [{ scheme: 'file' }]

export class StepLanguage implements vscode.Disposable {
  private readonly subscriptions: readonly { dispose(): void }[]
  private readonly folders: StepFolders

  constructor(tellError: (error: unknown) => void) {
    const folders = new StepFolders(tellError)
    this.folders = folders
    const findings = new StepFindings(folders)
    const completion = new StepCompletion(findings)
    const { languages } = vscode
    this.subscriptions = [
      folders,
      new StepProblems(findings),
      languages.registerCodeActionsProvider(documents, new StepFixes(findings), {
        providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
      }),
      languages.registerCompletionItemProvider(documents, completion, ...stepTriggers),
      languages.registerHoverProvider(documents, completion),
      vscode.commands.registerCommand(recordStep, (wanted: unknown) => {
        try {
          writeStepRecord(wanted)
          folders.lookAgain()
        } catch (error) {
          tellError(error)
        }
      }),
    ]
  }

  /** Lenses, the view and commands, where jobs can be run; whoever asks for them disposes of them. */
  showRuns(host: StepsHost): StepViews {
    return new StepViews(host, this.folders)
  }

  dispose(): void {
    for (const subscription of [...this.subscriptions].reverse()) subscription.dispose()
  }
}
