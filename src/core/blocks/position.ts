// Offsets to lines and columns, as people and editors count them.
export interface Position {
  readonly line: number
  readonly column: number
}

/** Lines and columns from 1, columns in UTF-16 units; `\n`, `\r\n` and `\r` end a line. The text is read once. */
export function lineColumnAt(text: string): (offset: number) => Position {
  const lineStarts = [0, ...Array.from(text.matchAll(/\r\n|\r|\n/g), (match) => match.index + match[0].length)]
  return (offset) => {
    let low = 0
    let high = lineStarts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((lineStarts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 }
  }
}
