// Looks at a YAML text before anything parses it: a parser that follows nesting by calling itself dies of a deep one, and
// aliases make much out of little. What a template needs is far below these limits.

export const maxYamlChars = 64 * 1024
const maxDepth = 24

/** Why the text is not to be parsed, a sentence, or null. */
export function whyNotToParse(text: string): string | null {
  if (text.length > maxYamlChars)
    return `It has ${text.length} characters, more than ${maxYamlChars}: a template is a short text.`
  if (text.includes('\0')) return 'It is no text: it holds a NUL character.'
  let open = 0
  for (const character of text) {
    // Brackets in texts count, too: too careful here does no harm.
    if (character === '[' || character === '{') open++
    else if ((character === ']' || character === '}') && open > 0) open--
    if (open > maxDepth) return `It nests more than ${maxDepth} brackets: write it flatter.`
  }
  for (const line of text.split(/\r\n|[\r\n]/)) {
    const indent = /^[ \t]*/.exec(line)?.[0].length ?? 0
    const marks = /^[ \t]*((?:[-?:][ \t]+)*)/.exec(line)?.[1]?.replace(/[ \t]/g, '').length ?? 0
    if (indent > maxDepth * 4 && line.trim() !== '') return 'It is indented too deeply: write it flatter.'
    if (marks > maxDepth) return 'It nests too many lists in one line.'
  }
  return null
}
