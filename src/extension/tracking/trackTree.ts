// The Tracked view: what is tracked, below each its pull request, its attempts and their logs, and what is the trouble with it.
import * as vscode from 'vscode'
import type { JobId } from '../../core/jobs/jobId'
import { plainLabel } from '../../core/logs/plainText'
import type { AttemptDescription } from '../../core/tracking/describeTrack'
import { commands, rowWords } from '../contributions'
import { stateIcon, stateWord } from '../jobs/stateWords'
import { problemItem } from '../treeRows'
import type { TracksModel } from './tracksModel'

const labelChars = 40

export type TrackRow =
  | { readonly kind: 'track'; readonly id: JobId }
  | { readonly kind: 'attempt'; readonly track: JobId; readonly number: number }
  | { readonly kind: 'job'; readonly id: JobId; readonly label: string }
  | { readonly kind: 'link'; readonly track: JobId }
  | { readonly kind: 'fact'; readonly label: string; readonly value: string; readonly icon: string }
  | { readonly kind: 'problem'; readonly text: string }

export class TrackTree implements vscode.TreeDataProvider<TrackRow>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>()
  readonly onDidChangeTreeData = this.changed.event
  private readonly subscription: vscode.Disposable

  constructor(private readonly model: TracksModel) {
    this.subscription = model.onDidChange(() => this.changed.fire(undefined))
  }

  dispose(): void {
    this.subscription.dispose()
    this.changed.dispose()
  }

  getChildren(row?: TrackRow): TrackRow[] {
    if (row === undefined)
      return [
        ...this.model.problems.map((text): TrackRow => ({ kind: 'problem', text })),
        ...this.model.tracks.map(({ id }): TrackRow => ({ kind: 'track', id })),
      ]
    if (row.kind === 'track') {
      const track = this.model.get(row.id)
      if (track === null) return []
      return [
        ...(track.url === null && track.branch === null ? [] : [{ kind: 'link' as const, track: row.id }]),
        ...track.attempts.map(({ number }): TrackRow => ({ kind: 'attempt', track: row.id, number })),
        ...(track.discussion === null
          ? []
          : [{ kind: 'job' as const, id: track.discussion, label: vscode.l10n.t('Discussion') }]),
        { kind: 'fact', label: vscode.l10n.t('Tracks'), value: track.tracked, icon: 'eye' },
        ...(track.problem === null
          ? []
          : [{ kind: 'fact' as const, label: vscode.l10n.t('Trouble'), value: track.problem, icon: 'warning' }]),
      ]
    }
    if (row.kind !== 'attempt') return []
    const fix = this.attemptOf(row)?.fix ?? null
    return fix === null ? [] : [{ kind: 'job', id: fix, label: vscode.l10n.t('Fix by the agent') }]
  }

  getTreeItem(row: TrackRow): vscode.TreeItem {
    switch (row.kind) {
      case 'track':
        return this.trackItem(row.id)
      case 'attempt':
        return this.attemptItem(row)
      case 'job':
        return jobItem(row.id, row.label, '', 'comment-discussion')
      case 'link': {
        const track = this.model.get(row.track)
        const url = track?.url ?? null
        const item = new vscode.TreeItem(url === null ? vscode.l10n.t('Results branch') : vscode.l10n.t('Pull request'))
        item.id = `${row.track}/link`
        item.description = plainLabel(url ?? track?.branch ?? '', 120)
        item.iconPath = new vscode.ThemeIcon(url === null ? 'git-branch' : 'git-pull-request')
        item.command = { command: commands.openPullRequest, title: '', arguments: [row.track] }
        return item
      }
      case 'fact': {
        const item = new vscode.TreeItem(row.label)
        item.description = plainLabel(row.value, 160)
        item.tooltip = plainLabel(`${row.label}: ${row.value}`, 800)
        // Without one the row would stand further left than the others.
        item.iconPath = new vscode.ThemeIcon(row.icon)
        return item
      }
      case 'problem':
        return problemItem(row.text)
    }
  }

  private trackItem(id: JobId): vscode.TreeItem {
    const track = this.model.get(id)
    if (track === null) return new vscode.TreeItem(id)
    const item = new vscode.TreeItem(
      plainLabel(track.experiment, labelChars),
      track.state === 'running' ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed,
    )
    item.id = id
    item.description = track.state === 'running' ? track.stage : stateWord(track.state)
    item.iconPath = stateIcon(track.state)
    item.tooltip = plainLabel(track.summary ?? `${track.tracked} — ${track.stage}`, 800)
    item.contextValue = [
      rowWords.track,
      ...(track.state === 'running' ? [rowWords.live] : []),
      ...(track.url === null ? [] : [rowWords.pullRequest]),
    ].join(' ')
    item.accessibilityInformation = { label: `${track.experiment}, ${track.stage}` }
    return item
  }

  private attemptItem(row: Extract<TrackRow, { kind: 'attempt' }>): vscode.TreeItem {
    const attempt = this.attemptOf(row)
    const of = this.model.get(row.track)?.of ?? 1
    const label = of > 1 ? vscode.l10n.t('Attempt {0} of {1}', row.number, of) : vscode.l10n.t('Job')
    if (attempt === null) return new vscode.TreeItem(label)
    const said = [attempt.outcome === null ? '' : stateWord(attempt.outcome), attempt.failure ?? '']
    const item = jobItem(attempt.job, label, said.filter((one) => one !== '').join(', '), null)
    item.iconPath = stateIcon(attempt.outcome ?? 'running')
    if (attempt.why !== null) item.tooltip = plainLabel(attempt.why, 400)
    if (attempt.fix !== null) item.collapsibleState = vscode.TreeItemCollapsibleState.Collapsed
    return item
  }

  private attemptOf({ track, number }: Extract<TrackRow, { kind: 'attempt' }>): AttemptDescription | null {
    return this.model.get(track)?.attempts.find((one) => one.number === number) ?? null
  }
}

/** A job as in the view of jobs: a click shows its log. */
function jobItem(id: JobId, label: string, description: string, icon: string | null): vscode.TreeItem {
  const item = new vscode.TreeItem(label)
  item.id = id
  item.description = description
  if (icon !== null) item.iconPath = new vscode.ThemeIcon(icon)
  item.contextValue = `${rowWords.job} ${rowWords.hasLog}`
  item.command = { command: commands.showLog, title: vscode.l10n.t('Show Log'), arguments: [id] }
  return item
}
