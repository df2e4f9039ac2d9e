// When VS Code is told that lenses have changed. It then waits as long as the lenses of all extensions took lately, and
// being told again it waits anew and drops what it was about to draw: told every second beside slow lenses of another
// extension, it would never draw any. So it is told again when it has drawn, or has had time enough.
import * as vscode from 'vscode'

/** How long VS Code may take to draw before it is told again; doubled each time that it had not. */
const patienceMs = { least: 5_000, most: 80_000 } as const
/** The lenses that are drawn at once come for their texts one after the other. */
const batchMs = 200
/** Behind the events: an editor that loses the focus forgets that it wanted to ask. */
const sweepMs = 10_000

/** A lens whose text is known, and that tells when it is drawn. */
export class DrawnLens extends vscode.CodeLens {
  constructor(
    range: vscode.Range,
    readonly document: vscode.TextDocument,
    readonly shown: vscode.Command,
  ) {
    super(range)
  }
}

export class LensRefresh implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>()
  readonly event = this.changed.event
  /** Documents that were asked for once. */
  private readonly known = new WeakSet<vscode.TextDocument>()
  /** Those of them that VS Code was told about and has not asked for, or has asked for and not drawn what is in sight. */
  private readonly undrawn = new WeakSet<vscode.TextDocument>()
  private toldAtMs = -Infinity
  private patience: number = patienceMs.least
  /** Something has changed since VS Code was told. */
  private isOwed = false
  private batch: NodeJS.Timeout | null = null
  /** Ends with the patience: an editor that has lost the focus meanwhile does not ask, and nothing else may change. */
  private again: NodeJS.Timeout | null = null
  private readonly subscription: vscode.Disposable

  constructor() {
    const sweep = setInterval(() => this.request(), sweepMs)
    this.subscription = vscode.Disposable.from(
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.request()),
      // One that is not looked at draws nothing, however long it is waited for.
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (!focused) return
        this.patience = patienceMs.least
        this.request()
      }),
      new vscode.Disposable(() => clearInterval(sweep)),
    )
  }

  dispose(): void {
    this.subscription.dispose()
    if (this.batch !== null) clearTimeout(this.batch)
    if (this.again !== null) clearTimeout(this.again)
    this.changed.dispose()
  }

  /** Something is different: tells VS Code, now or when it has drawn. */
  request(): void {
    this.isOwed = true
    const waitedMs = performance.now() - this.toldAtMs
    if (!this.isDrawing()) this.patience = patienceMs.least
    else if (waitedMs < this.patience) return this.waitFor(this.patience - waitedMs)
    else this.patience = Math.min(this.patience * 2, patienceMs.most)
    this.tell()
  }

  /** VS Code has these lenses of ours now, and waits for those of other extensions. */
  asked(document: vscode.TextDocument, lenses: readonly vscode.CodeLens[]): void {
    const isSeen = vscode.window.visibleTextEditors.some(
      (editor) =>
        editor.document === document &&
        lenses.some(({ range }) => editor.visibleRanges.some((visible) => visible.contains(range))),
    )
    this.known.add(document)
    if (isSeen) this.undrawn.add(document)
    else this.drawn(document)
  }

  /** VS Code comes for this when it has the lenses of all extensions and is about to draw those that are in sight. */
  draw(lens: DrawnLens): DrawnLens {
    this.drawn(lens.document)
    lens.command = lens.shown
    return lens
  }

  private waitFor(ms: number): void {
    this.again ??= setTimeout(() => {
      this.again = null
      if (this.isOwed || this.isDrawing()) this.request()
    }, ms)
  }

  private drawn(document: vscode.TextDocument): void {
    this.undrawn.delete(document)
    this.batch ??= setTimeout(() => {
      this.batch = null
      if (this.isOwed) this.request()
    }, batchMs)
  }

  private isDrawing(): boolean {
    return vscode.window.visibleTextEditors.some(({ document }) => this.undrawn.has(document))
  }

  private tell(): void {
    this.isOwed = false
    this.toldAtMs = performance.now()
    for (const { document } of vscode.window.visibleTextEditors)
      if (this.known.has(document)) this.undrawn.add(document)
    this.changed.fire()
    this.waitFor(this.patience)
  }
}
