// Attaches this window to every folder whose jobs it shows: what is offered to windows there comes to it.
import * as vscode from 'vscode'
import { folderKey, type FolderPaths } from '../store/stateFolder'
import type { JobModel } from './jobs/jobModel'
import { folderRoots } from './workspaceFolders'

export class AttachedFolders implements vscode.Disposable {
  private readonly attached = new Map<string, vscode.Disposable>()
  private readonly subscriptions: readonly vscode.Disposable[]

  constructor(
    private readonly model: JobModel,
    /** `root`: the workspace folder, as this window names it. What it returns lives as long as the folder is shown. */
    private readonly attach: (root: string, folder: FolderPaths) => vscode.Disposable,
  ) {
    this.subscriptions = [
      model.onDidChange(() => this.update()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.update()),
    ]
    this.update()
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
    for (const disposable of this.attached.values()) disposable.dispose()
  }

  private update(): void {
    const roots = folderRoots() ?? []
    const wanted = new Map<string, { root: string; folder: FolderPaths }>()
    // Only where there are jobs; in a window without a folder none is ours.
    for (const folder of roots.length === 0 ? [] : this.model.shownFolders) {
      const root = roots.find((one) => folderKey(one) === folder.key) ?? this.model.pathOf(folder)
      if (root !== null) wanted.set(folder.key, { root, folder })
    }
    for (const [key, disposable] of this.attached) {
      if (wanted.has(key)) continue
      disposable.dispose()
      this.attached.delete(key)
    }
    for (const [key, { root, folder }] of wanted)
      if (!this.attached.has(key)) this.attached.set(key, this.attach(root, folder))
  }
}
