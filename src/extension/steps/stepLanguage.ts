// Definitions of steps and SPEC.md in the editor. Composition root of a bundle of its own, loaded when the first such document
// is open. It runs no step and, but for a fix that a person chooses in a trusted workspace, writes nothing.
import * as vscode from 'vscode'
import { recordStep } from '../contributions'
import { StepCompletion, stepTriggers } from './stepCompletion'
import { StepFindings } from './stepFindings'
import { StepFolders } from './stepFolders'
import { StepFixes, writeStepRecord } from './stepFixes'
import { StepProblems } from './stepProblems'

const documents = [{ scheme: 'file' }]

export class StepLanguage implements vscode.Disposable {
  private readonly subscriptions: readonly { dispose(): void }[]

  constructor(tellError: (error: unknown) => void) {
    const folders = new StepFolders(tellError)
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

  dispose(): void {
    for (const subscription of [...this.subscriptions].reverse()) subscription.dispose()
  }
}
