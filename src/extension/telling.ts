// Tells a person each thing once over all windows: whatever looks for news asks this whether a thing is its to tell.
import * as vscode from 'vscode'
import { describeError } from './registerCommands'

/** Windows without focus leave it to one that has it. */
const unfocusedDelayMs = 400
/** What is to be told within this time is told together. */
const gatherMs = 1_000

export interface News {
  /** Other than that of any other thing. */
  readonly key: string
  /** Whether it is this window that tells it; asked once. */
  readonly claim: () => boolean
  readonly tell: () => void | Promise<void>
}

export class Telling implements vscode.Disposable {
  private readonly subscription: vscode.Disposable
  private readonly timers = new Set<NodeJS.Timeout>()
  private readonly seen = new Set<string>()

  /** `onChange`: there may be news. */
  constructor(
    onChange: vscode.Event<void>,
    private readonly lookForNews: () => void,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.subscription = vscode.Disposable.from(
      onChange(() => this.look()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.look()),
    )
  }

  look(): void {
    if (vscode.workspace.isTrusted) this.lookForNews() // Telling leaves a mark on the disk.
  }

  isSeen(key: string): boolean {
    return this.seen.has(key)
  }

  once({ key, claim, tell }: News): void {
    if (this.seen.has(key)) return
    this.seen.add(key)
    const act = () => {
      if (claim()) this.tell(tell)
    }
    this.later(act, vscode.window.state.focused ? 0 : unfocusedDelayMs + (process.pid % 10) * 100)
  }

  /** Calls `tellAll` with what comes together. */
  gather<Thing>(tellAll: (things: readonly Thing[]) => void): (thing: Thing) => void {
    let gathered: Thing[] = []
    return (thing) => {
      if (gathered.push(thing) > 1) return
      this.later(() => {
        const things = gathered
        gathered = []
        tellAll(things)
      }, gatherMs)
    }
  }

  later(act: () => void, ms: number): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      act()
    }, ms)
    this.timers.add(timer)
  }

  dispose(): void {
    this.subscription.dispose()
    for (const timer of this.timers) clearTimeout(timer)
  }

  private tell(tell: News['tell']): void {
    Promise.resolve()
      .then(tell)
      .catch((error: unknown) => this.log.warn(describeError(error)))
  }
}
