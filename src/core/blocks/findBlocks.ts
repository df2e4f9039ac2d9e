// Where the relay-actions blocks of a text are. A marker that prose mentions is not a block.
import type { Diagnostic } from './diagnostic'
import { MarkdownReader, type MarkdownContext } from './markdown'

export const maxBlocks = 1000
const maxFindings = 1000

/** From the opening marker to the end of the closing one; the body lies between the two. */
export interface BlockSpan {
  readonly start: number
  readonly end: number
  readonly bodyStart: number
  readonly bodyEnd: number
  readonly context: MarkdownContext
  /** The lines of the body carry the `>` of a quote, whatever the context. */
  readonly inQuote: boolean
}

/** What is open: a block, or a marker after prose that was reported and whose end marker is therefore not stray. */
type Opening =
  | { readonly kind: 'misplaced' }
  | ({ readonly kind: 'block' } & Pick<BlockSpan, 'start' | 'bodyStart' | 'context' | 'inQuote'>)

// The i flag without u folds ASCII only, so no other letter can shift an offset or spell the marker.
const marker = /\[\[(\/?)relay-actions\]\]/gi
const restIsBlank = /[^\S\r\n]*(?=[\r\n]|$)/y
const restIsEndMarker = /[^\S\r\n]*\[\[\/relay-actions\]\]/iy
const restIsCompact = /[^\S\r\n]*(?:\{|```|\[(?=\s*(?:[{\]"]|$)))/y
const restIsJsonBelow = /[^\S\r\n]*(?:\r\n|\r|\n)(?:[^\S\r\n]|>)*(?:```[^\r\n`]*[\r\n][\s>]*)?(?:\{|\[(?!\[))/y

/** The blocks of any text, in order, and what is wrong with markers that make none. Linear in the text. */
export function findBlocks(text: string): { spans: readonly BlockSpan[]; diagnostics: readonly Diagnostic[] } {
  const spans: BlockSpan[] = []
  const errors: Diagnostic[] = []
  const hints: Diagnostic[] = []
  const markdown = new MarkdownReader(text)
  let open: Opening | undefined
  let openings = 0

  for (const match of text.matchAll(marker)) {
    const start = match.index
    const end = start + match[0].length
    const startsLine = markdown.startsLine(start)

    if (match[1] === '/') {
      if (open?.kind === 'block') {
        const { start: blockStart, bodyStart, context, inQuote } = open
        spans.push({ start: blockStart, end, bodyStart, bodyEnd: start, context, inQuote })
        markdown.skipTo(end)
      } else if (!open && startsLine && errors.length < maxFindings) errors.push(strayMarker(start, end))
      open = undefined
      continue
    }

    if (open?.kind === 'block' && !startsLine) continue // a word of the body
    const isBlock =
      follows(restIsCompact, text, end) ||
      (startsLine && (follows(restIsBlank, text, end) || follows(restIsEndMarker, text, end)))
    if (isBlock) {
      if (open?.kind === 'block') errors.push(unclosed(open.start, open.bodyStart))
      open = undefined
      if (++openings > maxBlocks) {
        errors.push(tooManyBlocks(start, end))
        break
      }
      const context = markdown.contextAt(start)
      open = { kind: 'block', start, bodyStart: end, context, inQuote: markdown.isQuoted(start) }
    } else if (open?.kind !== 'block') {
      if (follows(restIsJsonBelow, text, end)) {
        if (errors.length < maxFindings) errors.push(misplaced(start, end))
        open = { kind: 'misplaced' }
      } else if (hints.length < maxFindings) hints.push(mentioned(start, end))
    }
  }
  if (open?.kind === 'block') errors.push(unclosed(open.start, open.bodyStart))
  return { spans, diagnostics: [...errors, ...hints].sort((a, b) => a.start - b.start) }
}

function follows(pattern: RegExp, text: string, offset: number): boolean {
  pattern.lastIndex = offset
  return pattern.test(text)
}

const strayMarker = (start: number, end: number): Diagnostic => ({
  code: 'marker-stray',
  severity: 'error',
  message: 'This end marker closes nothing: there is no [[relay-actions]] line before it. Add the opening marker.',
  start,
  end,
  fix: { title: 'Remove the stray end marker', start, end, newText: '' },
})

const unclosed = (start: number, end: number): Diagnostic => ({
  code: 'block-unclosed',
  severity: 'error',
  message: 'This block is never closed: put [[/relay-actions]] on a line of its own after the JSON.',
  start,
  end,
})

const tooManyBlocks = (start: number, end: number): Diagnostic => ({
  code: 'too-many-blocks',
  severity: 'error',
  message: `Only the first ${maxBlocks} blocks of a text are read. Split the text.`,
  start,
  end,
})

const misplaced = (start: number, end: number): Diagnostic => ({
  code: 'marker-not-at-line-start',
  severity: 'error',
  message: 'The opening marker follows other text, so this is not a block. Put [[relay-actions]] on a line of its own.',
  start,
  end,
  fix: { title: 'Put the marker on its own line', start, end: start, newText: '\n' },
})

const mentioned = (start: number, end: number): Diagnostic => ({
  code: 'marker-mentioned',
  severity: 'hint',
  message:
    'The marker is only mentioned here and opens no block. A block begins with [[relay-actions]] alone on its line.',
  start,
  end,
})
