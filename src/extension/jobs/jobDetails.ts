// The pages that show one job each, beside the editors. A page only asks for commands; it is drawn while it is visible, and
// nothing is read for one that is hidden. Loaded with the first page, together with what reads a job for it.
import * as vscode from 'vscode'
import { type JobId, jobIdSchema } from '../../core/jobs/jobId'
import { type JobAction, parseFromPage, type ToPage } from '../../core/jobs/jobPage'
import { type JobPageWords, translateWords } from '../../core/jobs/jobPageWords'
import { shorten } from '../../core/jobs/jobWords'
import type { StoredJob } from '../../store/jobs/jobFiles'
import { JobPageFeed } from '../../store/jobs/jobPageFeed'
import type { JobStore } from '../../store/jobs/jobStore'
import { type Command, commands } from '../contributions'
import { jobDetailsViewType } from './jobDetailsGate'
import { renderWebviewHtml, webviewRoot } from '../webviewHtml'

/** However fast a job prints, a page is not drawn more often. */
const refreshMs = 200
/** A log grows without a word of the journal. */
const tickMs = 1_000
/** What could not be drawn once is not tried every second. */
const afterFailureMs = 30_000
const maxTabTitle = 40

const commandOf: Readonly<Record<JobAction, Command>> = {
  stop: 'stopJob',
  restart: 'restartJob',
  restartWithEdits: 'restartJobWithEdits',
  showLog: 'showLog',
  showReport: 'showReport',
  revealFolder: 'revealJobFolder',
  copyId: 'copyJobId',
  copyCommand: 'copyJobCommand',
  remove: 'removeJob',
}

export interface JobDetailsInput {
  readonly extensionUri: vscode.Uri
  readonly store: JobStore
  /** The job as it is known now, or null. */
  readonly read: (id: JobId) => StoredJob | null
  /** At most five times a second. */
  readonly onDidChange: vscode.Event<unknown>
  /** Runs one of our commands for a job; tells of its failure itself. */
  readonly run: (command: string, id: JobId) => void
  readonly log: Pick<vscode.LogOutputChannel, 'error'>
}

export class JobDetailsPages implements vscode.Disposable {
  private readonly pages = new Map<JobId, JobDetailsPage>()
  private readonly subscriptions: readonly vscode.Disposable[]
  private readonly words = translateWords((english) => vscode.l10n.t(english))

  constructor(private readonly input: JobDetailsInput) {
    this.subscriptions = [
      input.onDidChange(() => {
        for (const page of this.pages.values()) page.refreshSoon()
      }),
    ]
  }

  /** A page that the editor has kept over a reload. */
  revive(panel: vscode.WebviewPanel, state: unknown): void {
    const id = readStateId(state)
    if (id === null || this.pages.has(id)) panel.dispose()
    else this.open(id, panel)
  }

  /** Shows the page of a job, from its top or at its report: the one it has, or a new one. */
  show(id: JobId, part: 'top' | 'report' = 'top'): void {
    const known = this.pages.get(id)
    const page =
      known ?? this.open(id, vscode.window.createWebviewPanel(jobDetailsViewType, id, vscode.ViewColumn.Active))
    if (known !== undefined) known.reveal()
    if (part === 'report') page.showReport()
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
    for (const page of [...this.pages.values()]) page.close()
  }

  private open(id: JobId, panel: vscode.WebviewPanel): JobDetailsPage {
    const page = new JobDetailsPage(id, panel, this.input, this.words)
    this.pages.set(id, page)
    panel.onDidDispose(() => {
      this.pages.delete(id)
      page.end()
    })
    return page
  }
}

/** One panel and what it was told. */
class JobDetailsPage {
  private readonly feed: JobPageFeed
  private readonly aborter = new AbortController()
  private timer: NodeJS.Timeout | null = null
  /** Of the timer. */
  private dueAtMs = Infinity
  private refreshedAtMs = -Infinity
  private isRefreshing = false
  /** Counts the reasons to draw again that came while it was drawn. */
  private changes = 0
  /** The page has said that it listens. */
  private isReady = false
  private isReportWanted = false

  constructor(
    private readonly id: JobId,
    private readonly panel: vscode.WebviewPanel,
    private readonly input: JobDetailsInput,
    private readonly words: JobPageWords,
  ) {
    const { extensionUri, store, read } = input
    this.feed = new JobPageFeed({ id, store, read, words, translate: (text) => vscode.l10n.t(text), now: Date.now })
    const { webview } = panel
    webview.options = { enableScripts: true, localResourceRoots: [webviewRoot(extensionUri)] }
    webview.onDidReceiveMessage((message: unknown) => this.receive(message))
    panel.onDidChangeViewState(() => {
      // A hidden page is unloaded; it says `ready` again when it is shown.
      if (!panel.visible) this.isReady = false
    })
    webview.html = renderWebviewHtml(webview, extensionUri, 'jobDetails', id)
  }

  reveal(): void {
    this.panel.reveal()
  }

  /** Brings the report into view as soon as there is something to be seen. */
  showReport(): void {
    this.isReportWanted = true
    this.refreshSoon()
  }

  /** Draws what is new, at most five times a second; nothing while hidden. */
  refreshSoon(afterMs = 0): void {
    if (!this.isReady || this.aborter.signal.aborted) return
    if (this.isRefreshing) {
      if (afterMs === 0) this.changes++
      return
    }
    const dueAtMs = performance.now() + Math.max(afterMs, this.refreshedAtMs + refreshMs - performance.now(), 0)
    if (this.timer !== null && this.dueAtMs <= dueAtMs) return
    this.stopTimer()
    this.dueAtMs = dueAtMs
    this.timer = setTimeout(() => void this.refresh(), dueAtMs - performance.now())
  }

  close(): void {
    this.panel.dispose()
  }

  /** The panel is gone. */
  end(): void {
    this.isReady = false
    this.stopTimer()
    this.aborter.abort()
  }

  private receive(message: unknown): void {
    const said = parseFromPage(message)
    if (said === null) this.input.log.error(`The page of job ${this.id} sent a message that is not understood.`)
    else if (said.kind === 'run') this.input.run(commands[commandOf[said.action]], this.id)
    else if (said.kind === 'show') this.input.run(commands.showJob, said.jobId)
    else {
      this.feed.forgetSent()
      this.isReady = true
      this.send([{ kind: 'words', jobId: this.id, words: this.words, locale: vscode.env.language }])
      this.refreshSoon()
    }
  }

  private async refresh(): Promise<void> {
    this.stopTimer()
    if (!this.isReady || !this.panel.visible) return
    this.isRefreshing = true
    const seen = this.changes
    this.refreshedAtMs = performance.now()
    let nextMs: number | null = tickMs
    try {
      const { messages, more, live, title } = await this.feed.next(this.aborter.signal)
      if (title !== null) this.panel.title = shorten(title, maxTabTitle)
      this.send(messages)
      if (this.isReportWanted) this.send([{ kind: 'showReport' }])
      this.isReportWanted = false
      nextMs = more ? 0 : live ? tickMs : null
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.input.log.error(`Could not draw the page of job ${this.id}: ${text}`)
      nextMs = afterFailureMs
    } finally {
      this.isRefreshing = false
    }
    if (this.changes !== seen) this.refreshSoon()
    else if (nextMs !== null) this.refreshSoon(nextMs)
  }

  private send(messages: readonly ToPage[]): void {
    if (messages.length > 0 && !this.aborter.signal.aborted) void this.panel.webview.postMessage(messages)
  }

  private stopTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    this.dueAtMs = Infinity
  }
}

/** The id in what a page has kept over a reload of the window. */
function readStateId(state: unknown): JobId | null {
  if (typeof state !== 'object' || state === null || !('jobId' in state)) return null
  const id = jobIdSchema.safeParse(state.jobId)
  return id.success ? id.data : null
}
