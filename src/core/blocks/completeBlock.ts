// What an editor offers inside the JSON of a block, and says about what is there: all of it from the schema.
import { blockAt, locateBlocks, type BlockCursor, type LocatedBlocks } from './blockAt'
import type { Range } from './diagnostic'
import type { FieldInfo } from './describeField'
import { blockTemplates } from './blockTemplates'
import type { TextEdit } from './textEdit'

export interface Completion extends TextEdit {
  readonly kind: 'key' | 'value' | 'template'
  readonly label: string
  /** The type and the default, short. */
  readonly detail: string
  readonly doc: string
  /** `newText` is a snippet: `${1:…}` are places to write in. */
  readonly isSnippet: boolean
}

export interface Hover extends Range {
  readonly name: string
  readonly doc: string
  readonly type: string
  readonly defaultJson: string | undefined
  readonly isRequired: boolean
}

/** What can be written at `offset`, in the order of the schema. Never throws, whatever the text. */
export function completionsAt(text: string | LocatedBlocks, offset: number): readonly Completion[] {
  const located = locatedText(text)
  const here = blockAt(located, offset)
  if (here === 'outside') return templatesAt(located, offset)
  if (here === 'elsewhere') return []
  return here.cursor.at === 'key' ? keysAt(here) : valuesAt(here)
}

/** What the schema says about the key or value at `offset`, which may be right before it. */
export function hoverAt(text: string | LocatedBlocks, offset: number): Hover | undefined {
  const located = locatedText(text)
  const found = hoverIn(located, offset) ?? hoverIn(located, offset + 1)
  return found && found.start <= offset ? found : undefined
}

const locatedText = (text: string | LocatedBlocks): LocatedBlocks =>
  typeof text === 'string' ? locateBlocks(text) : text

function hoverIn(text: LocatedBlocks, offset: number): Hover | undefined {
  const here = blockAt(text, offset)
  if (here === 'outside' || here === 'elsewhere') return undefined
  const { cursor, bodyStart, fields } = here
  const name = cursor.at === 'key' ? cursor.word : cursor.key
  const field = fields.find((each) => each.name === name)
  if (!field || cursor.start === cursor.end) return undefined
  const { doc, type, defaultJson, isRequired } = field
  const range = { start: cursor.start + bodyStart, end: cursor.end + bodyStart }
  return { ...range, name: field.name, doc, type, defaultJson, isRequired }
}

function keysAt({ cursor, bodyStart, fields }: BlockCursor): readonly Completion[] {
  const range = { start: cursor.start + bodyStart, end: cursor.end + bodyStart }
  const taken = (name: string) =>
    cursor.siblings.has(name) ||
    (name === 'command' && cursor.siblings.has('supervisor')) ||
    (name === 'supervisor' && cursor.siblings.has('command'))
  return fields
    .filter(({ name }) => !taken(name))
    .map((field) => {
      const key = `${cursor.lacksCommaBefore ? ', ' : ''}${JSON.stringify(field.name)}`
      const newText = cursor.hasColon ? key : `${key}: ${placeholder(field)}${cursor.lacksCommaAfter ? ', ' : ''}`
      return { kind: 'key', label: field.name, ...range, newText, isSnippet: !cursor.hasColon, ...describe(field) }
    })
}

function valuesAt({ cursor, bodyStart, fields, place }: BlockCursor): readonly Completion[] {
  const range = { start: cursor.start + bodyStart, end: cursor.end + bodyStart }
  const field = fields.find(({ name }) => name === cursor.key)
  const comma = cursor.lacksCommaAfter ? ', ' : ''
  const value = (label: string, newText: string, about: FieldInfo | undefined, isSnippet: boolean): Completion => ({
    kind: 'value',
    label,
    ...range,
    newText: `${newText}${comma}`,
    isSnippet,
    ...(about ? describe(about) : { detail: '', doc: '' }),
  })
  if (field) {
    const written = field.values.length > 0 ? field.values : field.defaultJson === undefined ? [] : [field.defaultJson]
    return written.map((json) => value(json, json, field, false))
  }
  // An item of the list of actions or of checks.
  const type = cursor.key === undefined ? fields.find(({ name }) => name === 'type') : undefined
  if (!type || (place !== 'action' && place !== 'check')) return []
  return type.values.map((json) => value(`{"type": ${json}}`, `{"type": ${json}$0\\}`, type, true))
}

function templatesAt(text: LocatedBlocks, offset: number): readonly Completion[] {
  // Behind more than so many characters of a line nobody begins a block.
  const before =
    text
      .slice(Math.max(0, offset - 200), offset)
      .split(/[\r\n]/)
      .at(-1) ?? ''
  const written = before.trimStart()
  const isBegun = written.length <= 20 && '[[relay-actions]]'.startsWith(written.toLowerCase())
  if (!isBegun && !/^relay[\w-]{0,12}$/i.test(written)) return []
  const start = offset - written.length
  const end = offset + (/^\]{1,2}/.exec(text.slice(offset, offset + 2))?.[0].length ?? 0)
  return blockTemplates.map(({ label, doc, snippet }) => ({
    kind: 'template',
    label,
    start,
    end: written.startsWith('[') ? end : offset,
    newText: snippet,
    isSnippet: true,
    detail: 'relay block',
    doc,
  }))
}

function describe({ type, defaultJson, doc, isRequired }: FieldInfo): { detail: string; doc: string } {
  const rest = isRequired ? ', required' : defaultJson === undefined ? '' : `, default ${defaultJson}`
  return { detail: `${type}${rest}`, doc }
}

/** What is written for a value at first, as a snippet: what is likely to be changed is a place to write in. */
function placeholder({ values, defaultJson, emptyJson }: FieldInfo): string {
  if (values.length > 1) return `\${1|${values.join(',')}|}`
  const json = defaultJson === undefined || defaultJson === '[]' ? emptyJson : defaultJson
  switch (json) {
    case '""':
      return '"$1"'
    case '[""]':
      return '["$1"]'
    case '{}':
      return '{$1\\}'
    case '[{}]':
      return '[{$1\\}]'
  }
  return `\${1:${json}}`
}
