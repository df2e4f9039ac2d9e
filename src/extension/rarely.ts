// Does something soon after it is asked to, and not again before a while has gone by, however often it is asked.
import type * as vscode from 'vscode'

export class Rarely implements vscode.Disposable {
  private timer: NodeJS.Timeout | null = null

  /** `act` throws nothing that `onError` does not get. */
  constructor(
    private readonly restMs: number,
    private readonly act: () => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  readonly soon = (): void => {
    this.timer ??= setTimeout(() => {
      this.timer = null
      try {
        this.act()
      } catch (error) {
        this.onError(error)
      }
    }, this.restMs)
  }

  dispose(): void {
    if (this.timer !== null) clearTimeout(this.timer)
  }
}
