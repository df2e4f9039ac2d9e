// All that shows tracks and begins them, in a file of its own that is loaded when there is one, or when somebody asks.
import * as vscode from 'vscode'
import { escapeMarkdown } from '../../core/chat/chatMarkdown'
import { jobIdSchema, type JobId } from '../../core/jobs/jobId'
import { shorten } from '../../core/jobs/jobWords'
import { plainLabel } from '../../core/logs/plainText'
import { RelayError } from '../../core/relayError'
import type { AttemptDescription, TrackDescription } from '../../core/tracking/describeTrack'
import { UndertakingRequests } from '../../store/undertakings/undertakingRequests'
import { requireTrust } from '../chat/trust'
import { commands, rowWords } from '../contributions'
import { stateIcon, stateWord } from '../jobs/stateWords'
import { beginTrack } from './beginTrack'
import { TrackNotices } from './trackNotices'
import type { TrackCommand, TracksHost } from './tracksGate'
import { TracksModel } from './tracksModel'

const labelChars = 40

export type TrackRow =
  | { readonly kind: 'track'; readonly id: JobId }
  | { readonly kind: 'attempt'; readonly track: JobId; readonly number: number }
  | { readonly kind: 'job'; readonly id: JobId; readonly label: string }
  | { readonly kind: 'link'; readonly track: JobId }
  | { readonly kind: 'fact'; readonly label: string; readonly value: string }
  | { readonly kind: 'problem'; readonly text: string }

export class Tracks implements vscode.TreeDataProvider<TrackRow>, vscode.Disposable {
  readonly acts: Readonly<Record<TrackCommand, (...words: readonly unknown[]) => Promise<void>>>
  readonly onDidChangeTreeData: vscode.Event<void>
  private readonly model: TracksModel
  private readonly notices: TrackNotices

  constructor(private readonly host: TracksHost) {
    this.model = new TracksModel(host.model)
    this.onDidChangeTreeData = this.model.onDidChange
    this.notices = new TrackNotices(this.model, host.log)
    this.acts = {
      trackJob: async (...words) => {
        if (await beginTrack(this.host, words)) this.model.refresh()
      },
      stopTrack: (row) => this.stop(row),
      openPullRequest: async (row) => {
        const { url, id } = this.find(row)
        if (url === null) return this.show(id)
        await vscode.env.openExternal(vscode.Uri.parse(url, true))
      },
      showTrack: (row) => this.show(this.find(row).id),
      copyTrackId: async (row) => vscode.env.clipboard.writeText(this.find(row).id),
    }
  }

  dispose(): void {
    this.notices.dispose()
    this.model.dispose()
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
        { kind: 'fact', label: vscode.l10n.t('Tracks'), value: track.tracked },
        ...(track.problem === null
          ? []
          : [{ kind: 'fact' as const, label: vscode.l10n.t('Trouble'), value: track.problem }]),
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
        return item
      }
      case 'problem': {
        const item = new vscode.TreeItem(plainLabel(row.text, 160))
        item.iconPath = new vscode.ThemeIcon('warning')
        return item
      }
    }
  }

  /** `/track` of @relay: no model is asked, and nothing begins before its button and its approval. */
  answer(stream: vscode.ChatResponseStream, prompt: string): void {
    this.model.refresh()
    const word = prompt.trim()
    const shown = this.model.tracks.slice(0, 10)
    if (word === '' || /^(?:list|status)$/i.test(word)) {
      stream.markdown(
        shown.length === 0
          ? vscode.l10n.t('Nothing is tracked yet.')
          : shown
              .map(
                (one) =>
                  `- ${escapeMarkdown(`${one.experiment}: ${one.stage}`)}${one.url === null ? '' : ` — ${escapeMarkdown(one.url)}`}`,
              )
              .join('\n'),
      )
      stream.button({ title: vscode.l10n.t('Track Job…'), command: commands.trackJob })
      return
    }
    requireTrust()
    const isSlurm = /^\d{1,12}(?:_\d{1,9})?$/.test(word)
    stream.markdown(
      isSlurm
        ? vscode.l10n.t('SLURM job {0}: everything that tracking it can make happen is shown first.', word)
        : vscode.l10n.t('Everything that tracking this can make happen is shown before anything runs:'),
    )
    if (!isSlurm) stream.markdown(`\n\n\`\`\`sh\n${word.replaceAll('```', "'''").slice(0, 2000)}\n\`\`\`\n`)
    stream.button({
      title: vscode.l10n.t('Track Job…'),
      command: commands.trackJob,
      arguments: [isSlurm ? { slurm: word } : { command: word }],
    })
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

  private async stop(row: unknown): Promise<void> {
    requireTrust()
    const track = this.find(row)
    const stop = vscode.l10n.t('Stop')
    const detail = vscode.l10n.t(
      'What it has launched is stopped; what it has adopted goes on. Its pull request says so.',
    )
    const question = vscode.l10n.t('Stop tracking “{0}”?', shorten(track.experiment, 60))
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, stop)) !== stop) return
    const spec = this.model.specOf(track.id)
    if (spec !== null) await new UndertakingRequests(this.host.state, this.host.requests, () => Date.now()).stop(spec)
    this.model.refresh()
  }

  /** All that is known of it, as the command line tells it. */
  private async show(id: JobId): Promise<void> {
    const { renderTrackDocument } = await import('./trackDocument')
    const stored = this.model.storedOf(id)
    if (stored === null) throw new RelayError('no_such_run', vscode.l10n.t('There is no track {0}.', id))
    const content = renderTrackDocument(stored)
    const document = await vscode.workspace.openTextDocument({ language: 'markdown', content })
    await vscode.window.showTextDocument(document, { preview: true })
  }

  /** Of a row, an id, or the only one. Throws RelayError. */
  private find(row: unknown): TrackDescription {
    const named = typeof row === 'string' ? row : isTrackRow(row) ? row.id : (this.model.tracks[0]?.id ?? '')
    const id = jobIdSchema.safeParse(named)
    const track = id.success ? this.model.get(id.data) : null
    if (track === null) throw new RelayError('no_such_run', vscode.l10n.t('There is no such track.'))
    return track
  }
}

function isTrackRow(row: unknown): row is Extract<TrackRow, { kind: 'track' }> {
  return typeof row === 'object' && row !== null && 'kind' in row && row.kind === 'track' && 'id' in row
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
