// Where the person types while we write at the same place: VS Code moves a cursor that stands where something is inserted behind
// it, in the middle of their word. Must never hold an edit back for long.
import { setTimeout as delay } from 'node:timers/promises'
import * as vscode from 'vscode'
import type { TextEdit } from '../../core/blocks/textEdit'
import { changesOf, type DocumentEdit } from '../../core/documents/documentEdit'

/** Nobody types who has not for this long; and this is how long somebody who does is waited for. */
const pauseMs = 600
const longestWaitMs = 4_000

/** Resolves when nobody is writing where `edit` is to be made: at the end of the last line, or on the line of a step. */
export async function untilPause(document: vscode.TextDocument, edit: DocumentEdit): Promise<void> {
  for (let waitedMs = 0; waitedMs < longestWaitMs; waitedMs += pauseMs) {
    const { edits } = changesOf(document.getText(), edit)
    const places = edits.map(({ start }) => document.positionAt(start))
    const isNear = ({ line, character }: vscode.Position) =>
      places.some((place) => place.line === line && (edit.kind === 'mark_step' || place.character === character))
    const isInLine = places.some(({ character }) => character > 0)
    if (!isInLine || !cursorsIn(document).some(({ active }) => isNear(active))) return
    const { version } = document
    await delay(pauseMs)
    if (document.version === version) return
  }
}

/** What brings the cursors back before what was inserted where they are now, once `edits` are made and nothing else is. */
export function keepCursors(document: vscode.TextDocument, edits: readonly TextEdit[]): () => void {
  const kept = vscode.window.visibleTextEditors.flatMap((editor) => {
    if (editor.document !== document) return []
    const offsets = editor.selections.map(({ anchor, active }) => [
      document.offsetAt(anchor),
      document.offsetAt(active),
    ])
    const isAtOne = offsets.some(([, active]) => edits.some(({ start }) => start === active))
    return isAtOne ? [{ editor, offsets }] : []
  })
  return () => {
    for (const { editor, offsets } of kept)
      editor.selections = offsets.map(([anchor = 0, active = 0]) => {
        const [from, to] = [anchor, active].map((offset) => document.positionAt(offset + grownBefore(edits, offset)))
        return new vscode.Selection(from ?? editor.selection.anchor, to ?? editor.selection.active)
      })
  }
}

/** By how much the text before `offset` becomes longer. */
function grownBefore(edits: readonly TextEdit[], offset: number): number {
  return edits
    .filter(({ start, end }) => start < offset && end <= offset)
    .reduce((sum, { start, end, newText }) => sum + newText.length - (end - start), 0)
}

function cursorsIn(document: vscode.TextDocument): readonly vscode.Selection[] {
  return vscode.window.visibleTextEditors.flatMap((editor) => (editor.document === document ? editor.selections : []))
}
