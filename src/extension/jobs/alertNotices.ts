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
import { Telling } from '../telling'
import type { JobModel } from './jobModel'
import { jobTitle } from './stateWords'

/** So many are told one by one. */
const singleCount = 2

interface StandingAlert {
  readonly stored: StoredJob
  readonly alert: Alert
}

export class AlertNotices implements vscode.Disposable {
  private readonly telling: Telling
  private readonly tellSoon: (one: StandingAlert) => void

  constructor(
    private readonly model: JobModel,
    log: vscode.LogOutputChannel,
  ) {
    this.telling = new Telling(model.onDidChange, () => this.look(), log)
    this.tellSoon = this.telling.gather((all) => this.tell(all))
    this.telling.look()
  }

  dispose(): void {
    this.telling.dispose()
  }

  private look(): void {
    for (const stored of this.model.live)
      for (const alert of standing(stored)) {
        const { spec, attempt } = stored.job
        const name = noticeName(alert)
        this.telling.once({
          key: `${spec.id}/${attempt}/${name}`,
          claim: () => claimAlertNotice(stored.paths, attempt, name),
          tell: () => {
            if (readSetting('relay.notifications') !== 'never') this.tellSoon({ stored, alert })
          },
        })
      }
  }

  private tell(gathered: readonly StandingAlert[]): void {
    // What is over by now is nobody's news.
    const still = gathered.filter(({ stored, alert }) => {
      const now = this.model.get(stored.job.spec.id)
      return now !== null && standing(now).some(({ key }) => key === alert.key)
    })
    const jobs = new Set(still.map(({ stored }) => stored.job.spec.id))
    if (still.length > singleCount && jobs.size > 1) void this.tellOfMany(jobs.size)
    else for (const one of still.slice(-singleCount)) void this.tellOfOne(one)
  }

  private async tellOfOne({ stored, alert }: StandingAlert): Promise<void> {
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
}

function standing({ job }: StoredJob): readonly Alert[] {
  return job.state.kind === 'ended' ? [] : job.alerts.filter(({ clearedAtMs }) => clearedAtMs === null)
}
