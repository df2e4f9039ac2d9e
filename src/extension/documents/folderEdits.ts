// Attaches this window to every folder whose jobs it shows, so that edits of documents there come through the editor, and
// turns of VS Code's language models are taken here.
import * as vscode from 'vscode'
import { folderKey, type FolderPaths } from '../../store/stateFolder'
import { WindowModel } from '../followUps/windowModel'
import type { JobModel } from '../jobs/jobModel'
import { folderRoots } from '../workspaceFolders'
import { DocumentEdits } from './documentEdits'

interface Part {
  dispose(): void
}

export class FolderEdits implements vscode.Disposable {
  private readonly attached = new Map<string, readonly Part[]>()
  private readonly subscriptions: readonly vscode.Disposable[]

  constructor(
    private readonly model: JobModel,
    private readonly windowId: string,
    private readonly log: (fact: string) => void,
  ) {
    this.subscriptions = [
      model.onDidChange(() => this.update()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.update()),
    ]
    this.update()
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
    for (const parts of this.attached.values()) for (const part of parts) part.dispose()
  }

  private attach(root: string, folder: FolderPaths): readonly Part[] {
    const { windowId, log } = this
    return [new DocumentEdits({ root, folder, windowId, log }), new WindowModel({ folder, windowId, log })]
  }

  private update(): void {
    const roots = folderRoots() ?? []
    const wanted = new Map<string, { root: string; folder: FolderPaths }>()
    // Only where there are jobs; in a window without a folder none is ours to edit.
    for (const folder of roots.length === 0 ? [] : this.model.shownFolders) {
      const root = roots.find((one) => folderKey(one) === folder.key) ?? this.model.pathOf(folder)
      if (root !== null) wanted.set(folder.key, { root, folder })
    }
    for (const [key, parts] of this.attached) {
      if (wanted.has(key)) continue
      for (const part of parts) part.dispose()
      this.attached.delete(key)
    }
    for (const [key, { root, folder }] of wanted)
      if (!this.attached.has(key)) this.attached.set(key, this.attach(root, folder))
  }
}
