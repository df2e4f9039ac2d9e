// Where JSON that nobody closed ends: for texts of which nothing is known to be right.

const opening = /^[\s>]*(`{3,}[^\r\n`]*[\r\n][\s>]*)?(?=[{[])/
const token = /"(?:[^"\\\r\n]|\\.)*"?|[{}[\]]/g

export function beginsWithJson(text: string): boolean {
  return opening.test(text)
}

/** The offset after the JSON that `text` begins with, and after its fence; undefined if it does not end. */
export function findJsonEnd(text: string): number | undefined {
  const before = opening.exec(text)
  if (!before) return undefined
  const closers: string[] = []
  token.lastIndex = before[0].length
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [char] = match
    if (char === '{' || char === '[') closers.push(char === '{' ? '}' : ']')
    else if (char === '}' || char === ']') {
      if (closers.pop() !== char) return undefined
      if (closers.length === 0) {
        const end = token.lastIndex
        const fence =
          before[1] === undefined ? null : /^\s*`{3,}(?=[^\S\r\n]*(?:[\r\n]|$))/.exec(text.slice(end, end + 100))
        return end + (fence?.[0].length ?? 0)
      }
    }
  }
  return undefined
}
