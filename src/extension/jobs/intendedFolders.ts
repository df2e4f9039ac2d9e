// In which folder blocks of a document are to run that lies in none, or in another one: a job's block as it is edited. For
// untitled documents that is kept over a reload of the window, as they are themselves, until they are closed.
import * as vscode from 'vscode'

const memoryKey = 'relay.intendedFolders'

type Kept = Readonly<Record<string, string>>

export class IntendedFolders implements vscode.Disposable {
  private readonly folders = new WeakMap<vscode.TextDocument, string>()
  private readonly subscription: vscode.Disposable

  constructor(private readonly memory: vscode.Memento) {
    this.subscription = vscode.Disposable.from(
      vscode.workspace.onDidCloseTextDocument((document) => this.forget(document)),
      // Its name was another's once: what comes back has its text.
      vscode.workspace.onDidOpenTextDocument((document) => {
        if (document.getText() === '') this.forget(document)
      }),
    )
  }

  set(document: vscode.TextDocument, folder: string): void {
    this.folders.set(document, folder)
    if (document.isUntitled) void this.memory.update(memoryKey, { ...this.kept, [document.uri.toString()]: folder })
  }

  /** Null: none is intended. */
  get(document: vscode.TextDocument): string | null {
    const known = this.folders.get(document)
    if (known !== undefined || !document.isUntitled) return known ?? null
    return this.kept[document.uri.toString()] ?? null
  }

  dispose(): void {
    this.subscription.dispose()
  }

  private forget(document: vscode.TextDocument): void {
    const key = document.uri.toString()
    if (!document.isUntitled || this.kept[key] === undefined) return
    void this.memory.update(memoryKey, Object.fromEntries(Object.entries(this.kept).filter(([name]) => name !== key)))
  }

  private get kept(): Kept {
    return this.memory.get<Kept>(memoryKey) ?? {}
  }
}
