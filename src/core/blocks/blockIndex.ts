// The blocks of a text that somebody is typing in: after an edit only what it touched is read again. It must never
// give anything else than parseBlocks of the whole text would.
import type { LocatedBlocks } from './blockAt'
import { ChunkedText } from './chunkedText'
import { findBlocksIn, type BlockSpan, type FoundBlocks } from './findBlocks'
import {
  placeBlock,
  readBody,
  TextLimits,
  unreadBlock,
  type Block,
  type ParsedText,
  type ReadBody,
} from './parseBlocks'
import type { TextEdit } from './textEdit'

interface Known {
  readonly span: BlockSpan
  readonly read: ReadBody
  readonly block: Block
}

export class BlockIndex implements LocatedBlocks {
  readonly #text: ChunkedText
  /** By the start of the body. */
  #known: ReadonlyMap<number, Known> = new Map()
  #found: FoundBlocks
  #parsed: ParsedText

  constructor(text: string) {
    this.#text = new ChunkedText(text)
    this.#found = findBlocksIn(this.#text)
    this.#parsed = this.#parse({ start: 0, end: 0, newText: '' })
  }

  /** What parseBlocks says of the text as it is now. A block before the edit is the same object as before. */
  get parsed(): ParsedText {
    return this.#parsed
  }

  get spans(): readonly BlockSpan[] {
    return this.#found.spans
  }

  get unclosed(): readonly BlockSpan[] {
    return this.#found.unclosed
  }

  get length(): number {
    return this.#text.length
  }

  /** The whole text, joined anew at each call. */
  get text(): string {
    return this.#text.text
  }

  slice(start: number, end: number): string {
    return this.#text.slice(start, end)
  }

  /** Offsets are those of the text before this edit; of several at once the last in the text comes first. */
  edit(edit: TextEdit): ParsedText {
    this.#text.edit(edit)
    this.#found = findBlocksIn(this.#text)
    this.#parsed = this.#parse(edit)
    return this.#parsed
  }

  #parse({ start, end, newText }: TextEdit): ParsedText {
    const growth = newText.length - (end - start)
    const { spans, diagnostics } = this.#found
    const limits = new TextLimits()
    const known = new Map<number, Known>()
    const blocks = spans.map((span) => {
      if (limits.areReached) return unreadBlock(span)
      const before =
        span.bodyEnd <= start
          ? this.#known.get(span.bodyStart)
          : span.bodyStart >= start + newText.length
            ? this.#known.get(span.bodyStart - growth)
            : undefined
      const entry = this.#reuse(before, span)
      known.set(span.bodyStart, entry)
      limits.count(entry.read)
      return entry.block
    })
    this.#known = known
    return { blocks, diagnostics }
  }

  /** `before` is a block whose body the edit did not touch, if it still has the same body. */
  #reuse(before: Known | undefined, span: BlockSpan): Known {
    const isSame =
      before?.span.inQuote === span.inQuote &&
      before.span.bodyEnd - before.span.bodyStart === span.bodyEnd - span.bodyStart
    if (!isSame) {
      const read = readBody(this.#text.slice(span.bodyStart, span.bodyEnd), span.inQuote)
      return { span, read, block: placeBlock(read, span) }
    }
    const { context, start, end } = before.span
    if (start === span.start && end === span.end && context === span.context) return before
    return { span, read: before.read, block: placeBlock(before.read, span) }
  }
}
