// Two texts line by line, for a person to read before something is written.

/** `-` was there, `+` comes, a blank stays. */
export interface DiffLine {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
}

const contextLines = 3
/** Above this many pairs of lines the middle is shown as replaced: the exact answer would take too long. */
const maxPairs = 4_000_000

/** The lines that differ, with a few around them; `…` stands for those that are left out. Ends of lines do not count. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const a = linesOf(before)
  const b = linesOf(after)
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++
  const middle = diffMiddle(a.slice(head, a.length - tail), b.slice(head, b.length - tail))
  const stays = (lines: readonly string[]) => lines.map((text): DiffLine => ({ sign: ' ', text }))
  return shorten([...stays(a.slice(0, head)), ...middle, ...stays(a.slice(a.length - tail))])
}

function linesOf(text: string): readonly string[] {
  if (text === '') return []
  const lines = text.split(/\r?\n/)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

/** By the longest common subsequence. */
function diffMiddle(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  const removed = a.map((text): DiffLine => ({ sign: '-', text }))
  const added = b.map((text): DiffLine => ({ sign: '+', text }))
  if (a.length * b.length > maxPairs) return [...removed, ...added]
  const width = b.length + 1
  /** How many lines a[i…] and b[j…] have in common, at i * width + j. */
  const common = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number) => common[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const lines: DiffLine[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const one = removed[i]
    const other = added[j]
    if (one !== undefined && other !== undefined && one.text === other.text) {
      lines.push({ sign: ' ', text: one.text })
      i++
      j++
    } else if (other === undefined || (one !== undefined && at(i + 1, j) >= at(i, j + 1))) {
      if (one !== undefined) lines.push(one)
      i++
    } else {
      lines.push(other)
      j++
    }
  }
  return lines
}

function shorten(lines: readonly DiffLine[]): readonly DiffLine[] {
  const isNear = lines.map(() => false)
  lines.forEach(({ sign }, index) => {
    if (sign !== ' ') isNear.fill(true, Math.max(0, index - contextLines), index + contextLines + 1)
  })
  if (!isNear.includes(true)) return []
  return lines.flatMap((line, index): DiffLine[] => {
    if (isNear[index] === true) return [line]
    return index === 0 || isNear[index - 1] === true ? [{ sign: ' ', text: '…' }] : []
  })
}
