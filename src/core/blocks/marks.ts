// The places of a text that may begin or end a block, each judged by its own line and by what follows it. What they
// mean together is for findBlocks.
import { FencesOfText, LineReader, type Fences, type Place } from './markdown'
import { editDistance } from './nearestName'

/** How far behind a marker is looked for what it opens. */
export const restLength = 1000

/** `like…`: probably meant to be a marker. `task`: says that the agent's answer ends here. */
export type MarkKind = 'open' | 'close' | 'likeOpen' | 'likeClose' | 'task'

/** What follows a marker: `compact` is JSON on its line, `line` is nothing more. */
export interface Rest {
  readonly opens: 'compact' | 'line' | 'nothing'
  readonly isJsonBelow: boolean
}

export interface Mark extends Place {
  readonly kind: MarkKind
  readonly start: number
  readonly end: number
  readonly startsLine: boolean
  readonly rest: Rest
}

/** A text in which blocks are looked for, whole or in pieces. Marks and fences come in the order of the text. */
export interface MarkSource {
  readonly length: number
  slice(start: number, end: number): string
  marks(): Iterable<Mark>
  fences(): Fences
}

// The i flag without u folds ASCII only, so no other letter can shift an offset or spell the marker.
const candidate =
  /\[\[(\/?)relay-actions\]\]|\[\[task:(?:done|blocked)\]\]|\[\[?([^\S\r\n]{0,2}(?:[/\\]{1,2}|end[-_ ])?[^\S\r\n]{0,2})(r[a-z]{2,6}[-_ \u2010-\u2015]{0,2}a[a-z]{3,8})([^\S\r\n]{0,2}[/\\]?[^\S\r\n]{0,2})\]\]?/gi
const restIsBlank = /^[^\S\r\n]*(?=[\r\n]|$)/
const restIsEndMarker = /^[^\S\r\n]*\[\[\/relay-actions\]\]/i
const restIsCompact = /^[^\S\r\n]*(?:\{|```|\[(?=\s*(?:[{\]"]|$)))/
const restIsJsonBelow = /^[^\S\r\n]*(?:\r\n|\r|\n)(?:[^\S\r\n]|>)*(?:```[^\r\n`]*[\r\n][\s>]*)?(?:\{|\[(?!\[))/

/** What the text right after a marker (`restLength` of it, or all there is) says about the marker. */
export function readRest(rest: string): Rest {
  const opens = restIsCompact.test(rest)
    ? 'compact'
    : restIsBlank.test(rest) || restIsEndMarker.test(rest)
      ? 'line'
      : 'nothing'
  return { opens, isJsonBelow: restIsJsonBelow.test(rest) }
}

const nothing: Rest = { opens: 'nothing', isJsonBelow: false }
/** What follows an end does not matter. */
export const readsRest = (kind: MarkKind): boolean => kind !== 'close' && kind !== 'task'

/** The marks of `text`, one by one. Linear in the text. */
export function* marksOf(text: string): Generator<Mark> {
  const lines = new LineReader(text)
  for (const match of text.matchAll(candidate)) {
    const kind = kindOf(match)
    if (!kind) continue
    const start = match.index
    const end = start + match[0].length
    const line = lines.lineAt(start)
    const startsLine = line.contentStart === start
    const rest = readsRest(kind) ? readRest(text.slice(end, end + restLength)) : nothing
    yield { kind, start, end, startsLine, rest, offset: start, line, source: text, base: 0 }
  }
}

function kindOf([whole, slash, before = '', name = '', after = '']: RegExpExecArray): MarkKind | undefined {
  if (slash !== undefined) return slash === '/' ? 'close' : 'open'
  if (name === '') return 'task'
  const isShort = !whole.startsWith('[[') || !whole.endsWith(']]')
  const letters = name.toLowerCase().replace(/[^a-z]/g, '')
  const distance = editDistance(letters, 'relayactions')
  if (distance > (isShort ? 0 : 2)) return undefined
  return /[/\\e]/i.test(before + after) ? 'likeClose' : 'likeOpen'
}

/** A text that is there in one piece. */
export function wholeText(text: string): MarkSource {
  return {
    length: text.length,
    slice: (start, end) => text.slice(start, end),
    marks: () => marksOf(text),
    fences: () => new FencesOfText(text),
  }
}
