// Edits of the user's own documents as plain data, and what each means for a text. An edit carries what tells that it has
// been made, so that it can be asked for any number of times; it never changes a line that is not its own.
import * as z from 'zod'
import type { TextEdit } from '../blocks/textEdit'
import { markStep, markStepSchema } from '../steps/markStep'
import { editSections, sectionsEditSchema } from './sections'

/** An entry at the end of an append-only document. */
const appendOnceSchema = z.strictObject({
  kind: z.literal('append_once'),
  /** What an empty document gets first. Lines end with `\n`, here and in `text`. */
  header: z.string(),
  text: z.string(),
  /** A line that only this entry ends with. */
  marker: z.string().min(1),
})
export type AppendOnce = z.infer<typeof appendOnceSchema>

export const documentEditSchema = z.discriminatedUnion('kind', [appendOnceSchema, sectionsEditSchema, markStepSchema])
export type DocumentEdit = z.infer<typeof documentEditSchema>

/** What has to change in the whole `text` of a document, and what of the edit cannot be done. No change: it has been made. */
export function changesOf(text: string, edit: DocumentEdit): { edits: readonly TextEdit[]; problem: string | null } {
  if (edit.kind === 'replace_sections') return editSections(text, edit)
  if (edit.kind === 'mark_step') return markStep(text, edit)
  const missing = missingAtEnd(text, edit)
  const at = text.length
  return { edits: missing === '' ? [] : [{ start: at, end: at, newText: missing }], problem: null }
}

/** A shorter piece of an entry could be anybody's text. */
const shortestPiece = 40

/**
 * What has to be put at the end of `text`; empty if the edit has been made. Its lines end as those of the text do, it
 * begins on a line of its own, and an entry that was cut off by a crash is completed.
 */
export function missingAtEnd(text: string, edit: AppendOnce): string {
  if (text.includes(edit.marker)) return ''
  const lineEnd = lineEndOf(text)
  const entry = withLineEnd(text === '' ? edit.header + edit.text : edit.text, lineEnd)
  const torn = tornLength(text, entry)
  if (torn > 0) return entry.slice(torn)
  return text === '' || text.endsWith('\n') ? entry : lineEnd + entry
}

/** That of the first line; `\n` if there is only one. */
function lineEndOf(text: string): string {
  const end = text.indexOf('\n')
  return end > 0 && text[end - 1] === '\r' ? '\r\n' : '\n'
}

function withLineEnd(text: string, lineEnd: string): string {
  return lineEnd === '\n' ? text : text.replace(/\r?\n/g, lineEnd)
}

/** How much of `entry` the text already ends with. */
function tornLength(text: string, entry: string): number {
  for (let length = Math.min(text.length, entry.length); length >= shortestPiece; length--)
    if (text.endsWith(entry.slice(0, length))) return length
  return 0
}
