// Tells a person that a track is over, with the link to its pull request: once over all windows.
import * as vscode from 'vscode'
import { plainNotice } from '../../core/logs/plainText'
import type { TrackDescription } from '../../core/tracking/describeTrack'
import { claimUndertakingNotice } from '../../store/jobs/claimNotice'
import { commands } from '../contributions'
import { describeError } from '../registerCommands'
import { readSetting } from '../settings'
import type { TracksModel } from './tracksModel'

/** Windows without focus leave it to one that has it. */
const unfocusedDelayMs = 400
/** What ended longer ago than this is nobody's news, whoever opens a window now. */
const recentMs = 24 * 3600 * 1000

export class TrackNotices implements vscode.Disposable {
  private readonly subscription: vscode.Disposable
  private readonly timers = new Set<NodeJS.Timeout>()
  private readonly seen = new Set<string>()

  constructor(
    private readonly model: TracksModel,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.subscription = vscode.Disposable.from(
      model.onDidChange(() => this.look()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.look()),
    )
    this.look()
  }

  dispose(): void {
    this.subscription.dispose()
    for (const timer of this.timers) clearTimeout(timer)
  }

  private look(): void {
    if (!vscode.workspace.isTrusted) return // Telling leaves a mark on the disk.
    for (const track of this.model.tracks) {
      if (track.endedAtMs === null || Date.now() - track.endedAtMs > recentMs || this.seen.has(track.id)) continue
      this.seen.add(track.id)
      const paths = this.model.storedOf(track.id)?.paths
      const timer = setTimeout(
        () => {
          this.timers.delete(timer)
          if (paths !== undefined && claimUndertakingNotice(paths, 'track-end'))
            this.tell(track).catch((error: unknown) => this.log.warn(describeError(error)))
        },
        vscode.window.state.focused ? 0 : unfocusedDelayMs + (process.pid % 10) * 100,
      )
      this.timers.add(timer)
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
