// As much of Markdown as tells whether a marker is meant or only shown: quotes, fences, inline and indented code.
// When in doubt it says "code": a block in code can be started by a person, but never starts by itself.

/** `fenced`: in a code fence, inline code or indented code. `quoted`: in a block quote. */
export type MarkdownContext = 'plain' | 'fenced' | 'quoted'

/** Indentation, quote and list signs before the content of a line. */
const prefixPart = String.raw`(?:[^\S\r\n]|>|[-*+][^\S\r\n]|\d{1,9}[.)][^\S\r\n]){0,200}`
const linePrefix = new RegExp(prefixPart, 'y')
const fenceLine = new RegExp(String.raw`^(${prefixPart})(\x60{3,}|~{3,})([^\r\n]*)`, 'gm')

export interface Line {
  readonly start: number
  readonly end: number
  readonly contentStart: number
  readonly quoteDepth: number
  readonly indented: boolean
}

export interface Fence {
  readonly start: number
  readonly indent: number
  readonly quoteDepth: number
  readonly run: string
  readonly info: string
}

/** Signs and indentation at the beginning of the line that starts at `start`. */
export function prefixOf(text: string, start: number): string {
  linePrefix.lastIndex = start
  return linePrefix.exec(text)?.[0] ?? ''
}

/** The lines that hold offsets which never decrease, in time linear in the text. */
export class LineReader {
  readonly #text: string
  #line: Line

  constructor(text: string) {
    this.#text = text
    this.#line = this.#readLine(0, 0)
  }

  lineAt(offset: number): Line {
    if (offset > this.#line.end) {
      let start = offset
      while (start > this.#line.end && !isLineBreak(this.#text.charCodeAt(start - 1))) start--
      this.#line = this.#readLine(start, offset)
    }
    return this.#line
  }

  #readLine(start: number, from: number): Line {
    const prefix = prefixOf(this.#text, start)
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
}

/** A cursor on the lines that look like code fences, in order. */
export interface Fences {
  readonly fence: Fence | undefined
  /** Where `fence` stands in the whole text; infinite after the last one. */
  readonly start: number
  advance(): void
}

/** The fences of a text, each looked for when the one before it has been passed. */
export class FencesOfText implements Fences {
  readonly #text: string
  fence: Fence | undefined

  constructor(text: string) {
    this.#text = text
    this.fence = readFence(text, 0)
  }

  get start(): number {
    return this.fence?.start ?? Infinity
  }

  advance(): void {
    if (this.fence) this.fence = readFence(this.#text, this.fence.start + 1)
  }
}

function readFence(text: string, from: number): Fence | undefined {
  fenceLine.lastIndex = from
  const match = fenceLine.exec(text)
  if (!match) return undefined
  const [, prefix = '', run = '', info = ''] = match
  const start = match.index + prefix.length
  return { start, indent: prefix.length, quoteDepth: quoteDepthOf(prefix), run, info }
}

/** Where an offset lies: its line, and the source that holds the line and begins at `base` of the whole text. */
export interface Place {
  readonly offset: number
  readonly line: Line
  readonly source: string
  readonly base: number
}

/**
 * Answers for offsets that never decrease, in time linear in the text. `skipTo` leaves out what lies before an offset:
 * fences inside a block are the block's own.
 */
export class MarkdownReader {
  readonly #fences: Fences
  #openFence: Fence | undefined
  #lineStart = -1
  #inlineReadTo = 0
  #inlineRun = 0

  constructor(fences: Fences) {
    this.#fences = fences
  }

  contextAt(place: Place): MarkdownContext {
    const { offset, line } = place
    this.#passFences(offset, (fence) => {
      this.#openFence = fenceAfter(this.#openFence, fence)
    })
    if (this.#openFence && line.quoteDepth < this.#openFence.quoteDepth) this.#openFence = undefined
    if (this.#openFence || line.indented || this.#inInlineCode(place)) return 'fenced'
    return line.quoteDepth > 0 ? 'quoted' : 'plain'
  }

  skipTo(offset: number): void {
    this.#inlineReadTo = Math.max(this.#inlineReadTo, offset)
    this.#passFences(offset, () => undefined)
  }

  #passFences(offset: number, pass: (fence: Fence) => void): void {
    const fences = this.#fences
    while (fences.fence && fences.start < offset) {
      pass(fences.fence)
      fences.advance()
    }
  }

  /** An opening run of backticks waits for one of the same length. */
  #inInlineCode({ offset, line, source, base }: Place): boolean {
    if (line.start !== this.#lineStart) this.#inlineRun = 0
    this.#lineStart = line.start
    let at = Math.max(this.#inlineReadTo, line.start)
    while (at < offset) {
      const runStart = at
      while (source[at - base] === '`') at++
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
