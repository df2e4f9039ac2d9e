// The terminals of this window, at most one a job. Closing them, all or one, leaves the jobs as they are. What
// fills them is loaded with the first.
import * as vscode from 'vscode'
import type { JobDescription } from '../../core/jobs/describeJob'
import type { JobId } from '../../core/jobs/jobId'
import { plainLabel } from '../../core/logs/plainText'
import type { JobTerminalSource } from './jobTerminal'

const nameChars = 40

export class JobTerminals implements vscode.Disposable {
  private readonly terminals = new Map<JobId, vscode.Terminal>()
  private isDisposed = false
  private readonly subscription = vscode.window.onDidCloseTerminal((closed) => {
    for (const [id, terminal] of this.terminals) if (terminal === closed) this.terminals.delete(id)
  })

  /** Reveals the terminal of a job, made if there is none; null after the end of this. With `preserveFocus`, the person goes on typing elsewhere. */
  async show(job: JobDescription, source: JobTerminalSource, preserveFocus = false): Promise<vscode.Terminal | null> {
    const { JobTerminal } = await import('./jobTerminal')
    if (this.isDisposed) return null
    const terminal = this.terminals.get(job.id) ?? create(job, new JobTerminal(source))
    this.terminals.set(job.id, terminal)
    terminal.show(preserveFocus)
    return terminal
  }

  dispose(): void {
    this.isDisposed = true
    this.subscription.dispose()
    for (const terminal of this.terminals.values()) terminal.dispose()
    this.terminals.clear()
  }
}

function create({ description, command }: JobDescription, pty: vscode.Pseudoterminal): vscode.Terminal {
  return vscode.window.createTerminal({
    name: `▶ ${plainLabel(description ?? command, nameChars)}`,
    pty,
    iconPath: new vscode.ThemeIcon('server-process'),
    // A window that is opened again opens it from the job, which is still there.
    isTransient: true,
  })
}
