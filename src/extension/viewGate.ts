// What is there of a view from the start: its name, empty, and its commands. What shows it and acts is loaded when somebody
// looks or asks for it.
import * as vscode from 'vscode'
import type { Command } from './contributions'
import { describeError, type Handler } from './registerCommands'

interface LoadedTree<Row> extends vscode.TreeDataProvider<Row> {
  readonly onDidChangeTreeData: vscode.Event<Row[] | undefined>
}

/** What is loaded. */
interface LoadedView<Row, Name extends Command> extends vscode.Disposable {
  readonly tree: LoadedTree<Row>
  readonly acts: Readonly<Record<Name, Handler>>
}

export interface ViewGateOptions<Name extends Command, Loaded> {
  /** Its id. */
  readonly name: string
  readonly commands: readonly Name[]
  readonly canSelectMany?: boolean
  readonly load: () => Promise<Loaded>
  readonly log: vscode.LogOutputChannel
}

export class ViewGate<Row, Name extends Command, Loaded extends LoadedView<Row, Name>> implements vscode.Disposable {
  readonly view: vscode.TreeView<Row>
  readonly handlers: Readonly<Partial<Record<Command, Handler>>>
  private readonly changed = new vscode.EventEmitter<Row[] | undefined>()
  private loading: Promise<Loaded> | null = null
  private loaded: Loaded | null = null
  private isDisposed = false

  constructor(private readonly options: ViewGateOptions<Name, Loaded>) {
    const { name, commands, canSelectMany = false } = options
    this.view = vscode.window.createTreeView<Row>(name, {
      // It is asked only while the view is shown.
      treeDataProvider: {
        onDidChangeTreeData: this.changed.event,
        getChildren: async (row) => (await this.load()).tree.getChildren(row),
        getTreeItem: async (row) => (await this.load()).tree.getTreeItem(row),
        getParent: async (row) => (await this.load()).tree.getParent?.(row),
      },
      showCollapseAll: true,
      canSelectMany,
    })
    const run =
      (command: Name): Handler =>
      async (...words) =>
        (await this.load()).acts[command](...words)
    this.handlers = Object.fromEntries(commands.map((command) => [command, run(command)]))
  }

  get isAskedFor(): boolean {
    return this.loading !== null
  }

  /** All of it; rejects if it cannot be loaded. */
  load(): Promise<Loaded> {
    this.loading ??= this.loadNow().catch((error: unknown) => {
      this.loading = null // The next one who asks tries again.
      throw error
    })
    return this.loading
  }

  /** For whom nobody waits. */
  loadSoon(): void {
    this.load().catch((error: unknown) => this.options.log.error(describeError(error)))
  }

  dispose(): void {
    this.isDisposed = true
    this.changed.dispose()
    this.view.dispose()
    this.loaded?.dispose()
  }

  private async loadNow(): Promise<Loaded> {
    const loaded = await this.options.load()
    loaded.tree.onDidChangeTreeData((rows) => this.changed.fire(rows))
    if (this.isDisposed) loaded.dispose()
    this.loaded = loaded
    return loaded
  }
}
