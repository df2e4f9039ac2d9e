// What the palette does with the blocks of the active editor.
import path from 'node:path'
import * as vscode from 'vscode'
import { blockTemplates } from '../../core/blocks/blockTemplates'
import { fixAll } from '../../core/blocks/fixAll'
import type { BlockStyle } from '../../core/blocks/formatBlock'
import type { TextEdit } from '../../core/blocks/textEdit'
import { RelayError } from '../../core/relayError'
import { mayHoldBlocks } from './blockSchemes'
import { formatInDocument } from './formatInDocument'
import type { OpenBlocks } from './openBlocks'
import { workspaceEdit } from './ranges'

/** Repairs whatever needs no decision of a person. Throws RelayError where nothing can be done. */
export async function fixAllInBlocks(): Promise<void> {
  const { document } = activeEditor()
  const edits = fixAll(document.getText())
  if (edits.length > 0) await apply(document, edits)
  else
    void vscode.window.showInformationMessage(
      vscode.l10n.t('Nothing in the relay blocks of {0} can be fixed by itself.', path.basename(document.fileName)),
    )
}

/** Formats the block at the cursor, or the only one. Throws RelayError. */
export async function formatBlockAtCursor(open: OpenBlocks, style: BlockStyle): Promise<void> {
  const { document, selection } = activeEditor()
  const { blocks } = open.of(document).parsed
  const cursor = document.offsetAt(selection.active)
  const block = blocks.find(({ start, end }) => start <= cursor && cursor <= end) ?? blocks[0]
  if (block === undefined)
    throw new RelayError('no_block', vscode.l10n.t('There is no relay block in {0}.', path.basename(document.fileName)))
  if (blocks.length > 1 && (cursor < block.start || block.end < cursor))
    throw new RelayError('no_block_here', vscode.l10n.t('Put the cursor into the block that is to be formatted.'))
  const edits = formatInDocument(document, block, style)
  if (edits === undefined)
    throw new RelayError(
      'block_errors',
      vscode.l10n.t('This block is not valid JSON yet: fix its mistakes first, then format it.'),
    )
  if (edits.length > 0) await apply(document, edits)
}

/** Asks which kind of block, and writes it at the cursor with its places to fill in. */
export async function insertBlock(): Promise<void> {
  const picked = await vscode.window.showQuickPick(
    blockTemplates.map(({ label, doc, snippet }) => ({ label, detail: doc, snippet })),
    { placeHolder: vscode.l10n.t('The block to insert') },
  )
  if (picked === undefined) return
  const { activeTextEditor } = vscode.window
  const editor =
    activeTextEditor !== undefined && mayHoldBlocks(activeTextEditor.document)
      ? activeTextEditor
      : await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'markdown' }))
  const { active } = editor.selection
  const before = editor.document.lineAt(active.line).text.slice(0, active.character)
  // A marker stands at the beginning of its line.
  const start = before.trim() === '' ? '' : '\n'
  await editor.insertSnippet(new vscode.SnippetString(start + picked.snippet))
}

function activeEditor(): vscode.TextEditor {
  const editor = vscode.window.activeTextEditor
  if (editor === undefined || !mayHoldBlocks(editor.document))
    throw new RelayError('no_editor', vscode.l10n.t('Open a file with a relay block first.'))
  return editor
}

async function apply(document: vscode.TextDocument, edits: readonly TextEdit[]): Promise<void> {
  if (!(await vscode.workspace.applyEdit(workspaceEdit(document, edits))))
    throw new RelayError('not_editable', vscode.l10n.t('{0} cannot be edited here.', path.basename(document.fileName)))
}
