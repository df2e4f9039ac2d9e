// Patterns for names of files, as people write them: `*.py`, `src/**/*.ts`, `*.{json,yaml}`.

const maxChars = 200
/** Each star multiplies what a match may cost. */
const maxStars = 8

/**
 * Tells whether a path (relative, with `/`) fits. A pattern without `/` is one for the name alone. Null for a pattern that
 * is too long or has too many stars.
 */
export function readGlob(pattern: string): ((relativePath: string) => boolean) | null {
  const text = pattern.trim().replace(/^\.?\//, '')
  if (text === '' || text.length > maxChars || text.replaceAll('**', '*').split('*').length - 1 > maxStars) return null
  const expression = new RegExp(`^${translate(text)}$`)
  const byName = !text.includes('/')
  return (relativePath) => {
    const name = byName ? relativePath.slice(relativePath.lastIndexOf('/') + 1) : relativePath
    return name.length <= 1_000 && expression.test(name)
  }
}

function translate(pattern: string): string {
  let translated = ''
  let depth = 0
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at)
    if (pattern.startsWith('**/', at)) {
      translated += '(?:[^/]+/)*'
      at += 2
    } else if (pattern.startsWith('**', at)) {
      translated += '.*'
      at += 1
    } else if (character === '*') translated += '[^/]*'
    else if (character === '?') translated += '[^/]'
    else if (character === '{' && pattern.includes('}', at)) {
      translated += '(?:'
      depth++
    } else if (character === '}' && depth > 0) {
      translated += ')'
      depth--
    } else if (character === ',' && depth > 0) translated += '|'
    else translated += character.replace(/[\\^$.|+()[\]{}]/g, '\\$&')
  }
  return translated + ')'.repeat(depth)
}
