// Asks a service again and again, one question at a time: soon after something has changed, ever more rarely while nothing does, and
// never so often that asking is a burden to it.

export interface Poll {
  /** Something is other than it was. */
  readonly hasChanged: boolean
  readonly isAnswered: boolean
}

export const slowestMs = 180_000
const slowestSilentMs = 30_000
const quickestMs = 2_000
/** A service that takes long to answer is asked so much more rarely. */
const burden = 20

/** How long to wait after a poll. `count` are the things watched. */
export function nextPollMs(beforeMs: number, poll: Poll, tookMs: number, count: number): number {
  const leastMs = Math.max(quickestMs, Math.min(30_000, count * 6))
  // One that does not answer may be back soon; how long it took to say nothing says nothing.
  if (!poll.isAnswered) return Math.min(slowestSilentMs, Math.max(leastMs, beforeMs * 1.5))
  const dueMs = Math.max(leastMs, tookMs * burden)
  return Math.min(slowestMs, Math.max(dueMs, poll.hasChanged ? dueMs : beforeMs * 1.5))
}

export class Poller {
  private timer: NodeJS.Timeout | null = null
  private dueAtMs = Infinity
  private intervalMs = quickestMs
  private isAsking = false
  private isClosed = false

  constructor(
    private readonly poll: () => Promise<Poll>,
    private readonly count: () => number,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Asks at the latest in so long; while a question is open, after its answer. */
  within(ms: number): void {
    const atMs = performance.now() + ms
    if (this.isClosed || atMs >= this.dueAtMs) return
    this.dueAtMs = atMs
    if (this.timer !== null) clearTimeout(this.timer)
    if (!this.isAsking) this.timer = setTimeout(() => void this.ask(), ms)
  }

  /** Something is under way: it is asked soon, and often for a while. */
  hurry(ms = 500): void {
    this.intervalMs = quickestMs
    this.within(ms)
  }

  close(): void {
    this.isClosed = true
    if (this.timer !== null) clearTimeout(this.timer)
  }

  private async ask(): Promise<void> {
    this.timer = null
    this.dueAtMs = Infinity
    this.isAsking = true
    const begunAtMs = performance.now()
    try {
      const poll = await this.poll()
      this.intervalMs = nextPollMs(this.intervalMs, poll, performance.now() - begunAtMs, this.count())
    } catch (error) {
      this.onError(error)
    }
    this.isAsking = false
    if (this.isClosed || this.count() === 0) return
    const wantedMs = Math.max(0, Math.min(this.intervalMs, this.dueAtMs - performance.now()))
    this.dueAtMs = Infinity
    this.within(wantedMs)
  }
}
