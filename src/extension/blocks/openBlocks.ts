// The blocks of every open document, read once: what a key has touched is read again, and nothing else.
import * as vscode from 'vscode'
import { BlockIndex } from '../../core/blocks/blockIndex'
import { mayHoldBlocks } from './blockSchemes'

interface Known {
  readonly version: number
  readonly index: BlockIndex
}

export class OpenBlocks implements vscode.Disposable {
  private readonly known = new Map<vscode.TextDocument, Known>()
  private readonly changed = new vscode.EventEmitter<vscode.TextDocument>()
  private readonly closed = new vscode.EventEmitter<vscode.TextDocument>()
  /** The text of a document is another one, or the document has just been opened. */
  readonly onDidChange = this.changed.event
  readonly onDidClose = this.closed.event
  private readonly subscriptions: readonly { dispose(): void }[]

  constructor() {
    this.subscriptions = [
      this.changed,
      this.closed,
      vscode.workspace.onDidOpenTextDocument((document) => {
        if (mayHoldBlocks(document)) this.changed.fire(document)
      }),
      vscode.workspace.onDidChangeTextDocument((event) => this.edit(event)),
      vscode.workspace.onDidCloseTextDocument((document) => {
        this.known.delete(document)
        this.closed.fire(document)
      }),
    ]
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
    this.known.clear()
  }

  /** What the document says now. */
  of(document: vscode.TextDocument): BlockIndex {
    const known = this.known.get(document)
    if (known?.version === document.version) return known.index
    const index = new BlockIndex(document.getText())
    // A closed document tells of no more changes.
    if (!document.isClosed) this.known.set(document, { version: document.version, index })
    return index
  }

  private edit({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (contentChanges.length === 0 || !mayHoldBlocks(document)) return
    const known = this.known.get(document)
    // Who asked between the change and its event has read the new text already.
    if (known !== undefined && known.version !== document.version) {
      this.known.delete(document)
      if (known.version + 1 === document.version) {
        // In the order of the event: VS Code gives the last in the text first.
        for (const { rangeOffset, rangeLength, text } of contentChanges)
          known.index.edit({ start: rangeOffset, end: rangeOffset + rangeLength, newText: text })
        if (known.index.length === lengthOf(document))
          this.known.set(document, { version: document.version, index: known.index })
      }
    }
    this.changed.fire(document)
  }
}

/** Without joining its lines. */
function lengthOf(document: vscode.TextDocument): number {
  return document.offsetAt(document.lineAt(document.lineCount - 1).range.end)
}
