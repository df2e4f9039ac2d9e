// A line with fewer points that looks the same: of each piece of it the lowest and the highest point are kept.

export interface Line {
  readonly xs: readonly number[]
  readonly ys: readonly number[]
}

/** At most `maxPoints` of the points, in their order; the first and the last are among them. */
export function thinLine(line: Line, maxPoints: number): Line {
  const { xs, ys } = line
  const count = Math.min(xs.length, ys.length)
  if (count <= maxPoints || maxPoints < 4)
    return count <= maxPoints ? line : { xs: xs.slice(0, maxPoints), ys: ys.slice(0, maxPoints) }
  const pieces = Math.floor((maxPoints - 2) / 2)
  const kept: number[] = [0]
  for (let piece = 0; piece < pieces; piece++) {
    const from = 1 + Math.floor((piece * (count - 2)) / pieces)
    const to = 1 + Math.floor(((piece + 1) * (count - 2)) / pieces)
    let [low, high] = [from, from]
    for (let at = from; at < to; at++) {
      const y = ys[at] ?? NaN
      if (y < (ys[low] ?? NaN)) low = at
      if (y > (ys[high] ?? NaN)) high = at
    }
    if (low === high) kept.push(low)
    else kept.push(Math.min(low, high), Math.max(low, high))
  }
  kept.push(count - 1)
  return { xs: kept.map((at) => xs[at] ?? NaN), ys: kept.map((at) => ys[at] ?? NaN) }
}
