// What `.task_execution.log` has of one task, as a read-only document that follows it.
import path from 'node:path'
import * as vscode from 'vscode'
import { showInvisible } from '../../core/logs/plainText'
import { executionLogPath } from '../../core/steps/executionLog'
import { taskIdPattern } from '../../core/steps/stepNote'
import { isRelayError } from '../../core/relayError'
import { readTaskLines } from '../../store/steps/executionLogFile'
import type { StepFolders } from './stepFolders'

const scheme = 'relay-task-log'
/** What is shown of a task that says very much; the rest is in the file. */
const shownLines = 5_000

export class TaskLogs implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>()
  readonly onDidChange = this.changed.event
  private readonly subscriptions: readonly { dispose(): void }[]

  constructor(files: StepFolders) {
    this.subscriptions = [
      this.changed,
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      files.onDidChange(() => {
        for (const { uri } of vscode.workspace.textDocuments) if (uri.scheme === scheme) this.changed.fire(uri)
      }),
    ]
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
  }

  async show(folder: string, taskId: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme, path: `/${taskId}.jsonl`, query: folder })
    const document = await vscode.workspace.openTextDocument(uri)
    await vscode.window.showTextDocument(document, { preview: true })
  }

  async provideTextDocumentContent({ path: name, query: folder }: vscode.Uri): Promise<string> {
    const taskId = name.slice(1, -'.jsonl'.length)
    const isOurs = vscode.workspace.workspaceFolders?.some(({ uri }) => uri.scheme === 'file' && uri.fsPath === folder)
    if (isOurs !== true || !taskIdPattern.test(taskId)) return ''
    const lines: string[] = []
    let count = 0
    try {
      await readTaskLines(path.join(folder, executionLogPath), taskId, (line) => {
        count++
        lines.push(showInvisible(line))
        if (lines.length > shownLines) lines.shift()
      })
    } catch (error) {
      if (!isRelayError(error)) throw error
      return error.message
    }
    if (count === 0) return vscode.l10n.t('{0} has no line of {1}.', executionLogPath, taskId)
    const cut = count > lines.length ? [vscode.l10n.t('[relay] the last {0} of {1} lines', lines.length, count)] : []
    return [...cut, ...lines, ''].join('\n')
  }
}
