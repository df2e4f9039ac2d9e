// Looks whether turns are offered to the windows of a folder. What answers them is loaded when there is one; an untrusted
// workspace answers none.
import * as vscode from 'vscode'
import { makeDirectory } from '../../store/durableFile'
import type { FolderPaths, StateFolder } from '../../store/stateFolder'
import { watchDirectory } from '../../store/watchDirectory'
import { describeError } from '../registerCommands'
import type { WindowModel } from './windowModel'

export interface OfferedTurnsOptions {
  readonly state: StateFolder
  readonly folder: FolderPaths
  /** The workspace folder, as this window names it. */
  readonly root: string
  /** Tells this window from every other that has the folder open. */
  readonly windowId: string
  readonly access: vscode.LanguageModelAccessInformation
  readonly log: (fact: string) => void
}

/** One for each workspace folder. Looks as soon as the workspace is trusted, until it is disposed of. */
export class OfferedTurns implements vscode.Disposable {
  private readonly disposables: vscode.Disposable[] = []
  private isDisposed = false
  private answering: Promise<WindowModel> | null = null

  constructor(private readonly options: OfferedTurnsOptions) {
    if (vscode.workspace.isTrusted) this.begin()
    else this.disposables.push(vscode.workspace.onDidGrantWorkspaceTrust(() => this.begin()))
  }

  dispose(): void {
    this.isDisposed = true
    for (const disposable of this.disposables.splice(0).reverse()) disposable.dispose()
  }

  private begin(): void {
    const { folder, log } = this.options
    try {
      makeDirectory(folder.windowTurns)
      const watch = watchDirectory(folder.windowTurns, () => this.look(), true)
      this.disposables.push(new vscode.Disposable(() => watch.close()))
      this.look()
    } catch (error) {
      // The disk is full, say: other windows are asked, or none.
      log(`turns in ${folder.key} are not looked for: ${describeError(error)}`)
    }
  }

  private look(): void {
    const { folder, log } = this.options
    try {
      if (this.isDisposed || (this.answering === null && folder.listWindowTurns().length === 0)) return
    } catch (error) {
      log(`turns in ${folder.key} could not be listed: ${describeError(error)}`)
      return
    }
    this.answering ??= this.load()
    this.answering.then(
      (model) => model.look(),
      (error: unknown) => log(`turns in ${folder.key} cannot be answered: ${describeError(error)}`),
    )
  }

  private async load(): Promise<WindowModel> {
    const { WindowModel: Loaded } = await import('./windowModel')
    const model = new Loaded(this.options)
    if (this.isDisposed) model.dispose()
    else this.disposables.push(new vscode.Disposable(() => model.dispose()))
    return model
  }
}
