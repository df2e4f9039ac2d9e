// A long text in pieces of whole lines, so that after an edit only the lines around it are looked at again.
import { FencesOfText, type Fence, type Fences } from './markdown'
import { marksOf, readRest, readsRest, restLength, type Mark, type MarkSource } from './marks'
import type { TextEdit } from './textEdit'

const chunkLength = 16_384

/** Whole lines; the marks and fences in it, in offsets of its own, are found when they are first asked for. */
class Chunk {
  readonly text: string
  #marks: readonly Mark[] | undefined
  #fences: readonly Fence[] | undefined

  constructor(text: string) {
    this.text = text
  }

  get marks(): readonly Mark[] {
    return (this.#marks ??= Array.from(marksOf(this.text)))
  }

  get fences(): readonly Fence[] {
    return (this.#fences ??= Array.from(eachFence(this.text)))
  }
}

/** Gives what the whole text would give. A line is never divided: an edit in a line of megabytes reads all of it again. */
export class ChunkedText implements MarkSource {
  #chunks: Chunk[]
  /** Where each chunk begins, and where the last one ends. */
  #bases: number[] = []

  constructor(text: string) {
    this.#chunks = divide(text)
    this.#place()
  }

  get length(): number {
    return this.#bases.at(-1) ?? 0
  }

  get text(): string {
    return this.#chunks.map(({ text }) => text).join('')
  }

  slice(start: number, end: number): string {
    const parts: string[] = []
    for (let index = this.#indexAt(start); index < this.#chunks.length; index++) {
      const base = this.#bases[index] ?? 0
      if (base >= end) break
      parts.push((this.#chunks[index]?.text ?? '').slice(Math.max(0, start - base), end - base))
    }
    return parts.join('')
  }

  edit({ start, end, newText }: TextEdit): void {
    const first = this.#indexAt(start)
    let last = this.#indexAt(end)
    const base = this.#bases[first] ?? 0
    const touched = this.#chunks
      .slice(first, last + 1)
      .map(({ text }) => text)
      .join('')
    let text = touched.slice(0, start - base) + newText + touched.slice(end - base)
    // A chunk ends with its line: the line that lost its end goes on in the next one.
    while (!/[\r\n]$/.test(text) && last + 1 < this.#chunks.length) text += this.#chunks[++last]?.text ?? ''
    this.#chunks.splice(first, last - first + 1, ...divide(text))
    this.#place()
  }

  *marks(): Generator<Mark> {
    for (const [index, chunk] of this.#chunks.entries()) {
      const base = this.#bases[index] ?? 0
      for (const mark of chunk.marks) {
        const { kind, start, end, startsLine, line } = mark
        const isWhole = !readsRest(kind) || end + restLength <= chunk.text.length || index === this.#chunks.length - 1
        const rest = isWhole ? mark.rest : readRest(this.slice(base + end, base + end + restLength))
        const place = { offset: base + start, source: chunk.text, base }
        const lineHere = {
          ...line,
          start: line.start + base,
          end: line.end + base,
          contentStart: line.contentStart + base,
        }
        yield { kind, start: base + start, end: base + end, startsLine, rest, ...place, line: lineHere }
      }
    }
  }

  fences(): Fences {
    return new ChunkFences(this.#chunks, this.#bases)
  }

  #place(): void {
    let base = 0
    this.#bases = [0]
    for (const { text } of this.#chunks) this.#bases.push((base += text.length))
  }

  /** The chunk that holds `offset`; the last one for the end of the text. */
  #indexAt(offset: number): number {
    let low = 0
    let high = this.#chunks.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#bases[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return low
  }
}

/** Shifts no fence: there may be tens of thousands, and each key walks over all of them. */
class ChunkFences implements Fences {
  readonly #chunks: readonly Chunk[]
  readonly #bases: readonly number[]
  #chunk = 0
  #index = 0
  fence: Fence | undefined
  start = Infinity

  constructor(chunks: readonly Chunk[], bases: readonly number[]) {
    this.#chunks = chunks
    this.#bases = bases
    this.#read()
  }

  advance(): void {
    this.#index++
    this.#read()
  }

  #read(): void {
    for (; this.#chunk < this.#chunks.length; this.#chunk++, this.#index = 0) {
      this.fence = this.#chunks[this.#chunk]?.fences[this.#index]
      this.start = (this.#bases[this.#chunk] ?? 0) + (this.fence?.start ?? Infinity)
      if (this.fence) return
    }
    this.fence = undefined
    this.start = Infinity
  }
}

function* eachFence(text: string): Generator<Fence> {
  const fences = new FencesOfText(text)
  while (fences.fence) {
    yield fences.fence
    fences.advance()
  }
}

function divide(text: string): Chunk[] {
  const chunks: Chunk[] = []
  const lineEnd = /\r\n|\r|\n/g
  let start = 0
  while (text.length - start > 2 * chunkLength) {
    lineEnd.lastIndex = start + chunkLength
    if (!lineEnd.test(text)) break
    chunks.push(new Chunk(text.slice(start, lineEnd.lastIndex)))
    start = lineEnd.lastIndex
  }
  if (start < text.length || chunks.length === 0) chunks.push(new Chunk(text.slice(start)))
  return chunks
}
