// Where the person types while something is appended: VS Code moves a cursor at the end of the text behind it, in the
// middle of their word. Must never hold an edit back for long.
import { setTimeout as delay } from 'node:timers/promises'
import * as vscode from 'vscode'

/** Nobody types who has not for this long; and this is how long somebody who does is waited for. */
const pauseMs = 600
const longestWaitMs = 4_000

/** Resolves when nobody is writing at the end of the last line. */
export async function untilPause(document: vscode.TextDocument): Promise<void> {
  for (let waitedMs = 0; waitedMs < longestWaitMs; waitedMs += pauseMs) {
    const isInLine = endOf(document).character > 0
    if (!isInLine || editorsAtEnd(document).length === 0) return
    const { version } = document
    await delay(pauseMs)
    if (document.version === version) return
  }
}

/** What brings the cursors back that are at the end now, once the text goes on behind them. */
export function keepCursors(document: vscode.TextDocument): () => void {
  const kept = editorsAtEnd(document).map((editor) => ({ editor, selections: editor.selections }))
  return () => {
    for (const { editor, selections } of kept) editor.selections = selections
  }
}

function editorsAtEnd(document: vscode.TextDocument): vscode.TextEditor[] {
  const end = endOf(document)
  return vscode.window.visibleTextEditors.filter(
    (editor) => editor.document === document && editor.selections.some(({ active }) => active.isEqual(end)),
  )
}

function endOf(document: vscode.TextDocument): vscode.Position {
  return document.lineAt(document.lineCount - 1).range.end
}
