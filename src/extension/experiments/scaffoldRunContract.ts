// Relay: Scaffold Run Contract…: shows each file that would be written, and writes those that are chosen. None that is there is touched.
import fs from 'node:fs'
import path from 'node:path'
import * as vscode from 'vscode'
import { plainNotice } from '../../core/logs/plainText'
import { RelayError } from '../../core/relayError'
import { planScaffold, type ScaffoldFile, writeScaffold } from '../../store/experiments/scaffold'
import { resolveFolder } from '../../store/jobs/jobRequests'
import { foldersOnDisk } from '../workspaceFolders'
import { requireTrust } from '../requireTrust'

const scheme = 'relay-scaffold'

/** `shipped`: media/experiments of this installation. Throws RelayError. */
export async function scaffoldRunContract(shipped: string): Promise<void> {
  requireTrust()
  const folder = await chooseFolder()
  if (folder === null) return
  const planned = planScaffold(shipped, folder)
  const absent = planned.filter(({ state }) => state === 'absent')
  const others = planned.filter(({ state }) => state === 'other')
  if (absent.length === 0) {
    void vscode.window.showInformationMessage(plainNotice(nothingToWrite(others)))
    return
  }
  const preview = new Preview(planned, folder)
  try {
    const chosen = await pickFiles(planned, preview)
    if (chosen.length === 0) return
    const written = writeScaffold(chosen, folder)
    void vscode.window.showInformationMessage(plainNotice(vscode.l10n.t('Written: {0}', written.join(', '))))
    const [template] = written.filter((name) => name.startsWith('templates/'))
    if (template !== undefined && fs.existsSync(path.join(folder, template)))
      await vscode.window.showTextDocument(vscode.Uri.file(path.join(folder, template)))
  } finally {
    await preview.close()
  }
}

/** Several choices, each with a look at its file; the files that are to be written. */
function pickFiles(planned: readonly ScaffoldFile[], preview: Preview): Promise<readonly ScaffoldFile[]> {
  const look: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('eye'),
    tooltip: vscode.l10n.t('Show the file'),
  }
  const diff: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('diff'),
    tooltip: vscode.l10n.t('Compare with what is there'),
  }
  const items = planned
    .filter(({ state }) => state !== 'same')
    .map((file) => ({
      label: file.name,
      description:
        file.state === 'absent' ? vscode.l10n.t('new') : vscode.l10n.t('there is another: it stays as it is'),
      buttons: [file.state === 'absent' ? look : diff],
      file,
    }))
  const pick = vscode.window.createQuickPick<(typeof items)[number]>()
  pick.title = vscode.l10n.t('Scaffold Run Contract')
  pick.placeholder = vscode.l10n.t('The files to write. No file that is there is changed.')
  pick.canSelectMany = true
  // A person may look around in what is shown first.
  pick.ignoreFocusOut = true
  pick.items = items
  pick.selectedItems = items.filter(({ file }) => file.state === 'absent')
  return new Promise((resolve) => {
    pick.onDidTriggerItemButton(({ item }) => void preview.show(item.file))
    pick.onDidAccept(() => {
      resolve(pick.selectedItems.map(({ file }) => file).filter(({ state }) => state === 'absent'))
      pick.dispose()
    })
    pick.onDidHide(() => {
      resolve([])
      pick.dispose()
    })
    pick.show()
    const [first] = items
    if (first !== undefined) void preview.show(first.file)
  })
}

/** What is not written yet, as read-only documents: both sides are texts in memory. */
class Preview implements vscode.TextDocumentContentProvider {
  private readonly provider: vscode.Disposable
  private readonly shown = new Set<string>()

  constructor(
    private readonly planned: readonly ScaffoldFile[],
    private readonly folder: string,
  ) {
    this.provider = vscode.workspace.registerTextDocumentContentProvider(scheme, this)
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.planned.find(({ name }) => uri.path === `/${name}`)?.text ?? ''
  }

  async show({ name, state }: ScaffoldFile): Promise<void> {
    const uri = vscode.Uri.from({ scheme, path: `/${name}` })
    this.shown.add(uri.toString())
    const options = { preview: true, preserveFocus: true }
    if (state === 'absent') await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), options)
    else {
      const title = vscode.l10n.t('{0}: yours, and as it ships', name)
      await vscode.commands.executeCommand(
        'vscode.diff',
        vscode.Uri.file(path.join(this.folder, name)),
        uri,
        title,
        options,
      )
    }
  }

  async close(): Promise<void> {
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs)
    const own = tabs.filter(({ input }) => {
      const uri =
        input instanceof vscode.TabInputTextDiff
          ? input.modified
          : input instanceof vscode.TabInputText
            ? input.uri
            : null
      return uri !== null && this.shown.has(uri.toString())
    })
    await vscode.window.tabGroups.close(own)
    this.provider.dispose()
  }
}

async function chooseFolder(): Promise<string | null> {
  const folders = foldersOnDisk()
  const [first, ...others] = folders
  if (first === undefined)
    throw new RelayError('no_folder', vscode.l10n.t('Open the folder that is to have experiments first.'))
  if (others.length === 0) return resolveFolder(first.uri.fsPath)
  const picked = await vscode.window.showQuickPick(
    folders.map(({ uri, name }) => ({ label: name, description: uri.fsPath, uri })),
    { placeHolder: vscode.l10n.t('The folder that is to have experiments') },
  )
  return picked === undefined ? null : resolveFolder(picked.uri.fsPath)
}

function nothingToWrite(others: readonly ScaffoldFile[]): string {
  return others.length === 0
    ? vscode.l10n.t('The run contract is there already: nothing is to be written.')
    : vscode.l10n.t(
        'Nothing was written: {0} are there already, and stay as they are.',
        others.map(({ name }) => name).join(', '),
      )
}
