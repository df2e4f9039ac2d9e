// When a loop looks again: at the earliest of the times that it has asked for.

export class Alarm {
  private timer: NodeJS.Timeout | null = null
  private atMs = 0
  private closed = false

  constructor(private readonly onRing: () => void) {}

  /** Rings in `afterMs` at the latest. */
  set(afterMs: number): void {
    if (this.closed) return
    const atMs = performance.now() + afterMs
    if (this.timer !== null && this.atMs <= atMs) return
    if (this.timer !== null) clearTimeout(this.timer)
    this.atMs = atMs
    this.timer = setTimeout(
      () => {
        this.timer = null
        this.onRing()
      },
      Math.min(Math.max(0, afterMs), 2 ** 31 - 1),
    )
  }

  /** It rings no more. */
  close(): void {
    this.closed = true
    if (this.timer !== null) clearTimeout(this.timer)
  }
}
