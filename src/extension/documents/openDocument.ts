// Finding a file among the documents of this window, by whatever path it was opened.
import * as vscode from 'vscode'
import { realPathOfFile } from '../../store/realFile'

/** The open document of a file, or null; of several (the file was opened by a link, too) one with unsaved changes. */
export function openDocumentAt(file: string): vscode.TextDocument | null {
  const real = realPathOrNull(file)
  const open = vscode.workspace.textDocuments.filter(
    ({ isClosed, uri }) =>
      !isClosed &&
      uri.scheme === 'file' &&
      (uri.fsPath === file || (real !== null && realPathOrNull(uri.fsPath) === real)),
  )
  return open.find(({ isDirty }) => isDirty) ?? open[0] ?? null
}

function realPathOrNull(file: string): string | null {
  try {
    return realPathOfFile(file)
  } catch {
    return null // Its folder is gone, or may not be read: it is no document that we edit.
  }
}
