// How much is tried: a sample in CI, everything with RELAY_SOAK=1. Random choices can be repeated with RELAY_SEED.

export const isSoak = process.env['RELAY_SOAK'] === '1'

/** `full` with RELAY_SOAK=1, else `sample`. */
export function count(sample: number, full: number): number {
  return isSoak ? full : sample
}

/** At most `wanted` of `items`, evenly spread with the first and the last; all of them in a soak. */
export function spread<T>(items: readonly T[], wanted: number): readonly T[] {
  if (isSoak || items.length <= wanted) return items
  const last = items.length - 1
  return items.filter((_, index) => Math.floor((index * wanted) / last) !== Math.floor(((index - 1) * wanted) / last))
}

export type Random = () => number

/** Numbers in [0, 1), the same for the same seed (mulberry32). Says the seed, so that a run can be repeated. */
export function seededRandom(what: string): Random {
  const seed = Number(process.env['RELAY_SEED'] ?? Date.now() % 1_000_000)
  say(`${what}: repeat with RELAY_SEED=${seed}`)
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One line of progress. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
