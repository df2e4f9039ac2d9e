// Edits that add to an object or a list of a block, in the one-line style of the skill.
import type { Range } from './diagnostic'
import type { JsonObject } from './jsonTree'
import type { TextEdit } from './textEdit'

/** Adds `"key":value` texts after the last property that stands in the braces of `object`. */
export function insertProperties(object: JsonObject, properties: readonly string[]): TextEdit {
  const within = object.properties.filter(({ key, value }) => key.start > object.start && value.end < object.end)
  return insertAfter(Math.max(0, ...within.map(({ value }) => value.end)), object, properties)
}

/** Adds JSON texts after the last item of `list`. */
export function insertInList(list: Range & { readonly items: readonly Range[] }, items: readonly string[]): TextEdit {
  return insertAfter(list.items.at(-1)?.end ?? 0, list, items)
}

function insertAfter(end: number, { start }: Range, parts: readonly string[]): TextEdit {
  const isEmpty = end === 0
  const at = isEmpty ? start + 1 : end
  return { start: at, end: at, newText: (isEmpty ? '' : ',') + parts.join(',') }
}
