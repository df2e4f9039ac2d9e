// What a skill would change in a file, in a diff editor: both sides are texts in memory, so that what a person reads is
// what is written, and neither side can be edited.
import path from 'node:path'
import * as vscode from 'vscode'
import type { SkillFileChange } from '../../store/skills/skillFile'

const scheme = 'relay-skill'

export class SkillDiffs implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>()
  private readonly subscriptions: readonly vscode.Disposable[]
  private shown = 0

  constructor() {
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.texts.delete(uri.toString())),
    ]
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? ''
  }

  /** Shows the two sides. Disposing of the result closes them, if the person has not. */
  async show({ file, place, before }: SkillFileChange, after: string): Promise<vscode.Disposable> {
    // With the folders of the file, by which VS Code tells what it is and checks it.
    const side = (which: 'before' | 'after', text: string) => {
      const uri = vscode.Uri.from({ scheme, path: `/${this.shown}/${which}/${place.path}` })
      this.texts.set(uri.toString(), text)
      return uri
    }
    this.shown++
    const left = side('before', before ?? '')
    const right = side('after', after)
    const title = vscode.l10n.t('{0} (as it would be)', path.basename(file))
    await vscode.commands.executeCommand('vscode.diff', left, right, title, { preview: false })
    return new vscode.Disposable(() => void closeDiff(right))
  }
}

async function closeDiff(modified: vscode.Uri): Promise<void> {
  const tabs = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs)
  const own = tabs.filter(
    ({ input }) => input instanceof vscode.TabInputTextDiff && input.modified.toString() === modified.toString(),
  )
  await vscode.window.tabGroups.close(own)
}
