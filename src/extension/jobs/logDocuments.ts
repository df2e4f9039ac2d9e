// The end of a job's log as a read-only document that follows it: to search, to select, to keep beside the code.
import * as vscode from 'vscode'
import { currentAttempt } from '../../core/jobs/job'
import { type JobId, jobIdSchema } from '../../core/jobs/jobId'
import { readTail } from '../../store/logs/readTail'
import type { JobModel } from './jobModel'

const scheme = 'relay-log'
/** What is shown of a long log; the rest is in the file, whose path the first line tells. */
const shownLines = 5_000
const shownBytes = 1024 * 1024

export class LogDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>()
  readonly onDidChange = this.changed.event
  private readonly subscriptions: readonly { dispose(): void }[]
  private readonly shownSize = new Map<string, number>()

  constructor(private readonly model: JobModel) {
    this.subscriptions = [
      this.changed,
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      model.onDidChange(() => this.refresh()),
      model.onDidTick(() => this.refresh()),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.shownSize.delete(uri.toString())),
      vscode.workspace.onDidChangeTextDocument(({ document }) => followEnd(document)),
    ]
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
  }

  async show(id: JobId): Promise<void> {
    const uri = vscode.Uri.from({ scheme, path: `/${id}.log` })
    const document = await vscode.workspace.openTextDocument(uri)
    const editor = await vscode.window.showTextDocument(document, { preview: false })
    revealEnd(editor)
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const path = this.logOf(uri)
    if (path === null) return vscode.l10n.t('This job has no log.')
    const tail = await readTail(path, shownLines, shownBytes)
    this.shownSize.set(uri.toString(), tail.bytes)
    if (tail.problem !== null) return tail.problem
    const cut = tail.from > 0 ? [vscode.l10n.t('[relay] the end of {0}', path)] : []
    return [...cut, ...tail.lines, ''].join('\n')
  }

  /** Documents that are open and whose logs may have grown are read again. */
  private refresh(): void {
    for (const { uri } of vscode.workspace.textDocuments) if (uri.scheme === scheme) void this.refreshGrown(uri)
  }

  private async refreshGrown(uri: vscode.Uri): Promise<void> {
    const path = this.logOf(uri)
    if (path === null) return
    const { bytes } = await readTail(path, 0)
    if (bytes !== this.shownSize.get(uri.toString())) this.changed.fire(uri)
  }

  private logOf(uri: vscode.Uri): string | null {
    const id = jobIdSchema.safeParse(uri.path.slice(1, -'.log'.length))
    const stored = id.success ? this.model.get(id.data) : null
    return stored === null || currentAttempt(stored.job) === null ? null : stored.paths.attempt(stored.job.attempt).log
  }
}

/** An editor whose cursor stands at the end goes on showing the end. */
function followEnd(document: vscode.TextDocument): void {
  if (document.uri.scheme !== scheme) return
  for (const editor of vscode.window.visibleTextEditors)
    if (editor.document === document && editor.selection.active.line >= document.lineCount - 2) revealEnd(editor)
}

function revealEnd(editor: vscode.TextEditor): void {
  const end = editor.document.positionAt(Infinity)
  editor.selection = new vscode.Selection(end, end)
  editor.revealRange(new vscode.Range(end, end))
}
