// Changes of a text, as data: what a fix, the formatter and an editor give each other.

/** Puts `newText` in the place of what stands from `start` to `end`; UTF-16 offsets, half open. */
export interface TextEdit {
  readonly start: number
  readonly end: number
  readonly newText: string
}

/** Applies edits that do not overlap, all given in offsets of `text`; two at one place keep their order. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const parts: string[] = []
  let at = 0
  for (const { start, end, newText } of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    parts.push(text.slice(at, start), newText)
    at = end
  }
  return parts.join('') + text.slice(at)
}

/** The shortest edit that makes `after` of `before`; none if they are the same. `at` is where `before` begins. */
export function changeOf(before: string, after: string, at = 0): readonly TextEdit[] {
  if (before === after) return []
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && before[head] === after[head]) head++
  let tail = 0
  while (tail < shorter - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++
  return [{ start: at + head, end: at + before.length - tail, newText: after.slice(head, after.length - tail) }]
}

/** A piece of the text that edits have made so far: kept from the original, or new. */
type Piece = { readonly start: number; readonly end: number } | string

const lengthOf = (piece: Piece): number => (typeof piece === 'string' ? piece.length : piece.end - piece.start)

/** Edits in rounds, each given in offsets of what the round before has made, as one list for the original text. */
export class EditRounds {
  readonly #length: number
  #pieces: readonly Piece[]

  /** `length` is that of the original text. */
  constructor(length: number) {
    this.#length = length
    this.#pieces = [{ start: 0, end: length }]
  }

  /** One round: edits that do not overlap, in the order of the text. */
  add(edits: readonly TextEdit[]): void {
    const made: Piece[] = []
    const rest = [...this.#pieces].reverse()
    let at = 0
    const take = (until: number, isKept: boolean) => {
      while (at < until) {
        const piece = rest.pop()
        if (piece === undefined) return
        const wanted = until - at
        const length = lengthOf(piece)
        const [head, tail] = length <= wanted ? [piece, undefined] : cut(piece, wanted)
        if (tail !== undefined) rest.push(tail)
        if (isKept) made.push(head)
        at += lengthOf(head)
      }
    }
    for (const { start, end, newText } of edits) {
      take(start, true)
      take(end, false)
      if (newText !== '') made.push(newText)
    }
    this.#pieces = [...made, ...rest.reverse()]
  }

  /** What all rounds together do to the original text: edits that do not touch each other, in its order. */
  get edits(): readonly TextEdit[] {
    const edits: TextEdit[] = []
    let at = 0
    let newText = ''
    const close = (start: number) => {
      if (start > at || newText !== '') edits.push({ start: at, end: start, newText })
      newText = ''
    }
    for (const piece of this.#pieces) {
      if (typeof piece === 'string') newText += piece
      else if (piece.end > piece.start) {
        close(piece.start)
        at = piece.end
      }
    }
    close(this.#length)
    return edits
  }
}

function cut(piece: Piece, length: number): readonly [Piece, Piece] {
  if (typeof piece === 'string') return [piece.slice(0, length), piece.slice(length)]
  const middle = piece.start + length
  return [
    { start: piece.start, end: middle },
    { start: middle, end: piece.end },
  ]
}
