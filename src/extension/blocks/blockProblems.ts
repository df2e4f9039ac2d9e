// Squiggles and the Problems view: what is wrong with the blocks of the open documents.
import * as vscode from 'vscode'
import type { Diagnostic } from '../../core/blocks/diagnostic'
import type { BlockFindings } from './blockFindings'
import { mayHoldBlocks } from './blockSchemes'
import type { OpenBlocks } from './openBlocks'
import { rangeOf } from './ranges'

/** Somebody who types is not told of what is only half written. */
const restMs = 250

export class BlockProblems implements vscode.Disposable {
  private readonly shown = vscode.languages.createDiagnosticCollection('relay')
  /** Documents that have changed and are read again when they have come to rest. */
  private readonly waiting = new Map<vscode.TextDocument, NodeJS.Timeout>()
  private readonly subscriptions: readonly { dispose(): void }[]

  constructor(
    open: OpenBlocks,
    private readonly findings: BlockFindings,
  ) {
    this.subscriptions = [
      this.shown,
      open.onDidChange((document) => this.readSoon(document)),
      open.onDidClose((document) => {
        this.forget(document)
        this.shown.delete(document.uri)
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.readAll()),
    ]
    this.readAll()
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
    for (const timer of this.waiting.values()) clearTimeout(timer)
  }

  private readAll(): void {
    for (const document of vscode.workspace.textDocuments) if (mayHoldBlocks(document)) this.readSoon(document)
  }

  private readSoon(document: vscode.TextDocument): void {
    this.forget(document)
    this.waiting.set(
      document,
      setTimeout(() => {
        this.waiting.delete(document)
        if (!document.isClosed) this.show(document)
      }, restMs),
    )
  }

  private forget(document: vscode.TextDocument): void {
    clearTimeout(this.waiting.get(document))
    this.waiting.delete(document)
  }

  private show(document: vscode.TextDocument): void {
    const found = this.findings.of(document)
    if (found.length > 0 || this.shown.has(document.uri))
      this.shown.set(
        document.uri,
        found.map((each) => diagnosticOf(document, each)),
      )
  }
}

export function diagnosticOf(document: vscode.TextDocument, finding: Diagnostic): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(rangeOf(document, finding), finding.message, severityOf(finding))
  diagnostic.source = 'Relay'
  diagnostic.code = finding.code
  return diagnostic
}

function severityOf({ code, severity }: Diagnostic): vscode.DiagnosticSeverity {
  switch (severity) {
    case 'error':
      return vscode.DiagnosticSeverity.Error
    case 'warning':
      return vscode.DiagnosticSeverity.Warning
    case 'hint':
      // A text that speaks of blocks has nothing to be corrected.
      return code === 'marker-mentioned' || code === 'placeholder-left'
        ? vscode.DiagnosticSeverity.Hint
        : vscode.DiagnosticSeverity.Information
  }
}
