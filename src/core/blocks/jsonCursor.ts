// What a cursor in JSON stands in, however broken the JSON is: somebody is typing it.
import type { Range } from './diagnostic'

/** The word or text at the cursor is what `start` and `end` enclose; offsets of the JSON. */
export interface JsonCursor extends Range {
  readonly at: 'key' | 'value'
  /** Keys and indexes that lead to the object or list around the cursor, without the key at the cursor. */
  readonly path: readonly (string | number)[]
  /** The key whose value this is; undefined for a key and for an item of a list. */
  readonly key: string | undefined
  /** The word at the cursor, without quotes. */
  readonly word: string
  /** The keys of the object around the cursor without the one at it, each with its value if that is a text. */
  readonly siblings: ReadonlyMap<string, string | undefined>
  /** Punctuation that is missing before or after what is written here, and whether a key has its colon already. */
  readonly lacksCommaBefore: boolean
  readonly lacksCommaAfter: boolean
  readonly hasColon: boolean
}

interface Frame {
  readonly isObject: boolean
  readonly siblings: Map<string, string | undefined>
  key: string | undefined
  index: number
  /** What came last in it. */
  last: 'begin' | 'comma' | 'key' | 'colon' | 'value'
}

const token = /"(?:[^"\\\r\n]|\\.)*"?|[{}[\],:]|[^\s{}[\],:"]+/y

/** Undefined outside of any bracket. Linear in the JSON. */
export function jsonCursorAt(json: string, offset: number): JsonCursor | undefined {
  const frames: Frame[] = []
  let at = 0
  let here: Range | undefined
  while (at < offset) {
    const text = tokenAt(json, at)
    const end = at + Math.max(1, text.length)
    // A word ends where the cursor may still be writing it; a text ends with its quote.
    const isOpen = text.startsWith('"') && (text.length === 1 || !text.endsWith('"'))
    if (/^["\w]/.test(text) && (offset < end || (offset === end && (isOpen || !text.startsWith('"'))))) {
      const word = /^"?[\w-]*/.exec(text)?.[0] ?? ''
      const isText = text.startsWith('"') && text.length > 1 && !isOpen && text.length > word.length + 1
      // A quote with letters right behind it opens the next text: this one is still being typed.
      const isClosed = text[word.length] === '"' && !/\w/.test(json[at + word.length + 1] ?? '')
      const closed = isClosed ? word.length + 1 : word.length
      here = { start: at, end: isText && offset > at + word.length ? end : Math.max(offset, at + closed) }
      break
    }
    apply(frames, text)
    at = end
  }
  const frame = frames.at(-1)
  if (!frame) return undefined
  const { start, end } = here ?? { start: offset, end: offset }
  const path = pathOf(frames)
  const isKey = frame.isObject && frame.last !== 'colon'
  const key = isKey ? undefined : frame.key
  const lacksCommaBefore = frame.last === 'value' || frame.last === 'key'
  readSiblings(frames, json, end)
  const after = json.slice(end, end + 1000).trimStart()
  return {
    at: isKey ? 'key' : 'value',
    start,
    end,
    path,
    key,
    word: json.slice(start, end).replace(/"/g, ''),
    siblings: frame.siblings,
    lacksCommaBefore,
    lacksCommaAfter: /^["\w{[]/.test(after),
    hasColon: after.startsWith(':'),
  }
}

const tokenAt = (json: string, at: number): string => {
  token.lastIndex = at
  return token.exec(json)?.[0] ?? ''
}

function pathOf(frames: readonly Frame[]): (string | number)[] {
  return frames.slice(0, -1).map(({ isObject, key, index }) => (isObject ? (key ?? '') : index))
}

function apply(frames: Frame[], text: string): void {
  const frame = frames.at(-1)
  if (text === '' || text.startsWith('`')) return
  if (text === '{' || text === '[') {
    frames.push({ isObject: text === '{', siblings: new Map(), key: undefined, index: 0, last: 'begin' })
  } else if (!frame) return
  else if (text === '}' || text === ']') {
    frames.pop()
    const outer = frames.at(-1)
    if (outer) outer.last = 'value'
  } else if (text === ',') {
    frame.last = 'comma'
    frame.index++
    frame.key = undefined
  } else if (text === ':') frame.last = 'colon'
  else if (frame.isObject && frame.last !== 'colon') {
    frame.key = text.replace(/"/g, '')
    frame.siblings.set(frame.key, undefined)
    frame.last = 'key'
  } else {
    if (frame.isObject && frame.key !== undefined && text.startsWith('"'))
      frame.siblings.set(frame.key, text.replace(/"/g, ''))
    frame.last = 'value'
  }
}

/** Reads on from the cursor to the end of its object. */
function readSiblings(frames: readonly Frame[], json: string, from: number): void {
  const frame = frames.at(-1)
  if (!frame) return
  const own = frame.key
  const rest: Frame[] = [{ ...frame, last: frame.last === 'colon' ? 'value' : 'key', key: undefined }]
  for (let at = from; at < json.length && rest.length > 0;) {
    const text = tokenAt(json, at)
    apply(rest, text)
    at += Math.max(1, text.length)
  }
  if (own !== undefined && frame.last === 'colon') frame.siblings.delete(own)
}
