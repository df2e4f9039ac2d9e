// Where the relay-actions blocks of a text are. A marker that prose mentions is not a block.
import type { Diagnostic } from './diagnostic'
import { beginsWithJson } from './jsonEnd'
import { MarkdownReader, type MarkdownContext } from './markdown'
import { restLength, wholeText, type Mark, type MarkSource } from './marks'
import { mentioned, misplaced, misspelt, strayMarker, taskDoneMissing, tooManyBlocks, unclosed } from './markFindings'

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

export interface FoundBlocks {
  readonly spans: readonly BlockSpan[]
  /** Blocks that lack their end marker: they go up to the next block or the end of the text. */
  readonly unclosed: readonly BlockSpan[]
  readonly diagnostics: readonly Diagnostic[]
}

interface OpenBlock extends Pick<BlockSpan, 'start' | 'bodyStart' | 'context' | 'inQuote'> {
  readonly kind: 'block'
  /** What was probably meant to be its end marker. */
  nearClose?: Mark
  /** The index of the error about the block before it, where that one has JSON and no end. */
  readonly unclosedBefore: number | undefined
}
/** What is open: a block, or a marker after prose that was reported and whose end marker is therefore not stray. */
type Opening = { readonly kind: 'misplaced' } | OpenBlock

/** The blocks of any text, in order, and what is wrong with markers that make none. Linear in the text. */
export function findBlocks(text: string): FoundBlocks {
  return findBlocksIn(wholeText(text))
}

/** The same of a text that is there in pieces: the result depends on nothing but the characters of the text. */
export function findBlocksIn(source: MarkSource): FoundBlocks {
  const spans: BlockSpan[] = []
  const unclosedSpans: BlockSpan[] = []
  const errors: Diagnostic[] = []
  const hints: Diagnostic[] = []
  const markdown = new MarkdownReader(source.fences())
  let open: Opening | undefined
  let openings = 0
  let answerEnd = 0

  const hasJson = ({ bodyStart }: OpenBlock) => beginsWithJson(source.slice(bodyStart, bodyStart + restLength))
  const leaveUnclosed = (block: OpenBlock, end: number) => {
    const { start, bodyStart, context, inQuote, nearClose, unclosedBefore } = block
    if (unclosedBefore !== undefined && !hasJson(block)) {
      // Two opening markers with one JSON between them: the second was meant to be the end.
      errors[unclosedBefore] = misspelt({ start, end: bodyStart }, 'close')
      return
    }
    unclosedSpans.push({ start, end, bodyStart, bodyEnd: end, context, inQuote })
    errors.push(nearClose ? misspelt(nearClose, 'close') : unclosed(block, source, end))
  }

  for (const mark of source.marks()) {
    const { kind, start, end, startsLine, rest } = mark
    switch (kind) {
      case 'task':
        answerEnd = end
        continue
      case 'close':
        if (open?.kind === 'block') {
          const { start: blockStart, bodyStart, context, inQuote } = open
          spans.push({ start: blockStart, end, bodyStart, bodyEnd: start, context, inQuote })
          markdown.skipTo(end)
        } else if (!open && startsLine && errors.length < maxFindings) errors.push(strayMarker(start, end))
        open = undefined
        continue
      case 'likeClose':
        if (open?.kind === 'block' && rest.opens === 'line') open.nearClose ??= mark
        continue
      case 'likeOpen':
        if (!startsLine || rest.opens === 'nothing') continue
        if (open?.kind === 'block') {
          if (rest.opens === 'line' && !rest.isJsonBelow) open.nearClose ??= mark
        } else if (rest.opens === 'compact' || rest.isJsonBelow) {
          if (errors.length < maxFindings) errors.push(misspelt(mark, 'open'))
          open = { kind: 'misplaced' }
        }
        continue
      case 'open':
        break
    }

    if (open?.kind === 'block' && !startsLine) continue // a word of the body
    if (rest.opens === 'compact' || (startsLine && rest.opens === 'line')) {
      const before = open?.kind === 'block' ? open : undefined
      if (before) leaveUnclosed(before, start)
      const unclosedBefore = before && hasJson(before) && !before.nearClose ? errors.length - 1 : undefined
      open = undefined
      if (++openings > maxBlocks) {
        errors.push(tooManyBlocks(start, end, maxBlocks))
        answerEnd = source.length
        break
      }
      const context = markdown.contextAt(mark)
      const inQuote = mark.line.quoteDepth > 0
      open = { kind: 'block', start, bodyStart: end, context, inQuote, unclosedBefore }
    } else if (open?.kind !== 'block') {
      if (rest.isJsonBelow) {
        if (errors.length < maxFindings) errors.push(misplaced(start, end))
        open = { kind: 'misplaced' }
      } else if (hints.length < maxFindings) hints.push(mentioned(start, end))
    }
  }
  if (open?.kind === 'block') leaveUnclosed(open, source.length)
  const last = spans.at(-1)
  if (last?.context === 'plain' && last.end > answerEnd && endsText(last, source)) hints.push(taskDoneMissing(last))
  return { spans, unclosed: unclosedSpans, diagnostics: [...errors, ...hints].sort((a, b) => a.start - b.start) }
}

/** Only a text that ends with its block looks like the answer of an agent: a document goes on. */
function endsText({ end }: BlockSpan, source: MarkSource): boolean {
  return source.length - end <= restLength && source.slice(end, source.length).trim() === ''
}
