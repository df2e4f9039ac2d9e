// Tells a person that a track is over, with the link to its pull request: once over all windows.
import * as vscode from 'vscode'
import { plainNotice } from '../../core/logs/plainText'
import type { TrackDescription } from '../../core/tracking/describeTrack'
import { claimUndertakingNotice } from '../../store/jobs/claimNotice'
import { commands } from '../contributions'
import { readSetting } from '../settings'
import { Telling } from '../telling'
import type { TracksModel } from './tracksModel'

/** What ended longer ago than this is nobody's news, whoever opens a window now. */
const recentMs = 24 * 3600 * 1000

export class TrackNotices implements vscode.Disposable {
  private readonly telling: Telling

  constructor(
    private readonly model: TracksModel,
    log: vscode.LogOutputChannel,
  ) {
    this.telling = new Telling(model.onDidChange, () => this.look(), log)
    this.telling.look()
  }

  dispose(): void {
    this.telling.dispose()
  }

  private look(): void {
    for (const track of this.model.tracks) {
      if (track.endedAtMs === null || Date.now() - track.endedAtMs > recentMs) continue
      const paths = this.model.storedOf(track.id)?.paths
      this.telling.once({
        key: track.id,
        claim: () => paths !== undefined && claimUndertakingNotice(paths, 'track-end'),
        tell: () => this.tell(track),
      })
    }
  }

  /** Its end is told to whoever looks, too: what it links to is elsewhere. */
  private async tell(track: TrackDescription): Promise<void> {
    const choice = readSetting('relay.notifications')
    const hasFailed = track.state !== 'succeeded'
    if (track.state === 'stopped' || choice === 'never' || (choice === 'onFailure' && !hasFailed)) return
    const open = track.url === null ? vscode.l10n.t('Show Results') : vscode.l10n.t('Open Pull Request')
    const show = hasFailed ? vscode.window.showWarningMessage : vscode.window.showInformationMessage
    const text = plainNotice(track.summary ?? track.experiment)
    if ((await show(text, open)) === open) await vscode.commands.executeCommand(commands.openPullRequest, track.id)
  }
}
