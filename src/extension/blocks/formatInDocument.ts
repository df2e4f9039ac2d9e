// The edits that bring one block of a document into a style: only its own lines are read.
import type { Block } from '../../core/blocks/parseBlocks'
import { type BlockStyle, formatBlock } from '../../core/blocks/formatBlock'
import type { TextEdit } from '../../core/blocks/textEdit'
import type * as vscode from 'vscode'

/** None if the block has that style already; undefined if its JSON has mistakes that must be fixed before. */
export function formatInDocument(
  document: vscode.TextDocument,
  { start, end }: Block,
  style: BlockStyle,
): readonly TextEdit[] | undefined {
  const first = document.positionAt(start).line
  const last = document.lineAt(document.positionAt(end).line).range.end
  const lines = document.lineAt(first).range.with({ end: last })
  const base = document.offsetAt(lines.start)
  return formatBlock(document.getText(lines), start - base, style)?.map((edit) => ({
    ...edit,
    start: edit.start + base,
    end: edit.end + base,
  }))
}
