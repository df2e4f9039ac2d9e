// Texts on their way to a window, joined: a log that is written at 200 MB/s must not flood it.

/** A window is written to no more often than this … */
export const writeEveryMs = 50
/** … and with no more at once than this, when writers wait for `room` and add at most half of it. */
export const maxWriteChars = 256 * 1024

export class WriteBatch {
  private pending = ''
  private timer: NodeJS.Timeout | undefined
  private waiting: (() => void)[] = []
  private isClosed = false

  constructor(private readonly write: (text: string) => void) {}

  add(text: string): void {
    if (this.isClosed) return
    this.pending += text
    this.timer ??= setTimeout(() => this.flush(), writeEveryMs)
  }

  /** Resolves when there is room for more, or nothing is wanted any more. */
  async room(): Promise<void> {
    if (this.isClosed || this.pending.length <= maxWriteChars / 2) return
    await new Promise<void>((resolve) => this.waiting.push(resolve))
  }

  /** What is pending is dropped, and no timer is left. */
  close(): void {
    this.isClosed = true
    this.pending = ''
    clearTimeout(this.timer)
    this.release()
  }

  private flush(): void {
    const text = this.pending
    this.timer = undefined
    this.pending = ''
    this.write(text)
    this.release()
  }

  private release(): void {
    for (const resolve of this.waiting.splice(0)) resolve()
  }
}
