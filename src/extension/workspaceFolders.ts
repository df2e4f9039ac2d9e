// The folders of this window, and whether jobs can run in them at all.
import fs from 'node:fs'
import * as vscode from 'vscode'
import { RelayError } from '../core/relayError'

/** Real paths of the folders that are on a disk; null: the window has none. */
export function folderRoots(): readonly string[] | null {
  const folders = vscode.workspace.workspaceFolders ?? []
  if (folders.length === 0) return null
  return folders.flatMap(({ uri }) => {
    try {
      return uri.scheme === 'file' ? [fs.realpathSync(uri.fsPath)] : []
    } catch {
      return [] // Not there now: none of its jobs is shown, and no other's.
    }
  })
}

/** The folders in which a job can run. */
export function foldersOnDisk(): readonly vscode.WorkspaceFolder[] {
  return (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file')
}

/** Why jobs cannot run in this window, as a context key and as a sentence; null: they can. */
export function whyUnsupported(): { readonly key: 'windows' | 'virtual'; readonly error: RelayError } | null {
  if (process.platform === 'win32') {
    const sentence = vscode.l10n.t('Jobs do not run on Windows itself. Reopen the folder in WSL.')
    return { key: 'windows', error: new RelayError('windows', sentence) }
  }
  const folders = vscode.workspace.workspaceFolders ?? []
  if (folders.length === 0 || folders.some(({ uri }) => uri.scheme === 'file')) return null
  const sentence = vscode.l10n.t('Jobs need a folder on a disk, and the folders of this window are virtual.')
  return { key: 'virtual', error: new RelayError('virtual', sentence) }
}
