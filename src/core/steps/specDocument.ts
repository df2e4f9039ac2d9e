// Reads SPEC.md: its steps are items of task lists such as `- [ ] **STEP 3**: Train`, however people write them. What is in
// a fence, in indented code or in a comment is an example and no step.
import type { Range } from '../blocks/diagnostic'
import type { TextEdit } from '../blocks/textEdit'
import { type StepNote, readNote } from './stepNote'

/** `open`: nothing in the box. `partial`: a sign that says neither, such as `~`. */
export type BoxState = 'open' | 'ticked' | 'partial'

export interface SpecStep extends Range {
  /** `start` and `end` are those of the line, without its end. */
  readonly number: number
  readonly state: BoxState
  /** What people wrote, without what was noted by us. */
  readonly title: string
  /** What was noted of the last run; null if nothing was. */
  readonly note: StepNote | null
  /** The one character in the box. */
  readonly box: Range
  /** `STEP 3`, to be underlined. */
  readonly label: Range
  /** What stands behind the head `**STEP 3**:`, up to trailing blanks. */
  readonly rest: Range
}

/** The head of a step: bullet, box, bold, `STEP 3`, and what ends it. Bold may end with the number, the colon or the title. */
const item =
  /^([ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+\[([^\r\n\]])\][ \t]+((?:\*\*|__)?[ \t]*)(step[ \t]*[#№]?[ \t]*(\d{1,6}))(?![\d.]*[\p{L}\d])[ \t]*(?:\*\*|__)?[ \t]*(?:[:.–—-]|(?=[ \t]|$))(?:[ \t]*(?:\*\*|__)(?=[ \t]|$))?/iu
const bullet = /^[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$)/
const fence = /^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})([^\r\n]*)$/
/** A longer line is nobody's step. */
const maxLineChars = 20_000

interface Fence {
  readonly run: string
  /** A line that is indented less ends the list item that it is in, and it. */
  readonly within: number
}

/** In the order of the text. In time linear in it. */
export function readSpec(text: string): readonly SpecStep[] {
  const steps: SpecStep[] = []
  const lineBreak = /\r\n|\r|\n/g
  let fenced: Fence | null = null
  let isComment = false
  /** The indentation of what belongs to the innermost list item; 0 outside of lists. */
  let listIndent = 0
  let isBehindBlank = true
  for (let start = 0; start < text.length; start = lineBreak.lastIndex) {
    lineBreak.lastIndex = start
    const end = lineBreak.exec(text)?.index ?? text.length
    if (end === text.length) lineBreak.lastIndex = text.length
    const line = text.slice(start, Math.min(end, start + maxLineChars))
    if (isComment) {
      isComment = !line.includes('-->')
      continue
    }
    if (line.trim() === '') {
      isBehindBlank = true
      continue
    }
    const indent = widthOf(/^[ \t]*/.exec(line)?.[0] ?? '')
    if (fenced !== null && indent < fenced.within) fenced = null
    const [isFence, signs = '', info = ''] = fence.exec(line) ?? []
    if (fenced !== null) {
      if (isFence !== undefined && signs.startsWith(fenced.run) && info.trim() === '') fenced = null
      continue
    }
    const bulleted = bullet.exec(line)
    const isCode = indent >= listIndent + 4
    if (bulleted !== null && !isCode) {
      const step = end - start > maxLineChars ? null : readLine(line, start, end)
      if (step !== null) steps.push(step)
      listIndent = widthOf(bulleted[0])
    } else if (indent < Math.min(listIndent, 2) && (isBehindBlank || /^#{1,6}(?:[ \t]|$)/.test(line))) listIndent = 0
    isBehindBlank = false
    if (isFence !== undefined && !isCode && !(signs.startsWith('`') && info.includes('`')))
      fenced = { run: signs, within: indent >= listIndent || bulleted !== null ? listIndent : 0 }
    else if (/^ {0,3}<!--/.test(line)) isComment = !line.includes('-->')
  }
  return steps
}

/** A tick that nothing vouches for is taken away, or one that is missing is given; what is noted stays. */
export function setBox(step: SpecStep, ticked: boolean): readonly TextEdit[] {
  if (ticked === (step.state === 'ticked')) return []
  return [{ ...step.box, newText: ticked ? 'x' : ' ' }]
}

function readLine(line: string, start: number, end: number): SpecStep | null {
  const found = item.exec(line)
  if (found === null) return null
  const [head, blanks = '', sign = ' ', bold = '', label = '', digits = ''] = found
  const boxStart = start + line.indexOf('[', blanks.length) + 1
  const labelStart = start + head.lastIndexOf(label)
  const restEnd = start + line.trimEnd().length
  const restStart = Math.min(start + head.length, restEnd)
  const { title, note } = readNote(line.slice(head.length).trimEnd())
  return {
    number: Number(digits),
    state: sign === 'x' || sign === 'X' ? 'ticked' : sign === ' ' ? 'open' : 'partial',
    title: bareTitle(title, bold),
    note,
    box: { start: boxStart, end: boxStart + 1 },
    label: { start: labelStart, end: labelStart + label.length },
    rest: { start: restStart, end: restEnd },
    start,
    end,
  }
}

/** Without the end of a bold that began before the word Step, and without signs around it. */
function bareTitle(title: string, bold: string): string {
  const sign = bold.trim()
  const isOpen = sign !== '' && title.split(sign).length % 2 === 0
  return (isOpen ? title.replace(sign, '') : title).trim()
}

/** Blanks as columns; a tab goes to the next fourth. */
function widthOf(blanks: string): number {
  let width = 0
  for (const blank of blanks) width += blank === '\t' ? 4 - (width % 4) : 1
  return width
}

/** It needs not be run: it is ticked, or its last run has done it and could not prove it. */
export function isDoneLine({ state, note }: SpecStep): boolean {
  return state === 'ticked' || note?.outcome === 'unproved'
}
