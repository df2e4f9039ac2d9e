// The known name that a misspelt one was probably meant to be.

/** The closest of `known`, or undefined if none is close enough to be worth naming. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > 40) return undefined
  const wanted = simplify(name)
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(wanted, simplify(candidate))
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

/** For a fix that writes `meant`: it is a guess, unless the two differ in capitals and separators only. */
export function guessUnlessSame(name: string, meant: string): { readonly isGuess?: true } {
  return simplify(name) === simplify(meant) ? {} : { isGuess: true }
}

const simplify = (name: string): string => name.toLowerCase().replace(/[\s_-]/g, '')

/** How many letters must be put in, taken out or replaced. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
