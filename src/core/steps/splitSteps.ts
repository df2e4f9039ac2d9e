// Cuts the text of definitions into its steps before any of it is parsed. So each step is small and bounded however many
// there are, a mistake in one leaves the others readable, and a key that is typed has one step read again.
export interface StepText {
  readonly start: number
  readonly end: number
}

/** A key at the beginning of a line; the parser has the last word on it. */
const topKey = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#"'[\]{}&*!|>%@`,?-][^#\n]*?|-[^\s#][^#\n]*?)\s*:(?:\s|$)/

/**
 * The pieces that each begin with a key at the left margin; what stands before the first is no part of any. One piece, the
 * whole text, where the outermost thing is not a map in lines.
 */
export function splitSteps(text: string): readonly StepText[] {
  const starts: number[] = []
  const begin = text.startsWith('\uFEFF') ? 1 : 0
  for (let at = begin; at < text.length;) {
    const newline = text.indexOf('\n', at)
    const next = newline < 0 ? text.length : newline + 1
    const isBlank = /^[ \t\r]*(?:#|\n|$)/.test(text.slice(at, Math.min(next, at + 1_000)))
    // Indented lines, and lists that are not indented, lie within the step above.
    const isInside = isBlank || (starts.length > 0 && /^(?:[ \t]|-(?:\s|$))/.test(text.slice(at, at + 2)))
    if (!isInside) {
      const line = text.slice(at, Math.min(next, at + 1_000)).trimEnd()
      const isDocumentStart = /^---\s*(?:#.*)?$/.test(line)
      if (topKey.test(line) || starts.length > 0) starts.push(at)
      else if (!isDocumentStart) return [{ start: begin, end: text.length }]
    }
    at = next
  }
  return starts.map((start, index) => ({ start, end: starts[index + 1] ?? text.length }))
}
