// Offsets of the core as positions of the editor.
import * as vscode from 'vscode'
import type { Range } from '../../core/blocks/diagnostic'
import type { TextEdit } from '../../core/blocks/textEdit'

export function rangeOf(document: vscode.TextDocument, { start, end }: Range): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end))
}

export function workspaceEdit(document: vscode.TextDocument, edits: readonly TextEdit[]): vscode.WorkspaceEdit {
  const all = new vscode.WorkspaceEdit()
  all.set(
    document.uri,
    edits.map((edit) => vscode.TextEdit.replace(rangeOf(document, edit), edit.newText)),
  )
  return all
}
