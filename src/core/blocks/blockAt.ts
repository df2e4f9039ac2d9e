// The JSON around an offset of a text, also in a block that nobody has closed yet.
import { findBlocks } from './findBlocks'
import { jsonCursorAt, type JsonCursor } from './jsonCursor'
import { maxBodyLength } from './readJson'
import { withoutQuoteSigns } from './parseBlocks'
import { fieldsOf, type FieldInfo, type PlaceName } from './describeField'

export interface BlockCursor {
  readonly cursor: JsonCursor
  /** What to add to offsets of the cursor. */
  readonly bodyStart: number
  readonly place: PlaceName
  /** The fields that the object around the cursor can have. */
  readonly fields: readonly FieldInfo[]
}

/** Where an offset stands: in no block, in a block but nowhere that is known, or in the JSON of one. */
export function blockAt(text: string, offset: number): 'outside' | 'elsewhere' | BlockCursor {
  const { spans, unclosed } = findBlocks(text)
  const span = [...spans, ...unclosed].find(({ bodyStart, bodyEnd }) => bodyStart <= offset && offset <= bodyEnd)
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
    case 'actions/#/preflight':
      return 'preflight'
    case 'actions/#/preflight/checks':
    case 'actions/#/preflight/checks/#':
    case 'actions/#/preflight/#':
      return 'check'
  }
  return undefined
}
