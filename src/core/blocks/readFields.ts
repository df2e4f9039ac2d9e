// Takes from the tree what the schema knows: the value to validate, without unknown and empty fields, which are
// reported. Only names of the schema become keys of the result.
import * as z from 'zod'
import { quote } from './diagnostic'
import type { Findings } from './findings'
import { isEmpty, propertyOf, valueOf, type JsonNode, type JsonProperty } from './jsonTree'
import { guessUnlessSame, nearestName } from './nearestName'
import { watchSchema } from './schema'

export function readFields(node: JsonNode, schema: z.core.$ZodType, name: string, findings: Findings): unknown {
  if (schema instanceof z.ZodOptional) return readFields(node, schema.unwrap(), name, findings)
  if (schema instanceof z.ZodArray && node.kind === 'list') {
    return node.items.map((item) => readFields(item, schema.element, name, findings))
  }
  if (schema instanceof z.ZodDiscriminatedUnion && node.kind === 'object') {
    const type = propertyOf(node, schema.def.discriminator)?.value
    const wanted = type?.kind === 'string' ? type.value.trim().toLowerCase() : undefined
    const option = schema.options.find((each) => accepts(shapeOf(each)?.['type'], wanted))
    return option ? readFields(node, option, name, findings) : valueOf(node)
  }
  if (node.kind === 'string' && !accepts(schema, node.value)) {
    const canonical = node.value.trim().toLowerCase()
    if (!accepts(schema, canonical)) return node.value
    const { start, end } = node
    const message = `${quote(name)} is written ${quote(canonical)}, without blanks and capitals.`
    const fix = { title: `Write ${canonical}`, start, end, newText: quote(canonical) }
    findings.add({ code: 'value-spelling', severity: 'warning', message, start, end, fix })
    return canonical
  }
  const shape = shapeOf(schema)
  if (!shape || node.kind !== 'object') return valueOf(node)

  const fields: Record<string, unknown> = {}
  const given = new Set(node.properties.map((property) => property.name))
  const free = Object.keys(shape).filter((key) => !given.has(key))
  for (const property of node.properties) {
    if (findings.isFull) break
    const field = Object.hasOwn(shape, property.name) ? shape[property.name] : undefined
    if (!field) reportUnknownKey(property, name, free, findings)
    else if (field instanceof z.ZodOptional && isEmpty(property.value)) reportEmptyField(property, findings)
    else fields[property.name] = readFields(property.value, field, property.name, findings)
  }
  return fields
}

function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  return schema instanceof z.ZodObject ? schema.shape : undefined
}

function accepts(schema: z.core.$ZodType | undefined, value: string | undefined): boolean {
  if (schema instanceof z.ZodLiteral) return value !== undefined && schema.values.has(value)
  return schema instanceof z.ZodEnum && schema.options.some((option) => option === value)
}

/** `free` are the keys that the place still lacks: what can have been meant. */
export function reportUnknownKey(
  { name, key }: JsonProperty,
  place: string,
  free: readonly string[],
  findings: Findings,
): void {
  const meant = nearestName(name, free)
  const advice = meant
    ? `Did you mean ${quote(meant)}?`
    : place === 'action' && Object.hasOwn(watchSchema.shape, name)
      ? 'It belongs inside "watch".'
      : 'Remove it.'
  const message = `The key ${quote(name)} is not known in ${quote(place)} and has no effect. ${advice}`
  const fix = meant
    ? { title: `Write ${meant}`, ...key, newText: quote(meant), ...guessUnlessSame(name, meant) }
    : undefined
  findings.add({ code: 'unknown-key', severity: 'warning', message, ...key, ...(fix && { fix }) })
}

export function reportEmptyField({ name, key, value }: JsonProperty, findings: Findings): void {
  const message = `${quote(name)} is empty and is read as if it were not there. Leave it out.`
  findings.add({ code: 'empty-field', severity: 'warning', message, start: key.start, end: value.end })
}
