// A copy of the sample workspace for a person to play with.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import * as vscode from 'vscode'

/** Copies a sample into a new folder of the person's home and opens it; in a new window if this one has a folder. */
export async function openSample(extensionPath: string, sample: 'sample' | 'steps-sample'): Promise<void> {
  const target = newFolder(path.join(os.homedir(), `relay-${sample}`))
  fs.cpSync(path.join(extensionPath, 'media', sample), target, { recursive: true })
  const forceNewWindow = vscode.workspace.workspaceFolders !== undefined
  await vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(target), { forceNewWindow })
}

/** `base`, or `base-2`, `base-3`…: the first that is not there. */
function newFolder(base: string): string {
  for (let number = 1; ; number++) {
    const folder = number === 1 ? base : `${base}-${number}`
    if (!fs.existsSync(folder)) return folder
  }
}
