// The JSON around an offset of a text, also in a block that nobody has closed yet.
import { findBlocks, type BlockSpan, type FoundBlocks } from './findBlocks'
import { jsonCursorAt, type JsonCursor } from './jsonCursor'
import { maxBodyLength } from './readJson'
import { withoutQuoteSigns } from './parseBlocks'
import { fieldsOf, type FieldInfo, type PlaceName } from './describeField'

/** A text whose blocks have been found: a question about one place of it need not read the rest. */
export interface LocatedBlocks extends Pick<FoundBlocks, 'spans' | 'unclosed'> {
  readonly length: number
  slice(start: number, end: number): string
}

export function locateBlocks(text: string): LocatedBlocks {
  const { spans, unclosed } = findBlocks(text)
  return { spans, unclosed, length: text.length, slice: (start, end) => text.slice(start, end) }
}

export interface BlockCursor {
  readonly cursor: JsonCursor
  /** What to add to offsets of the cursor. */
  readonly bodyStart: number
  readonly place: PlaceName
  /** The fields that the object around the cursor can have. */
  readonly fields: readonly FieldInfo[]
}

/** Where an offset stands: in no block, in a block but nowhere that is known, or in the JSON of one. */
export function blockAt(text: LocatedBlocks, offset: number): 'outside' | 'elsewhere' | BlockCursor {
  const isAround = ({ bodyStart, bodyEnd }: BlockSpan) => bodyStart <= offset && offset <= bodyEnd
  const span = text.spans.find(isAround) ?? text.unclosed.find(isAround)
  if (!span) return 'outside'
  const { bodyStart } = span
  if (offset - bodyStart > maxBodyLength) return 'elsewhere'
  const source = text.slice(bodyStart, Math.min(span.bodyEnd, bodyStart + 2 * maxBodyLength))
  const body = (span.inQuote ? withoutQuoteSigns(source) : source).replace(/^\s*`{3,}[^\r\n{[]*/, blanks)
  const cursor = jsonCursorAt(body, offset - bodyStart)
  const place = cursor && placeOf(cursor.path)
  return cursor && place
    ? { cursor, bodyStart, place, fields: fieldsOf(place, cursor.siblings.get('type')) }
    : 'elsewhere'
}

const blanks = (text: string): string => ' '.repeat(text.length)

/** The objects of the schema by the way that leads to them; a number for each item of a list. */
function placeOf(path: readonly (string | number)[]): PlaceName | undefined {
  const way = path.map((step) => (typeof step === 'number' ? '#' : step)).join('/')
  switch (way) {
    case '':
      return 'block'
    case 'actions':
    case 'actions/#':
      return 'action'
    case 'actions/#/watch':
      return 'watch'
    case 'actions/#/supervisor':
      return 'supervisor'
    case 'actions/#/queue':
      return 'queue'
    case 'actions/#/preflight':
      return 'preflight'
    case 'actions/#/preflight/checks':
    case 'actions/#/preflight/checks/#':
    case 'actions/#/preflight/#':
      return 'check'
  }
  return undefined
}
