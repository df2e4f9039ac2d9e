// Patterns for names of files, as people write them: `*.py`, `src/**/*.ts`, `*.{json,yaml}`. A match costs no more than the
// pattern times the path, whatever they are: both come from elsewhere.

const maxChars = 200
const maxAlternatives = 64

/**
 * Tells whether a path (relative, with `/`) fits. A pattern without `/` is one for the name alone. Null for a pattern that
 * is too long or has too many alternatives.
 */
export function readGlob(pattern: string): ((relativePath: string) => boolean) | null {
  const text = pattern.trim().replace(/^\.?\//, '')
  if (text === '' || text.length > maxChars) return null
  const alternatives = expand(text)
  if (alternatives === null) return null
  const byName = !text.includes('/')
  const wanted = alternatives.map((one) => one.split('/'))
  return (relativePath) => {
    const segments = relativePath.split('/')
    const looked = byName ? segments.slice(-1) : segments
    return wanted.some((one) => fitsAll(one, looked))
  }
}

/** `a{b,c}` as `ab` and `ac`. */
function expand(pattern: string): readonly string[] | null {
  let done = ['']
  let rest = pattern
  for (;;) {
    const match = /\{([^{}]*,[^{}]*)\}/.exec(rest)
    if (match === null) return done.map((one) => one + rest)
    const before = rest.slice(0, match.index)
    const choices = (match[1] ?? '').split(',')
    if (done.length * choices.length > maxAlternatives) return null
    done = done.flatMap((one) => choices.map((choice) => one + before + choice))
    rest = rest.slice(match.index + match[0].length)
  }
}

/** The last `**` that was passed takes one segment more when what follows it does not fit. */
function fitsAll(wanted: readonly string[], segments: readonly string[]): boolean {
  return fits(
    wanted,
    segments,
    (one) => one === '**',
    (one, segment) => fitsSegment(one, segment),
  )
}

function fitsSegment(wanted: string, segment: string): boolean {
  return fits(
    Array.from(wanted.replaceAll(/\*+/g, '*')),
    Array.from(segment),
    (one) => one === '*',
    (one, character) => one === '?' || one === character,
  )
}

/** Whether `wanted`, in which some items stand for any number of items, is `items`. */
function fits(
  wanted: readonly string[],
  items: readonly string[],
  isAny: (one: string) => boolean,
  isOne: (one: string, item: string) => boolean,
): boolean {
  let at = 0
  let next = 0
  let lastAny = -1
  let taken = 0
  while (at < items.length) {
    const one = wanted[next]
    const item = items[at]
    if (one !== undefined && isAny(one)) {
      lastAny = next++
      taken = at
    } else if (one !== undefined && item !== undefined && isOne(one, item)) {
      next++
      at++
    } else if (lastAny >= 0) {
      next = lastAny + 1
      at = ++taken
    } else return false
  }
  return wanted.slice(next).every(isAny)
}
