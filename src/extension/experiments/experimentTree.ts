// The Experiments view: runs, the newest first, some at a time; below each what came of it and where it lies.
import path from 'node:path'
import * as vscode from 'vscode'
import type { ParamValue } from '../../core/experiments/registryRecord'
import { formatDuration, formatNumber } from '../../core/followUps/quantities'
import { showInvisible } from '../../core/logs/plainText'
import { stateIcon } from '../jobs/stateWords'
import { commands, rowWords, showMoreRuns } from '../contributions'
import { moreItem, problemItem } from '../treeRows'
import { type ExperimentsModel, runDirectory, runIdOf, type ShownRun, templateOf } from './experimentsModel'
import { runDescription, runLabel, runState, statusWord } from './runWords'

/** How many runs a click on "more" adds. */
const pageSize = 50
const shownParams = 40
const shownMetrics = 40
/** Times are told relative to now. */
const redrawMs = 60_000

export type RunRowItem =
  | { readonly kind: 'run'; readonly key: string }
  | { readonly kind: 'fact'; readonly item: vscode.TreeItem }
  | { readonly kind: 'more' }
  | { readonly kind: 'problem'; readonly text: string }

export class ExperimentTree implements vscode.TreeDataProvider<RunRowItem>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>()
  readonly onDidChangeTreeData = this.changed.event
  private readonly subscriptions: readonly { dispose(): void }[]
  /** The same object each time, for VS Code tells rows by it. */
  private readonly rows = new Map<string, RunRowItem>()
  private shown = pageSize

  constructor(private readonly model: ExperimentsModel) {
    const timer = setInterval(() => this.changed.fire(undefined), redrawMs)
    this.subscriptions = [
      this.changed,
      model.onDidChange(() => this.changed.fire(undefined)),
      new vscode.Disposable(() => clearInterval(timer)),
    ]
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
  }

  showMore(): void {
    this.shown += pageSize
    this.changed.fire(undefined)
  }

  async getChildren(row?: RunRowItem): Promise<RunRowItem[]> {
    if (row === undefined) {
      await this.model.untilRead()
      const { runs, problems } = this.model
      const told = problems.map((text): RunRowItem => ({ kind: 'problem', text }))
      const own = runs.slice(0, this.shown).map(({ key }) => this.rowOf(key))
      return [...told, ...own, ...(runs.length > this.shown ? [{ kind: 'more' } as const] : [])]
    }
    const run = row.kind === 'run' ? this.model.find(row.key) : null
    return run === null ? [] : factsOf(run).map((item): RunRowItem => ({ kind: 'fact', item }))
  }

  getTreeItem(row: RunRowItem): vscode.TreeItem {
    switch (row.kind) {
      case 'run': {
        const run = this.model.find(row.key)
        return run === null ? new vscode.TreeItem('') : this.runItem(run)
      }
      case 'fact':
        return row.item
      case 'more':
        return moreItem(showMoreRuns)
      case 'problem':
        return problemItem(row.text)
    }
  }

  private rowOf(key: string): RunRowItem {
    const row = this.rows.get(key) ?? { kind: 'run', key }
    this.rows.set(key, row)
    return row
  }

  private runItem(run: ShownRun): vscode.TreeItem {
    const now = Date.now()
    const item = new vscode.TreeItem(runLabel(run), vscode.TreeItemCollapsibleState.Collapsed)
    item.id = run.key
    item.description = runDescription(run, now)
    item.iconPath = iconOf(run)
    item.contextValue = contextOf(run, this.model.jobOf(run) !== null)
    item.tooltip = tooltipOf(run)
    const best = run.kind === 'recorded' && run.row.isBest ? [vscode.l10n.t('the best run of its metric')] : []
    item.accessibilityInformation = {
      label: [runIdOf(run), statusWord(run), ...best, runDescription(run, now)].join(', '),
    }
    return item
  }
}

function iconOf(run: ShownRun): vscode.ThemeIcon {
  if (run.kind === 'live') return stateIcon(run.live.state)
  switch (run.row.status) {
    case 'success':
      return stateIcon('succeeded')
    case 'failed':
      return stateIcon('failed')
    case 'canceled':
      return stateIcon('stopped')
  }
}

function contextOf(run: ShownRun, hasJob: boolean): string {
  const words: string[] = [rowWords.run]
  if (run.kind === 'recorded') words.push(rowWords.recorded)
  if (hasJob) words.push(rowWords.runJob)
  if (templateOf(run) !== null) words.push(rowWords.fromTemplate)
  if (runDirectory(run) !== null) words.push(rowWords.runFolder)
  return words.join(' ')
}

function tooltipOf(run: ShownRun): string {
  const lines = [runIdOf(run), `${statusWord(run)}: ${runState(run)}`]
  if (run.kind === 'recorded') {
    const { record, durationMs } = run.row
    if (record.startedAt !== null) lines.push(new Date(record.startedAt).toLocaleString())
    if (durationMs !== null) lines.push(formatDuration(durationMs))
    if (record.error !== null) lines.push(record.error)
  }
  return showInvisible(lines.join('\n'))
}

/** Its metrics, then its settings, then where it lies. */
function factsOf(run: ShownRun): vscode.TreeItem[] {
  const params = run.kind === 'live' ? run.live.experiment.params : run.row.params
  const settings = Object.entries(params)
    .slice(0, shownParams)
    .map(([name, value]) => fact(name, paramText(value), 'settings'))
  const directory = runDirectory(run)
  const places =
    directory === null
      ? []
      : [
          fact(
            vscode.l10n.t('Folder'),
            path.relative(run.folder, directory),
            'folder',
            commandOf(run, 'revealRunFolder'),
          ),
        ]
  if (run.kind === 'live') return [...settings, ...places]
  const { metrics, primary, record, seed } = run.row
  const numbers = Object.entries(metrics)
    .sort(([a], [b]) => Number(b === primary?.name) - Number(a === primary?.name))
    .slice(0, shownMetrics)
    .map(([name, value]) => fact(name, formatNumber(value), name === primary?.name ? 'star-full' : 'graph'))
  const commit = record.git.commit
  return [
    ...(record.error === null ? [] : [fact(vscode.l10n.t('Error'), record.error, 'error')]),
    ...numbers,
    ...settings,
    ...(seed === null || 'seed' in params ? [] : [fact('seed', String(seed), 'settings')]),
    ...(commit === null ? [] : [fact(vscode.l10n.t('Commit'), commitText(commit, record.git.dirty), 'git-commit')]),
    ...(record.paths.trainLog === null
      ? []
      : [fact(vscode.l10n.t('Log'), record.paths.trainLog, 'output', commandOf(run, 'showRunLog'))]),
    ...places,
  ]
}

function commitText(commit: string, dirty: boolean | null): string {
  const short = commit.slice(0, 12)
  return dirty === true ? vscode.l10n.t('{0}, with changes that are not committed', short) : short
}

function commandOf({ key }: ShownRun, name: 'revealRunFolder' | 'showRunLog'): vscode.Command {
  return { command: commands[name], title: '', arguments: [key] }
}

function paramText(value: ParamValue): string {
  return typeof value === 'number' ? formatNumber(value) : String(value)
}

function fact(label: string, value: string, icon: string, command?: vscode.Command): vscode.TreeItem {
  const item = new vscode.TreeItem(showInvisible(label).slice(0, 80))
  item.description = showInvisible(value).replace(/\s+/g, ' ').slice(0, 200)
  item.iconPath = new vscode.ThemeIcon(icon)
  item.tooltip = showInvisible(`${label}\n${value}`)
  item.accessibilityInformation = { label: showInvisible(`${label}, ${value}`) }
  if (command !== undefined) item.command = command
  return item
}
