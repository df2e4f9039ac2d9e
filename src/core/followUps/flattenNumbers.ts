// The numbers of a JSON value under dotted keys. Bounded in depth and count, so that any value is quickly done with.

const maxDepth = 8
const maxNumbers = 256
const maxVisits = 20_000
const maxKeyChars = 120

export interface FlatNumber {
  readonly key: string
  /** May be infinite (`1e999`): the caller decides what that means. */
  readonly value: number
}

/** `more` counts the numbers that were seen but are over the limit; lists are read for their first 16 items. */
export function flattenNumbers(value: unknown): { numbers: FlatNumber[]; more: number } {
  const numbers: FlatNumber[] = []
  let more = 0
  let visits = 0
  const visit = (at: unknown, key: string, depth: number): void => {
    if (++visits > maxVisits) return
    if (typeof at === 'number') {
      if (numbers.length < maxNumbers) numbers.push({ key: key.slice(0, maxKeyChars), value: at })
      else more++
      return
    }
    if (typeof at !== 'object' || at === null || depth >= maxDepth) return
    const entries = Array.isArray(at)
      ? at.slice(0, 16).map((item, index) => [index, item] as const)
      : Object.entries(at)
    for (const [name, item] of entries) visit(item, key === '' ? String(name) : `${key}.${name}`, depth + 1)
  }
  visit(value, '', 0)
  return { numbers, more }
}
