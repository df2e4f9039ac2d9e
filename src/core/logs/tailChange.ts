// What to do to the shown end of a log to make it the new one, so that only new lines are sent.

/** First the lines after `keep` go, then `drop` lines at the start, then `add` is appended. */
export interface TailChange {
  readonly keep: number
  readonly drop: number
  readonly add: readonly string[]
}

/** The change from one tail to the next, or null if there is none. The last line may have grown: it is sent again. */
export function tailChange(before: readonly string[], after: readonly string[]): TailChange | null {
  if (before.length === after.length && before.every((line, index) => line === after[index])) return null
  const whole = before.slice(0, -1)
  for (let drop = 0; drop < whole.length; drop++) {
    const kept = whole.length - drop
    if (kept <= after.length && startsWith(after, whole, drop))
      return { keep: whole.length, drop, add: after.slice(kept) }
  }
  return { keep: 0, drop: 0, add: after }
}

export function applyTailChange(lines: readonly string[], { keep, drop, add }: TailChange): string[] {
  return [...lines.slice(drop, keep), ...add]
}

function startsWith(lines: readonly string[], start: readonly string[], from: number): boolean {
  for (let at = from; at < start.length; at++) if (start[at] !== lines[at - from]) return false
  return true
}
