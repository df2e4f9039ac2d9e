// The Tracked view: what is tracked, below each its pull request, its attempts and their logs, and what is the trouble with it.
import * as vscode from 'vscode'
import type { JobDescription } from '../../core/jobs/describeJob'
import type { JobId } from '../../core/jobs/jobId'
import { plainLabel } from '../../core/logs/plainText'
import type { AttemptDescription, TrackDescription } from '../../core/tracking/describeTrack'
import { commands, rowWords } from '../contributions'
import { stateIcon, stateWord } from '../jobs/stateWords'
import { problemItem } from '../treeRows'
import type { TracksModel } from './tracksModel'

const labelChars = 28

/** Which one of a track. */
interface Attempt {
  readonly track: JobId
  readonly number: number
}

export type TrackRow =
  | { readonly kind: 'track'; readonly id: JobId }
  /** What commands of jobs take: an attempt, or a turn of the agent for it. */
  | { readonly kind: 'job'; readonly id: JobId; readonly is: Attempt | 'fix' | 'discussion' }
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
    if (row.kind === 'track') return this.below(row.id)
    if (row.kind !== 'job' || typeof row.is === 'string') return []
    const fix = this.attemptOf(row.is)?.fix ?? null
    return fix === null ? [] : [{ kind: 'job', id: fix, is: 'fix' }]
  }

  private below(id: JobId): TrackRow[] {
    const track = this.model.get(id)
    if (track === null) return []
    const fact = (label: string, value: string, icon: string): TrackRow => ({ kind: 'fact', label, value, icon })
    const metrics = metricsLine(this.model.storedOf(id)?.undertaking.state.attempts.at(-1)?.examined?.metrics ?? [])
    // Why there is no other attempt; of an earlier one its own row tells why.
    const why = track.state === 'running' ? null : (track.attempts.at(-1)?.why ?? null)
    return [
      ...(track.url === null && track.branch === null ? [] : [{ kind: 'link' as const, track: id }]),
      ...(metrics === '' ? [] : [fact(vscode.l10n.t('Results'), metrics, 'graph-line')]),
      ...track.unfetched.map((problem) => fact(vscode.l10n.t('Not fetched'), problem, 'warning')),
      ...track.attempts.map(({ number, job }): TrackRow => ({ kind: 'job', id: job, is: { track: id, number } })),
      ...(why === null ? [] : [fact(vscode.l10n.t('Not run again'), why, 'info')]),
      ...(track.discussion === null ? [] : [{ kind: 'job' as const, id: track.discussion, is: 'discussion' as const }]),
      fact(vscode.l10n.t('Tracks'), track.tracked, 'eye'),
      ...(track.problem === null ? [] : [fact(vscode.l10n.t('Trouble'), track.problem, 'warning')]),
      ...track.kept.map((worktree) => fact(vscode.l10n.t('Worktree kept'), worktree, 'folder')),
    ]
  }

  getTreeItem(row: TrackRow): vscode.TreeItem {
    switch (row.kind) {
      case 'track':
        return this.trackItem(row.id)
      case 'job':
        if (typeof row.is !== 'string') return this.attemptItem(row.is)
        return jobItem(
          row.id,
          row.is === 'fix' ? vscode.l10n.t('Fix by the agent') : vscode.l10n.t('Discussion'),
          '',
          'comment-discussion',
        )
      case 'link': {
        const track = this.model.get(row.track)
        const url = track?.url ?? null
        const item = new vscode.TreeItem(url === null ? vscode.l10n.t('Results branch') : vscode.l10n.t('Pull request'))
        item.id = `${row.track}/link`
        item.description = plainLabel(url === null ? (track?.branch ?? '') : pullRequestName(url), 120)
        item.tooltip = plainLabel(url ?? track?.branch ?? '', 400)
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
    item.description = trackLine(track)
    item.iconPath = stateIcon(track.state)
    item.tooltip = plainLabel(track.summary ?? `${track.tracked} — ${track.stage}`, 800)
    item.contextValue = [
      rowWords.track,
      ...(track.state === 'running' ? [rowWords.live] : []),
      ...(track.url === null ? [] : [rowWords.pullRequest]),
    ].join(' ')
    item.accessibilityInformation = { label: `${track.experiment}, ${trackLine(track)}` }
    return item
  }

  private attemptItem(of: Attempt): vscode.TreeItem {
    const attempt = this.attemptOf(of)
    const label = attemptName(of.number, this.model.get(of.track))
    if (attempt === null) return new vscode.TreeItem(label)
    const live = attempt.outcome === null ? this.model.describeJob(attempt.job) : null
    // Its icon says that it has failed; why is what a person looks for.
    const said = live === null ? (attempt.failure ?? endOf(attempt)) : liveLine(live)
    const item = jobItem(attempt.job, label, said, null)
    item.iconPath = stateIcon(attempt.outcome ?? live?.state ?? 'running')
    item.tooltip = plainLabel([said, attempt.why ?? ''].filter((text) => text !== '').join(' — '), 800)
    item.accessibilityInformation = {
      label: [label, attempt.end === null ? '' : endOf(attempt), said].join(', '),
    }
    if (attempt.fix !== null) item.collapsibleState = vscode.TreeItemCollapsibleState.Collapsed
    return item
  }

  private attemptOf({ track, number }: Attempt): AttemptDescription | null {
    return this.model.get(track)?.attempts.find((one) => one.number === number) ?? null
  }
}

/** That a process of somebody else's has ended is all that is known of it. */
function endOf({ end }: AttemptDescription): string {
  return end === 'ended' ? vscode.l10n.t('ended') : stateWord(end ?? 'running')
}

/** Where it stands, in a few words. */
function trackLine({ state, stage, unfetched, problem }: TrackDescription): string {
  if (state === 'running') return plainLabel(stage, 200)
  return [
    // Its stage tells a lost one from one whose end nobody here was told.
    state === 'lost' ? plainLabel(stage, 200) : stateWord(state),
    ...(unfetched.length > 0 ? [vscode.l10n.t('not all results were fetched')] : []),
    ...(problem === null ? [] : [vscode.l10n.t('trouble with its pull request')]),
  ].join(' · ')
}

/** How many there may be matters while there may be more. */
function attemptName(number: number, track: TrackDescription | null): string {
  if (track === null || track.of === 1) return vscode.l10n.t('Job')
  return track.state === 'running'
    ? vscode.l10n.t('Attempt {0} of {1}', number, track.of)
    : vscode.l10n.t('Attempt {0}', number)
}

/** `running`, `waiting · until …`: as the view of jobs has it. */
function liveLine({ state, waitsFor }: JobDescription): string {
  return plainLabel([stateWord(state), waitsFor ?? ''].filter((text) => text !== '').join(' · '), 160)
}

function metricsLine(metrics: readonly { name: string; best: number | null; last: number }[]): string {
  return metrics.map(({ name, best, last }) => `${name} ${Number((best ?? last).toPrecision(6))}`).join(', ')
}

/** `ada/space #6` of its address, which is longer than a column; what is no such address stays. */
function pullRequestName(url: string): string {
  return url.replace(/^https?:\/\/[^/]+\/([^/]+\/[^/]+)\/pull\/(\d+)$/, '$1 #$2')
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
