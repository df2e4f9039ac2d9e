// Squiggles and the Problems view for definitions of steps and for SPEC.md.
import * as vscode from 'vscode'
import type { StepFinding } from '../../core/steps/finding'
import { rangeOf } from '../blocks/ranges'
import type { StepFindings } from './stepFindings'
import { stepPlaceOf } from './stepPlaces'

/** Somebody who types is not told of what is only half written. */
const restMs = 250

export class StepProblems implements vscode.Disposable {
  private readonly shown = vscode.languages.createDiagnosticCollection('relay steps')
  private readonly waiting = new Map<vscode.TextDocument, NodeJS.Timeout>()
  private readonly subscriptions: readonly { dispose(): void }[]

  constructor(private readonly findings: StepFindings) {
    const { workspace } = vscode
    this.subscriptions = [
      this.shown,
      findings.onDidChange(() => this.readAll()),
      workspace.onDidOpenTextDocument((document) => this.readSoon(document)),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.readSoon(document)
      }),
      workspace.onDidCloseTextDocument((document) => {
        this.forget(document)
        this.shown.delete(document.uri)
      }),
    ]
    this.readAll()
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
    for (const timer of this.waiting.values()) clearTimeout(timer)
  }

  private readAll(): void {
    for (const document of vscode.workspace.textDocuments) this.readSoon(document)
  }

  private readSoon(document: vscode.TextDocument): void {
    if (stepPlaceOf(document) === null && !this.shown.has(document.uri)) return
    this.forget(document)
    const show = () => {
      this.waiting.delete(document)
      void this.show(document)
    }
    this.waiting.set(document, setTimeout(show, restMs))
  }

  private forget(document: vscode.TextDocument): void {
    clearTimeout(this.waiting.get(document))
    this.waiting.delete(document)
  }

  private async show(document: vscode.TextDocument): Promise<void> {
    const { version } = document
    const told = await this.findings.of(document)
    // What was typed meanwhile has been told of, and is read by its own turn.
    if (document.isClosed || document.version !== version) return
    if (told === null) this.shown.delete(document.uri)
    else if (told.length > 0 || this.shown.has(document.uri))
      this.shown.set(
        document.uri,
        told.map(({ finding }) => stepDiagnosticOf(document, finding)),
      )
  }
}

const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  hint: vscode.DiagnosticSeverity.Information,
} as const

function stepDiagnosticOf(document: vscode.TextDocument, finding: StepFinding): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(rangeOf(document, finding), finding.message, severities[finding.severity])
  diagnostic.source = 'Relay'
  diagnostic.code = finding.code
  return diagnostic
}
