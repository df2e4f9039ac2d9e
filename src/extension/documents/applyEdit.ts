// Making an edit in a document as this window has it: one undo step, behind all that the person has typed by then. A
// document with unsaved changes keeps them unsaved; nothing is saved that is not what the disk had, with the edit.
import fs from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import * as vscode from 'vscode'
import { applyEdits } from '../../core/blocks/textEdit'
import { changesOf, type DocumentEdit } from '../../core/documents/documentEdit'
import type { EditResult } from '../../store/documentEdits'
import { realFileWithin } from '../../store/realFile'
import { keepCursors, untilPause } from './cursors'
import { openDocumentAt } from './openDocument'

/** VS Code gives extensions no document that is larger. */
const largestBytes = 50 * 1024 * 1024
/** How often a person may be quicker with the next key than our edit. */
const maxTries = 50
/** How long VS Code may take to notice a change on disk. */
const reloadMs = 3_000

const applied = { v: 1, kind: 'applied', problem: null } as const

/**
 * Null if `stands` says, before anything was changed, that the edit is not ours any more. Throws RelayError, or what VS
 * Code throws, if the document cannot be edited here.
 */
export async function applyEdit(
  { file, edit }: { readonly file: string; readonly edit: DocumentEdit },
  root: string,
  stands: () => boolean,
): Promise<EditResult | null> {
  const real = realFileWithin(file, root)
  const stat = fs.statSync(real, { throwIfNoEntry: false })
  if (stat === undefined && openDocumentAt(file) === null) return createDocument(file, edit, stands)
  if (stat !== undefined && !stat.isFile()) return declined(`${file} is not a file`)
  if (stat !== undefined && stat.size > largestBytes) return declined(`${file} is larger than 50 MB`)

  for (let tries = 0; tries < maxTries; tries++) {
    const document = openDocumentAt(file) ?? (await vscode.workspace.openTextDocument(file))
    await untilPause(document, edit)
    if (!document.isDirty) {
      const why = await whyNotToSave(document, real)
      if (why !== null) return declined(why)
    }
    const wasDirty = document.isDirty
    const before = document.getText()
    const { edits, problem } = changesOf(before, edit)
    const done: EditResult = { ...applied, problem }
    if (edits.length === 0) return done
    if (!stands()) return null
    const change = new vscode.WorkspaceEdit()
    for (const { start, end, newText } of edits)
      change.replace(document.uri, new vscode.Range(document.positionAt(start), document.positionAt(end)), newText)
    const bringBackCursors = keepCursors(document, edits)
    // Refused if the document is not any more what we have seen of it.
    if (!(await vscode.workspace.applyEdit(change))) continue
    const isTypedOn = document.getText() !== applyEdits(before, edits)
    if (!isTypedOn) bringBackCursors()
    return wasDirty || isTypedOn ? done : save(document, done)
  }
  return declined(`${file} was being changed all the time`)
}

async function createDocument(file: string, edit: DocumentEdit, stands: () => boolean): Promise<EditResult | null> {
  if (!stands()) return null
  const { edits, problem } = changesOf('', edit)
  if (edits.length === 0) return { ...applied, problem }
  const change = new vscode.WorkspaceEdit()
  const contents = Buffer.from(applyEdits('', edits))
  change.createFile(vscode.Uri.file(file), { contents, overwrite: false })
  return (await vscode.workspace.applyEdit(change)) ? applied : declined(`${file} could not be created`)
}

/**
 * What keeps a document without unsaved changes from being saved, or null. VS Code may not have seen the last change on
 * disk; and it would write anew what it cannot decode, and lines that end in different ways.
 */
async function whyNotToSave(document: vscode.TextDocument, real: string): Promise<string | null> {
  fs.accessSync(real, fs.constants.W_OK)
  const changedAtMs = fs.statSync(real).mtimeMs
  while (!document.isDirty) {
    const shown = await vscode.workspace.encode(document.getText(), { encoding: document.encoding })
    if (fs.readFileSync(real).equals(shown)) return null
    if (Math.abs(Date.now() - changedAtMs) > reloadMs) return `${real} would not be saved as it is on disk`
    await delay(50)
  }
  return null
}

async function save(document: vscode.TextDocument, done: EditResult): Promise<EditResult> {
  if (await document.save()) return done
  const problem = `The entry is in ${document.fileName} as it is open in VS Code, but could not be saved there.`
  return { v: 1, kind: 'applied', problem }
}

function declined(why: string): EditResult {
  return { v: 1, kind: 'declined', why }
}
