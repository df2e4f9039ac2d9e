// Reads anew what has changed: one reading after the other, and not more often than is worth drawing.
import type * as vscode from 'vscode'

/** However fast things change, nothing is read or drawn more often. */
const restMs = 250

export class Rereading implements vscode.Disposable {
  private timer: NodeJS.Timeout | null = null
  private last: Promise<void> = Promise.resolve()
  private first: Promise<void> | null = null
  private isDisposed = false

  constructor(
    private readonly read: () => void | Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** It was asked for once. */
  get hasBegun(): boolean {
    return this.first !== null
  }

  /** What is being read now is for nobody. */
  get isOver(): boolean {
    return this.isDisposed
  }

  /** Resolves when everything was read once. */
  once(): Promise<void> {
    return (this.first ??= this.now())
  }

  /** Reads what an event would bring in a moment; rejects if that fails. */
  now(): Promise<void> {
    // One after the other: what is asked for while another reads may be newer than what that one sees.
    const reading = this.last.then(() => (this.isDisposed ? undefined : this.read()))
    this.last = reading.catch(() => undefined) // Whoever waits for it is told.
    return reading
  }

  soon(): void {
    if (this.timer !== null || this.isDisposed) return
    this.timer = setTimeout(() => {
      this.timer = null
      this.now().catch(this.onError)
    }, restMs)
  }

  dispose(): void {
    this.isDisposed = true
    if (this.timer !== null) clearTimeout(this.timer)
  }
}
