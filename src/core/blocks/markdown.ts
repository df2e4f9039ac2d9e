// As much of Markdown as tells whether a marker is meant or only shown: quotes, fences, inline and indented code.
// When in doubt it says "code": a block in code can be started by a person, but never starts by itself.

/** `fenced`: in a code fence, inline code or indented code. `quoted`: in a block quote. */
export type MarkdownContext = 'plain' | 'fenced' | 'quoted'

/** Indentation, quote and list signs before the content of a line. */
const prefixPart = String.raw`(?:[^\S\r\n]|>|[-*+][^\S\r\n]|\d{1,9}[.)][^\S\r\n]){0,200}`
const linePrefix = new RegExp(prefixPart, 'y')
const fenceLine = new RegExp(String.raw`^(${prefixPart})(\x60{3,}|~{3,})([^\r\n]*)`, 'gm')

interface Line {
  readonly start: number
  readonly end: number
  readonly contentStart: number
  readonly quoteDepth: number
  readonly indented: boolean
}

interface Fence {
  readonly start: number
  readonly indent: number
  readonly quoteDepth: number
  readonly run: string
  readonly info: string
}

/**
 * Answers for offsets that never decrease, in time linear in the text. `skipTo` leaves out what lies before an offset:
 * fences inside a block are the block's own.
 */
export class MarkdownReader {
  readonly #text: string
  #line: Line
  #openFence: Fence | undefined
  #nextFence: Fence | undefined
  #inlineReadTo = 0
  #inlineRun = 0

  constructor(text: string) {
    this.#text = text
    this.#line = this.#readLine(0, 0)
    this.#nextFence = this.#readFence(0)
  }

  startsLine(offset: number): boolean {
    return this.#lineAt(offset).contentStart === offset
  }

  isQuoted(offset: number): boolean {
    return this.#lineAt(offset).quoteDepth > 0
  }

  contextAt(offset: number): MarkdownContext {
    const line = this.#lineAt(offset)
    while (this.#nextFence && this.#nextFence.start < offset) {
      this.#openFence = fenceAfter(this.#openFence, this.#nextFence)
      this.#nextFence = this.#readFence(this.#nextFence.start + 1)
    }
    if (this.#openFence && line.quoteDepth < this.#openFence.quoteDepth) this.#openFence = undefined
    if (this.#openFence || line.indented || this.#inInlineCode(offset)) return 'fenced'
    return line.quoteDepth > 0 ? 'quoted' : 'plain'
  }

  skipTo(offset: number): void {
    this.#inlineReadTo = Math.max(this.#inlineReadTo, offset)
    if (this.#nextFence && this.#nextFence.start < offset) this.#nextFence = this.#readFence(offset)
  }

  #lineAt(offset: number): Line {
    if (offset > this.#line.end) {
      let start = offset
      while (start > this.#line.end && !isLineBreak(this.#text.charCodeAt(start - 1))) start--
      this.#line = this.#readLine(start, offset)
      this.#inlineRun = 0
    }
    return this.#line
  }

  #readLine(start: number, from: number): Line {
    linePrefix.lastIndex = start
    const prefix = linePrefix.exec(this.#text)?.[0] ?? ''
    const lineBreak = /[\r\n]/g
    lineBreak.lastIndex = from
    return {
      start,
      end: lineBreak.exec(this.#text)?.index ?? this.#text.length,
      contentStart: start + prefix.length,
      quoteDepth: quoteDepthOf(prefix),
      indented: /^(?: {4}| {0,3}\t)/.test(prefix),
    }
  }

  #readFence(from: number): Fence | undefined {
    fenceLine.lastIndex = from
    const match = fenceLine.exec(this.#text)
    if (!match) return undefined
    const [, prefix = '', run = '', info = ''] = match
    return { start: match.index + prefix.length, indent: prefix.length, quoteDepth: quoteDepthOf(prefix), run, info }
  }

  /** An opening run of backticks waits for one of the same length. */
  #inInlineCode(offset: number): boolean {
    let at = Math.max(this.#inlineReadTo, this.#line.start)
    while (at < offset) {
      const runStart = at
      while (this.#text[at] === '`') at++
      const run = at - runStart
      if (run === 0) at++
      else if (this.#inlineRun === 0) this.#inlineRun = run
      else if (this.#inlineRun === run) this.#inlineRun = 0
    }
    this.#inlineReadTo = at
    return this.#inlineRun > 0
  }
}

const isLineBreak = (unit: number): boolean => unit === 10 || unit === 13
const quoteDepthOf = (prefix: string): number => prefix.split('>').length - 1

function fenceAfter(open: Fence | undefined, fence: Fence): Fence | undefined {
  if (!open || fence.quoteDepth < open.quoteDepth) {
    return fence.run.startsWith('`') && fence.info.includes('`') ? undefined : fence
  }
  const closes =
    fence.run.startsWith(open.run) &&
    fence.info.trim() === '' &&
    fence.quoteDepth === open.quoteDepth &&
    fence.indent <= open.indent + 3
  return closes ? undefined : open
}
