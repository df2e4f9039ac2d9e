// The terminal of a run of steps: what happens in it, line by line, as on the command line. A view: opening, reading and closing
// it never touch the run; Ctrl+C only leads to the question whether it is to be stopped.
import * as vscode from 'vscode'
import type { JobId } from '../../core/jobs/jobId'
import { plainLabel } from '../../core/logs/plainText'
import { stepRunKind } from '../../core/steps/stepRun'
import { StepTranscript } from '../../core/steps/transcript'
import { isRelayError } from '../../core/relayError'
import type { FolderPaths } from '../../store/stateFolder'
import { StepRunFollower } from '../../store/steps/stepRunFiles'

const nameChars = 40
const colors = { '✓': 32, '✗': 31, '■': 36, '↻': 33, '?': 33 } as const

export interface ShownTranscript {
  readonly id: JobId
  readonly folder: FolderPaths
  readonly title: string
  /** The step behind a step; null: there is none. */
  readonly next: (step: number) => number | null
  readonly onDidChange: vscode.Event<unknown>
  /** Asks whether it is to be stopped. */
  readonly stop: () => void
}

export class StepTerminals implements vscode.Disposable {
  private readonly terminals = new Map<JobId, vscode.Terminal>()
  private readonly subscription = vscode.window.onDidCloseTerminal((closed) => {
    for (const [id, terminal] of this.terminals) if (terminal === closed) this.terminals.delete(id)
  })

  /** Reveals the terminal of a run, made if there is none; the person goes on typing where they are. */
  show(shown: ShownTranscript): void {
    const terminal = this.terminals.get(shown.id) ?? create(shown)
    this.terminals.set(shown.id, terminal)
    terminal.show(true)
  }

  dispose(): void {
    this.subscription.dispose()
    for (const terminal of this.terminals.values()) terminal.dispose()
  }
}

function create(shown: ShownTranscript): vscode.Terminal {
  return vscode.window.createTerminal({
    name: `▶ ${plainLabel(shown.title, nameChars)}`,
    pty: new Transcript(shown),
    iconPath: new vscode.ThemeIcon('list-ordered'),
    isTransient: true,
  })
}

class Transcript implements vscode.Pseudoterminal {
  private readonly written = new vscode.EventEmitter<string>()
  readonly onDidWrite = this.written.event
  private subscription: vscode.Disposable | null = null
  private readonly follower
  private transcript: StepTranscript | null = null
  private problem = ''

  constructor(private readonly shown: ShownTranscript) {
    this.follower = new StepRunFollower(shown.folder, shown.id)
  }

  open(): void {
    this.subscription = this.shown.onDidChange(() => this.tell())
    this.tell()
  }

  close(): void {
    this.subscription?.dispose()
    this.written.dispose()
  }

  handleInput(data: string): void {
    if (data === '\u0003') this.shown.stop()
  }

  private tell(): void {
    try {
      const read = this.follower.read()
      if (read === null) return
      this.transcript ??= new StepTranscript(read.run.spec, this.shown.next)
      for (const line of this.transcript.follow(read.events)) this.written.fire(`${paint(line)}\r\n`)
      this.problem = ''
      // It may be continued, and goes on here then.
      if (stepRunKind.isAtRest(read.run) && !this.isRestTold) {
        const left = read.run.state.items.flatMap(({ state, plan }) => (state.kind === 'waiting' ? [plan.step] : []))
        if (left.length > 0)
          this.note(vscode.l10n.t('Not begun: step {0}. “Relay: Continue Steps…” goes on.', left.join(', ')))
        this.note(vscode.l10n.t('Nothing more happens in this run.'))
      }
      this.isRestTold = stepRunKind.isAtRest(read.run)
    } catch (error) {
      if (!isRelayError(error)) throw error
      if (error.message !== this.problem) this.note(error.message)
      this.problem = error.message
    }
  }

  private isRestTold = false

  private note(text: string): void {
    this.written.fire(`\u001b[2m[relay] ${text}\u001b[0m\r\n`)
  }
}

/** Nothing in a line is a control character any more. */
function paint(line: string): string {
  if (line.startsWith('[ALERT]')) return `\u001b[33m${line}\u001b[0m`
  const sign = /^\[[A-Z]+\] ([✓✗■↻?])/u.exec(line)?.[1]
  const color = Object.entries(colors).find(([one]) => one === sign)?.[1]
  return sign === undefined || color === undefined ? line : line.replace(sign, `\u001b[${color}m${sign}\u001b[0m`)
}
