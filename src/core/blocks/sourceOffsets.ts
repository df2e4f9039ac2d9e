// Where the characters of a JSON string stand in its source.
import type { Range } from './diagnostic'

/**
 * Maps an index in the value of the string literal at `start` (its opening quote) to the offset in `source` of the
 * character or escape that means it; the length of the value maps to the closing quote. The literal must be valid.
 */
export function sourceOffsets(source: string, { start, end }: Range): (index: number) => number {
  const firstEscape = source.indexOf('\\', start)
  if (firstEscape === -1 || firstEscape >= end) return (index) => Math.min(start + 1 + index, end)
  const offsets: number[] = []
  let at = start + 1
  while (at < end - 1) {
    offsets.push(at)
    at += source[at] !== '\\' ? 1 : source[at + 1] === 'u' ? 6 : 2
  }
  return (index) => offsets[index] ?? end - 1
}
