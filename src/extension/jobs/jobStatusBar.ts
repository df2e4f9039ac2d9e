// The one status bar item: how much is running, and how much failed since somebody looked.
import * as vscode from 'vscode'
import { standingAlerts } from '../../core/jobs/describeJob'
import { countFailures } from '../../core/jobs/countFailures'
import type { StoredJob } from '../../store/jobs/jobFiles'
import { commands } from '../contributions'
import type { JobModel } from './jobModel'

/** Until when the person has seen everything, in ms since the epoch; kept by the workspace. */
const seenKey = 'relay.seenUntilMs'
/** Failures among so many of the newest are counted. */
const recentCount = 200

export class JobStatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('relay.status', vscode.StatusBarAlignment.Left, 10)
  private readonly subscription: vscode.Disposable

  constructor(
    private readonly model: JobModel,
    private readonly memory: vscode.Memento,
    /** Whether the person has the list of jobs before them. */
    isSeen: () => boolean,
  ) {
    this.item.name = vscode.l10n.t('Relay Jobs')
    this.item.command = commands.showJobs
    if (memory.get(seenKey) === undefined) void memory.update(seenKey, Date.now())
    this.subscription = model.onDidChange(() => (isSeen() ? this.sawJobs() : this.draw()))
    this.draw()
  }

  /** The person looks at the jobs: what has failed is seen. */
  sawJobs(): void {
    void this.memory.update(seenKey, Date.now()).then(() => this.draw())
  }

  dispose(): void {
    this.subscription.dispose()
    this.item.dispose()
  }

  private draw(): void {
    const { live, endedCount } = this.model
    if (live.length === 0 && endedCount === 0) return this.item.hide()
    const running = countRunning(live)
    const failed = this.countUnseenFailures()
    const alerts = live.filter((stored) => standingAlerts(this.model.describe(stored)).length > 0).length
    const words = [
      runningWords(running),
      ...(alerts > 0 ? [vscode.l10n.t('{0} to be looked at', alerts)] : []),
      ...(failed > 0 ? [vscode.l10n.t('{0} failed', failed)] : []),
    ].join(', ')
    this.item.text = [
      ...(running > 0 ? [`$(play-circle) ${running}`] : failed > 0 ? [] : ['$(play-circle)']),
      ...(alerts > 0 ? [`$(warning) ${alerts}`] : []),
      ...(failed > 0 ? [`$(error) ${failed}`] : []),
    ].join(' ')
    this.item.tooltip = `${vscode.l10n.t('Relay Jobs')}: ${words}`
    this.item.accessibilityInformation = { label: `${vscode.l10n.t('Relay Jobs')}: ${words}`, role: 'button' }
    this.item.show()
  }

  private countUnseenFailures(): number {
    const { model } = this
    return countFailures(
      [...model.live, ...model.ended(0, recentCount), ...model.endedChecks(recentCount)].map(({ job }) => job),
      this.memory.get<number>(seenKey) ?? 0,
    )
  }
}

/** Those whose command is running, or whose files are awaited. */
export function countRunning(jobs: readonly StoredJob[]): number {
  return jobs.filter(({ job: { state } }) => state.kind === 'running' || state.kind === 'settling').length
}

export function runningWords(count: number): string {
  return count === 1 ? vscode.l10n.t('1 job running') : vscode.l10n.t('{0} jobs running', count)
}
