// What a person was shown before they confirmed a call of a tool, until the call comes: VS Code tells both by their input.
const most = 50

/** One look, one act: what was taken must be shown again. */
export class Confirmed {
  private held: readonly { readonly key: string; readonly shown: string }[] = []

  /** The person is about to see `shown` for a call with this input. */
  hold(input: object, shown: string): void {
    this.held = [...this.held, { key: JSON.stringify(input), shown }].slice(-most)
  }

  /** Whether exactly `shown` was seen for this input; only once for each time that it was. */
  take(input: object, shown: string): boolean {
    const key = JSON.stringify(input)
    const found = this.held.findIndex((one) => one.key === key && one.shown === shown)
    this.held = this.held.filter((_, index) => index !== found)
    return found >= 0
  }
}
