// The page with the table of runs: it is told the rows that changed, and reads numbers over time only for what somebody looks at.
import path from 'node:path'
import * as vscode from 'vscode'
import { compareLines, compareSeries, curvesOf, type RunSeries } from '../../core/experiments/compareSeries'
import type {
  FromExperiments,
  PageRun,
  RunAction,
  RunCurves,
  ToExperiments,
} from '../../core/experiments/experimentsPage'
import { translateExperimentsWords } from '../../core/experiments/experimentsWords'
import { type LiveRun, maxTableRuns, type PageRuns, pageRuns } from '../../core/experiments/pageRuns'
import { parseChoices, parseFromExperiments } from '../../core/experiments/readExperimentsPage'
import type { CellValue, RunColumn } from '../../core/experiments/runColumns'
import type { RunRow } from '../../core/experiments/runTable'
import { renderCsv } from '../../core/experiments/tableCsv'
import { plainNotice } from '../../core/logs/plainText'
import { isRelayError, RelayError } from '../../core/relayError'
import type { RunNumbers } from '../../store/experiments/runNumbers'
import { currentAttempt } from '../../core/jobs/job'
import { type Command, commands, runTableViewType } from '../contributions'
import { renderWebviewHtml, webviewRoot } from '../webviewHtml'
import type { ExperimentsModel, ShownRun } from './experimentsModel'
import { requireTrust } from '../requireTrust'

/** One message must not hold up the page for long. */
const rowsPerMessage = 200
const curvesPerMessage = 20
/** The numbers of a run that goes on are read again so often while it is compared. */
const followMs = 3_000
/** Long logs are read less often: so many times what the last reading took is waited. */
const restTimes = 10
const choicesKey = 'relay.runTable.choices'

const commandOf: Readonly<Record<RunAction, Command>> = {
  openReport: 'showRunReport',
  showLog: 'showRunLog',
  showJob: 'showRunJob',
  runAgain: 'runAgain',
  copyId: 'copyRunId',
  revealFolder: 'revealRunFolder',
}

export interface RunTableInput {
  readonly extensionUri: vscode.Uri
  readonly model: ExperimentsModel
  readonly numbers: RunNumbers
  readonly memento: vscode.Memento
  readonly log: Pick<vscode.LogOutputChannel, 'error'>
}

export class RunTablePanel implements vscode.Disposable {
  private readonly words = translateExperimentsWords((english) => vscode.l10n.t(english))
  private readonly subscriptions: readonly vscode.Disposable[]
  private panel: vscode.WebviewPanel | null = null
  /** The page has said that it listens. */
  private isReady = false
  private sent = new Map<string, string>()
  private sentColumns = ''
  private sentNotes: string | null = null
  private sending: Promise<void> = Promise.resolve()
  private aborter = new AbortController()
  private readonly curves = new Map<string, RunCurves>()
  private wanted: string[] = []
  private isReadingCurves = false
  private compared: { readonly keys: readonly string[]; runs: Promise<readonly RunSeries[]> } | null = null
  private following: NodeJS.Timeout | null = null
  /** Runs to compare as soon as the page is there. */
  private asked: readonly string[] = []

  constructor(private readonly input: RunTableInput) {
    this.subscriptions = [
      input.model.onDidChange(() => this.sendRows()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.startAnew()),
    ]
  }

  /** Shows the table; with `keys`, these runs side by side. */
  show(keys: readonly string[] = []): void {
    this.asked = keys
    if (this.panel === null) {
      const title = vscode.l10n.t('Experiments')
      this.take(vscode.window.createWebviewPanel(runTableViewType, title, vscode.ViewColumn.Active))
    } else this.panel.reveal()
    this.sendAsked()
  }

  /** The window was loaded again with the page open. */
  async restore(panel: vscode.WebviewPanel): Promise<void> {
    if (this.panel !== null) panel.dispose()
    else this.take(panel)
    await this.input.model.untilRead()
  }

  async exportAll(): Promise<void> {
    const { columns, rows } = this.render()
    if (rows.length === 0) throw new RelayError('no_run', vscode.l10n.t('No runs are recorded yet.'))
    await this.export(
      rows.map(({ key }) => key),
      columns.map(({ id }) => id),
    )
  }

  /** The page itself stays: a window that is closed opens it again. */
  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
    this.pause()
  }

  private take(panel: vscode.WebviewPanel): void {
    const { extensionUri } = this.input
    this.panel = panel
    const { webview } = panel
    webview.options = { enableScripts: true, localResourceRoots: [webviewRoot(extensionUri)] }
    webview.onDidReceiveMessage((message: unknown) => this.receive(message))
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media/relay.svg')
    panel.onDidChangeViewState(() => {
      // A hidden page is unloaded; it says `ready` again when it is shown.
      if (!panel.visible) this.pause()
    })
    panel.onDidDispose(() => {
      this.pause()
      this.panel = null
    })
    webview.html = renderWebviewHtml(webview, extensionUri, 'experiments', this.words.page.title)
  }

  private pause(): void {
    this.isReady = false
    this.aborter.abort()
    this.aborter = new AbortController()
    this.wanted = []
    this.compared = null
    this.stopFollowing()
  }

  private receive(message: unknown): void {
    const said = parseFromExperiments(message)
    if (said === null) {
      this.input.log.error('The page of experiments sent a message that is not understood.')
      return
    }
    this.report(this.act(said))
  }

  private report(acting: Promise<void>): void {
    const { signal } = this.aborter
    acting.catch((error: unknown) => {
      if (signal.aborted) return
      if (isRelayError(error)) void vscode.window.showErrorMessage(plainNotice(error.message))
      else this.input.log.error(error instanceof Error ? (error.stack ?? error.message) : String(error))
    })
  }

  private async act(said: FromExperiments): Promise<void> {
    switch (said.kind) {
      case 'ready':
        await this.input.model.untilRead()
        this.startAnew()
        return
      case 'choices':
        // What is looked for now is not what is looked for the next time.
        await this.input.memento.update(choicesKey, { ...said.choices, filter: '' })
        return
      case 'run':
        await vscode.commands.executeCommand(commands[commandOf[said.action]], said.key)
        return
      case 'runExperiment':
        await vscode.commands.executeCommand(commands.runExperiment)
        return
      case 'curves':
        this.wanted.push(...said.keys)
        await this.readCurves()
        return
      case 'compare':
        await this.compare(said.keys)
        return
      case 'points':
        await this.sendPoints(said.id, said.keys)
        return
      case 'export':
        await this.export(said.keys, said.columns)
        return
    }
  }

  /** The page knows nothing. */
  private startAnew(): void {
    if (this.panel === null) return
    this.isReady = true
    this.sent = new Map()
    this.sentColumns = ''
    this.sentNotes = null
    const choices = parseChoices(this.input.memento.get(choicesKey))
    const restricted = !vscode.workspace.isTrusted
    this.post([{ kind: 'words', words: this.words, locale: vscode.env.language, choices, restricted }])
    this.sendRows()
    this.sendAsked()
  }

  private sendAsked(): void {
    if (!this.isReady || this.asked.length === 0) return
    this.post([{ kind: 'compare', keys: this.asked }])
    this.asked = []
  }

  /** What is other than the page knows; nothing while it is hidden. */
  private sendRows(): void {
    if (!this.isReady) return
    const { columns, rows, hidden } = this.render()
    const columnsText = JSON.stringify(columns)
    if (columnsText !== this.sentColumns) {
      this.post([{ kind: 'columns', columns }])
      this.sentColumns = columnsText
    }
    const keys = new Set(rows.map(({ key }) => key))
    const removed = [...this.sent.keys()].filter((key) => !keys.has(key))
    for (const key of removed) this.sent.delete(key)
    const changed = rows.filter((row) => {
      const text = JSON.stringify(row)
      if (this.sent.get(row.key) === text) return false
      this.sent.set(row.key, text)
      return true
    })
    const notes = [
      ...this.input.model.problems,
      ...(hidden === 0
        ? []
        : [
            vscode.l10n.t('{0} older runs are left out: the newest {1} are shown, and the best.', hidden, maxTableRuns),
          ]),
    ]
    if (changed.length === 0 && removed.length === 0 && this.sentNotes === notes.join('\n')) return
    this.sentNotes = notes.join('\n')
    let from = 0
    do {
      const piece = changed.slice(from, from + rowsPerMessage)
      from += rowsPerMessage
      const done = from >= changed.length
      this.post([{ kind: 'rows', rows: piece, removed: done ? removed : [], notes, done }])
    } while (from < changed.length)
  }

  private render(): PageRuns {
    const { model } = this.input
    return pageRuns(model.folders, this.words, ({ key }, run) => this.actionsOf(key, run))
  }

  private actionsOf(folder: string, run: RunRow | LiveRun): readonly RunAction[] {
    const isRecorded = 'record' in run
    const jobId = isRecorded ? run.record.jobId : run.jobId
    const template = isRecorded ? run.template : run.experiment.template
    const hasFolder = !isRecorded || run.record.paths.runDir !== null
    return [
      ...(isRecorded ? (['openReport'] as const) : []),
      'showLog',
      ...(jobId !== null ? (['showJob'] as const) : []),
      ...(template !== null && vscode.workspace.isTrusted ? (['runAgain'] as const) : []),
      'copyId',
      ...(hasFolder && folder !== '' ? (['revealFolder'] as const) : []),
    ]
  }

  /** One message after the other, so that a large table does not come all at once. */
  private post(messages: readonly ToExperiments[]): void {
    const { panel } = this
    this.sending = this.sending.then(async () => {
      if (panel !== null && panel === this.panel && this.isReady) await panel.webview.postMessage(messages)
    })
  }

  private async readCurves(): Promise<void> {
    if (this.isReadingCurves) return
    this.isReadingCurves = true
    const { signal } = this.aborter
    try {
      let found: RunCurves[] = []
      while (this.wanted.length > 0 && !signal.aborted) {
        // Last asked is in sight now.
        const key = this.wanted.pop() ?? ''
        const run = this.input.model.find(key)
        if (run === null) continue
        const curves = curvesOf(await this.readSeries(run, signal))
        this.curves.set(key, curves)
        found.push(curves)
        if (found.length < curvesPerMessage && this.wanted.length > 0) continue
        this.post([{ kind: 'curves', curves: found }])
        found = []
      }
      if (found.length > 0) this.post([{ kind: 'curves', curves: found }])
    } finally {
      this.isReadingCurves = false
    }
  }

  private async readSeries(run: ShownRun, signal: AbortSignal): Promise<RunSeries> {
    const { model, numbers } = this.input
    const stored = model.jobOf(run)
    const jobLog =
      stored === null || currentAttempt(stored.job) === null ? null : stored.paths.attempt(stored.job.attempt).log
    const places =
      run.kind === 'live'
        ? { runDir: run.live.experiment.runDir, trainLog: null }
        : { runDir: run.row.record.paths.runDir, trainLog: run.row.record.paths.trainLog }
    const series = await numbers.read(run.key, { folder: run.folder, ...places, jobLog }, signal)
    return { key: run.key, primary: run.kind === 'live' ? run.live.experiment.primary : run.row.primary, series }
  }

  /** Fewer than two: nothing is compared any more. */
  private async compare(keys: readonly string[]): Promise<void> {
    this.stopFollowing()
    this.compared = null
    if (keys.length < 2) return
    const { signal } = this.aborter
    const runs = keys.flatMap((key) => this.input.model.find(key) ?? [])
    const beganMs = performance.now()
    const compared = { keys, runs: this.readCompared(runs, signal) }
    this.compared = compared
    const series = compareSeries(await compared.runs)
    if (this.compared !== compared) return // Others are by now.
    this.post([{ kind: 'series', keys, series }])
    if (runs.length < 2 || !runs.some(({ kind }) => kind === 'live')) return
    const restMs = Math.max(followMs, restTimes * (performance.now() - beganMs))
    this.following = setTimeout(() => this.report(this.compare(keys)), restMs)
  }

  private async readCompared(runs: readonly ShownRun[], signal: AbortSignal): Promise<readonly RunSeries[]> {
    const read: RunSeries[] = []
    for (const run of runs) read.push(await this.readSeries(run, signal))
    return read
  }

  private async sendPoints(id: string, keys: readonly string[]): Promise<void> {
    const { compared } = this
    if (compared === null || !this.isCompared(keys)) return
    this.post([{ kind: 'points', id, lines: compareLines(await compared.runs, id) }])
  }

  private isCompared(keys: readonly string[]): boolean {
    return this.compared?.keys.join('\n') === keys.join('\n')
  }

  private stopFollowing(): void {
    if (this.following !== null) clearTimeout(this.following)
    this.following = null
  }

  /** Writes the file that the person chooses. */
  private async export(keys: readonly string[], columnIds: readonly string[]): Promise<void> {
    requireTrust()
    const rendered = this.render()
    const columns = columnIds.flatMap((id) => this.columnOf(rendered.columns, id) ?? [])
    const rows = new Map(rendered.rows.map((row) => [row.key, row]))
    const text = renderCsv(
      columns,
      keys.flatMap((key) => {
        const row = rows.get(key)
        return row === undefined ? [] : [columns.map(({ id }) => this.cellOf(rendered.columns, row, id))]
      }),
    )
    const root = this.input.model.folders[0]?.root
    const uri = await vscode.window.showSaveDialog({
      ...(root === undefined ? {} : { defaultUri: vscode.Uri.file(path.join(root, 'runs.csv')) }),
      filters: { CSV: ['csv'] },
      title: vscode.l10n.t('Export Runs as CSV'),
    })
    if (uri === undefined) return
    await vscode.workspace.fs.writeFile(uri, Buffer.from(text, 'utf8'))
    const open = vscode.l10n.t('Open')
    const message = vscode.l10n.t('{0} runs were written to {1}.', keys.length, path.basename(uri.fsPath))
    if ((await vscode.window.showInformationMessage(plainNotice(message), open)) === open)
      await vscode.window.showTextDocument(uri)
  }

  /** The page has columns of its own for the best and the last value of a metric. */
  private columnOf(columns: readonly RunColumn[], id: string): RunColumn | undefined {
    const own = columns.find((column) => column.id === id)
    const [which, name] = splitCurve(id)
    if (own !== undefined || name === null) return own
    return { id, label: `${name} ${this.words.page[which]}`, group: 'curve', kind: 'number', isUsual: false }
  }

  private cellOf(columns: readonly RunColumn[], row: PageRun, id: string): CellValue {
    const at = columns.findIndex((column) => column.id === id)
    if (at >= 0) return row.cells[at] ?? null
    const [which, name] = splitCurve(id)
    return name === null ? null : (this.curves.get(row.key)?.metrics[name]?.[which] ?? null)
  }
}

function splitCurve(id: string): ['best' | 'last', string | null] {
  if (id.startsWith('best:')) return ['best', id.slice('best:'.length)]
  return id.startsWith('last:') ? ['last', id.slice('last:'.length)] : ['best', null]
}
