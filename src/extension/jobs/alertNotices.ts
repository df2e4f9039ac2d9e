// Tells a person that a running job should be looked at: once over all windows for each thing that there is.
import * as vscode from 'vscode'
import { noticeName } from '../../core/jobs/alerts'
import type { Alert } from '../../core/jobs/job'
import { alertSign, shorten } from '../../core/jobs/jobWords'
import { plainNotice } from '../../core/logs/plainText'
import { claimAlertNotice } from '../../store/jobs/claimNotice'
import type { StoredJob } from '../../store/jobs/jobFiles'
import { commands } from '../contributions'
import { readSetting } from '../settings'
import type { JobModel } from './jobModel'
import { jobTitle } from './stateWords'

/** Windows without focus leave it to one that has it. */
const unfocusedDelayMs = 400
/** What is told within this time is told together. */
const gatherMs = 1_000
/** So many are told one by one. */
const singleCount = 2

interface Telling {
  readonly stored: StoredJob
  readonly alert: Alert
}

export class AlertNotices implements vscode.Disposable {
  private readonly subscription: vscode.Disposable
  private readonly timers = new Set<NodeJS.Timeout>()
  private readonly seen = new Set<string>()
  private gathered: Telling[] = []

  constructor(private readonly model: JobModel) {
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
    for (const stored of this.model.live)
      for (const alert of standing(stored)) {
        const key = `${stored.job.spec.id}/${stored.job.attempt}/${noticeName(alert)}`
        if (this.seen.has(key)) continue
        this.seen.add(key)
        this.later(
          () => this.claim({ stored, alert }),
          vscode.window.state.focused ? 0 : unfocusedDelayMs + (process.pid % 10) * 100,
        )
      }
  }

  private claim(telling: Telling): void {
    const { stored, alert } = telling
    if (!claimAlertNotice(stored.paths, stored.job.attempt, noticeName(alert))) return
    if (readSetting('relay.notifications') === 'never') return
    if (this.gathered.length === 0) this.later(() => this.tell(), gatherMs)
    this.gathered.push(telling)
  }

  private tell(): void {
    // What is over by now is nobody's news.
    const tellings = this.gathered.filter(({ stored, alert }) => {
      const now = this.model.get(stored.job.spec.id)
      return now !== null && standing(now).some(({ key }) => key === alert.key)
    })
    this.gathered = []
    const jobs = new Set(tellings.map(({ stored }) => stored.job.spec.id))
    if (tellings.length > singleCount && jobs.size > 1) void this.tellOfMany(jobs.size)
    else for (const telling of tellings.slice(-singleCount)) void this.tellOfOne(telling)
  }

  private async tellOfOne({ stored, alert }: Telling): Promise<void> {
    const job = this.model.describe(stored)
    const text = plainNotice(`${alertSign} ${shorten(jobTitle(job), 80)}: ${alert.text}`)
    const about = (title: string, command: string) => ({
      title,
      run: () => void vscode.commands.executeCommand(command, job.id),
    })
    const choices = [
      ...(job.log === null ? [] : [about(vscode.l10n.t('Show Log'), commands.showLog)]),
      about(vscode.l10n.t('Stop Job'), commands.stopJob),
      { title: vscode.l10n.t('Ignore'), run: () => undefined },
    ]
    ;(await vscode.window.showWarningMessage(text, ...choices))?.run()
  }

  private async tellOfMany(count: number): Promise<void> {
    const show = vscode.l10n.t('Show Jobs')
    const text = vscode.l10n.t('{0} {1} running jobs should be looked at.', alertSign, count)
    if ((await vscode.window.showWarningMessage(text, show, vscode.l10n.t('Ignore'))) === show)
      void vscode.commands.executeCommand(commands.showJobs)
  }

  private later(act: () => void, ms: number): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      act()
    }, ms)
    this.timers.add(timer)
  }
}

function standing({ job }: StoredJob): readonly Alert[] {
  return job.state.kind === 'ended' ? [] : job.alerts.filter(({ clearedAtMs }) => clearedAtMs === null)
}
