// Marked sections of a document that a person and relay share: what stands between the markers of a section is replaced, every
// other byte stays as it is. The same edit made twice changes nothing the second time.
import * as z from 'zod'
import type { TextEdit } from '../blocks/textEdit'

const sectionSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  /** Lines that end with `\n`. */
  text: z.string(),
})
export type DocumentSection = z.infer<typeof sectionSchema>

export const sectionsEditSchema = z.strictObject({
  kind: z.literal('replace_sections'),
  /** What an empty document becomes; `{name}` on a line of its own is the place of a section. Lines end with `\n`. */
  skeleton: z.string(),
  sections: z.array(sectionSchema).min(1).max(20).readonly(),
  /** How many lines the whole document may come to have. */
  maxLines: z.int().min(1),
})
export type SectionsEdit = z.infer<typeof sectionsEditSchema>

export interface SectionsResult {
  /** In offsets of the text that was given; they do not overlap. */
  readonly edits: readonly TextEdit[]
  /** What could not be done, a sentence, or null. */
  readonly problem: string | null
}

/** What has to change in `text`. A section that is not there yet is added at the end, if there is room for it. */
export function editSections(text: string, { skeleton, sections, maxLines }: SectionsEdit): SectionsResult {
  const lineEnd = /^[^\n]*\r\n/.test(text) ? '\r\n' : '\n'
  const inLines = (one: string) => (lineEnd === '\n' ? one : one.replaceAll('\n', lineEnd))
  if (text.trim() === '') {
    const filled = sections.reduce((all, one) => all.replace(`{${one.name}}\n`, () => mark(one)), skeleton)
    const fresh = text.endsWith('\n') ? inLines(filled) : filled
    return text === fresh
      ? { edits: [], problem: null }
      : { edits: [{ start: 0, end: text.length, newText: fresh }], problem: null }
  }
  const found = findMarkers(text)
  const problems: string[] = []
  const edits: TextEdit[] = []
  const absent: DocumentSection[] = []
  for (const section of sections) {
    const place = found.get(section.name)
    if (place === undefined) absent.push(section)
    else if (place.end === null)
      problems.push(
        `The section ${section.name} has a begin marker and no end: put <!-- relay:end ${section.name} --> where it ends, or remove the begin.`,
      )
    else {
      const newText = inLines(section.text)
      if (text.slice(place.start, place.end) !== newText) edits.push({ start: place.start, end: place.end, newText })
    }
  }
  let lines =
    countLines(text) +
    edits.reduce((sum, { start, end, newText }) => sum + countEnds(newText) - countEnds(text.slice(start, end)), 0)
  let added = ''
  const left: string[] = []
  for (const section of absent) {
    const piece = `\n${mark(section)}`
    const needed = countEnds(piece) + (added === '' && !text.endsWith('\n') ? 1 : 0)
    if (lines + needed > maxLines) {
      left.push(section.name)
      continue
    }
    lines += needed
    added += piece
  }
  if (added !== '') {
    const separated = text.endsWith('\n') ? added : `\n${added}`
    edits.push({ start: text.length, end: text.length, newText: inLines(separated) })
  }
  if (left.length > 0)
    problems.push(
      `There is no room for the sections ${left.join(', ')}: the file may have ${maxLines} lines. Move what is over into HANDOFF_LOG.md.`,
    )
  else if (lines > maxLines)
    problems.push(`The file has ${lines} lines, more than ${maxLines}: move what is over into HANDOFF_LOG.md.`)
  return { edits, problem: problems.length === 0 ? null : problems.join(' ') }
}

/** A section with its markers. */
function mark({ name, text }: DocumentSection): string {
  return `<!-- relay:begin ${name} -->\n${text}<!-- relay:end ${name} -->\n`
}

interface Place {
  /** Where the text of the section begins and ends; `end` is null without an end marker. */
  readonly start: number
  readonly end: number | null
}

/**
 * The first section of each name. A marker stands alone in its line; in a fence it counts, too: whether a fence that a person left
 * open, or one of ours, holds a section must never decide whether it is found again.
 */
function findMarkers(text: string): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>()
  let open: string | null = null
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at)
    const next = newline < 0 ? text.length : newline + 1
    const [, which, name = ''] =
      /^<!-- relay:(begin|end) ([a-z][a-z0-9-]{0,39}) -->$/.exec(text.slice(at, next).trimEnd()) ?? []
    if (which === 'end' && name === open) {
      const begun = places.get(name)
      if (begun !== undefined) places.set(name, { start: begun.start, end: at })
      open = null
    } else if (which === 'begin' && !places.has(name)) {
      places.set(name, { start: next, end: null })
      open = name
    }
    at = next
  }
  return places
}

function countEnds(text: string): number {
  return text.split('\n').length - 1
}

function countLines(text: string): number {
  return countEnds(text) + (text === '' || text.endsWith('\n') ? 0 : 1)
}
