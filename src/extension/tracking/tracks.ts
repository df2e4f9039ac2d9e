// All that shows tracks and begins them, in a file of its own that is loaded when there is one, or when somebody asks.
import * as vscode from 'vscode'
import { escapeMarkdown } from '../../core/chat/chatMarkdown'
import { jobIdSchema, type JobId } from '../../core/jobs/jobId'
import { shorten } from '../../core/jobs/jobWords'
import { RelayError } from '../../core/relayError'
import type { TrackDescription } from '../../core/tracking/describeTrack'
import { UndertakingRequests } from '../../store/undertakings/undertakingRequests'
import { requireTrust } from '../requireTrust'
import { commands } from '../contributions'
import { describeError, type Handler } from '../registerCommands'
import { beginTrack } from './beginTrack'
import { registerTrackDocuments, showTrackDocument } from './trackDocument'
import { TrackNotices } from './trackNotices'
import type { TrackCommand, TracksHost } from './tracksGate'
import { TracksModel } from './tracksModel'
import { type TrackRow, TrackTree } from './trackTree'

export class Tracks implements vscode.Disposable {
  readonly tree: TrackTree
  readonly acts: Readonly<Record<TrackCommand, Handler>>
  private readonly notices: TrackNotices
  private readonly documents: vscode.Disposable

  private constructor(
    private readonly host: TracksHost,
    private readonly model: TracksModel,
  ) {
    this.tree = new TrackTree(model)
    this.notices = new TrackNotices(this.model, host.log)
    this.documents = registerTrackDocuments(this.model)
    this.acts = {
      trackJob: async (...words) => {
        if (await beginTrack(this.host, words)) await this.model.refresh()
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

  /** Resolves when everything was read once. */
  static async open(host: TracksHost): Promise<Tracks> {
    const model = new TracksModel(host.model, (error) => host.log.error(describeError(error)))
    await model.untilRead()
    return new Tracks(host, model)
  }

  dispose(): void {
    this.tree.dispose()
    this.documents.dispose()
    this.notices.dispose()
    this.model.dispose()
  }

  /** `/track` of @relay: no model is asked, and nothing begins before its button and its approval. */
  async answer(stream: vscode.ChatResponseStream, prompt: string): Promise<void> {
    await this.model.refresh()
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
    await this.model.refresh()
  }

  /** All that is known of it, as the command line tells it. */
  private async show(id: JobId): Promise<void> {
    const stored = this.model.storedOf(id)
    if (stored === null) throw new RelayError('no_such_run', vscode.l10n.t('There is no track {0}.', id))
    await showTrackDocument(stored)
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
