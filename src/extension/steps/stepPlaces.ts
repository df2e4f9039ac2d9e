// Which documents of a window are about steps, and of which folder. Small: it is asked before anything else is loaded.
import path from 'node:path'
import * as vscode from 'vscode'
import { readSetting } from '../settings'

export interface StepPlace {
  readonly kind: 'definitions' | 'spec'
  /** Absolute. */
  readonly folder: string
}

/** Null if the document is not about steps. */
export function stepPlaceOf({ uri }: Pick<vscode.TextDocument, 'uri'>): StepPlace | null {
  if (uri.scheme !== 'file') return null
  const folder = vscode.workspace.getWorkspaceFolder(uri)
  if (folder?.uri.scheme !== 'file') return null
  const root = folder.uri.fsPath
  if (uri.fsPath === specFileOf(root)) return { kind: 'spec', folder: root }
  return uri.fsPath === definitionsFileOf(root) ? { kind: 'definitions', folder: root } : null
}

/** Absolute. */
export function definitionsFileOf(folder: string): string {
  return path.resolve(folder, readSetting('relay.steps.definitions'))
}

/** Absolute. */
export function specFileOf(folder: string): string {
  return path.resolve(folder, readSetting('relay.steps.spec'))
}

/** Calls `load` once, when the first document about steps is open. */
export function whenStepsOpen(load: () => void): vscode.Disposable {
  const isAbout = (document: vscode.TextDocument) => stepPlaceOf(document) !== null
  let isLoaded = false
  const look = (documents: readonly vscode.TextDocument[]) => {
    if (isLoaded || !documents.some(isAbout)) return
    isLoaded = true
    load()
  }
  look(vscode.workspace.textDocuments)
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument((document) => look([document])),
    vscode.workspace.onDidChangeConfiguration(() => look(vscode.workspace.textDocuments)),
  )
}
