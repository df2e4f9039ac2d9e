// JSON as a tree that remembers where everything stands, also what a later step puts somewhere else.
import type { Node } from 'jsonc-parser'
import type { Range } from './diagnostic'

export interface JsonProperty {
  readonly name: string
  readonly key: Range
  readonly value: JsonNode
}
export type JsonObject = Range & { readonly kind: 'object'; readonly properties: readonly JsonProperty[] }
export type JsonNode =
  | JsonObject
  | (Range & { readonly kind: 'list'; readonly items: readonly JsonNode[] })
  | (Range & { readonly kind: 'string'; readonly value: string })
  | (Range & { readonly kind: 'number'; readonly value: number })
  | (Range & { readonly kind: 'boolean'; readonly value: boolean })
  | (Range & { readonly kind: 'null' })

/** The tree of a text that jsonc-parser read without an error (with one, properties may lack their value). */
export function treeOf(node: Node): JsonNode {
  const start = node.offset
  const end = start + node.length
  const children = node.children ?? []
  // jsonc-parser types every value as any; what it is follows from the type of the node.
  const value: unknown = node.value
  if (node.type === 'object') {
    const properties: JsonProperty[] = []
    for (const { children: [key, child] = [] } of children) {
      if (!key || !child) continue
      const keyRange = { start: key.offset, end: key.offset + key.length }
      properties.push({ name: String(key.value), key: keyRange, value: treeOf(child) })
    }
    return { kind: 'object', start, end, properties }
  }
  if (node.type === 'array') return { kind: 'list', start, end, items: children.map(treeOf) }
  if (typeof value === 'string') return { kind: 'string', start, end, value }
  if (typeof value === 'number') return { kind: 'number', start, end, value }
  if (typeof value === 'boolean') return { kind: 'boolean', start, end, value }
  return { kind: 'null', start, end }
}

export function propertyOf(object: JsonObject, name: string): JsonProperty | undefined {
  return object.properties.find((property) => property.name === name)
}

/** The plain value. Keys become own properties of an object without prototype, `__proto__` too. */
export function valueOf(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object': {
      // Object.create is typed any; without a prototype there is nothing a key could reach.
      const record = Object.create(null) as Record<string, unknown>
      for (const { name, value } of node.properties) record[name] = valueOf(value)
      return record
    }
    case 'list':
      return node.items.map(valueOf)
    case 'null':
      return null
    default:
      return node.value
  }
}

/** Null and blank strings: what agents write for a field they leave out. */
export function isEmpty(node: JsonNode): boolean {
  return node.kind === 'null' || (node.kind === 'string' && node.value.trim() === '')
}
