// Tells a person that a job has ended: once over all windows, and only if they may not have seen it.
import * as vscode from 'vscode'
import { isSettled } from '../../core/jobs/owed'
import { hasReport } from '../../core/jobs/describeJob'
import type { JobId } from '../../core/jobs/jobId'
import { undertakingOf } from '../../core/jobs/spec'
import { plainNotice } from '../../core/logs/plainText'
import { shorten, stateSigns } from '../../core/jobs/jobWords'
import { claimNotice } from '../../store/jobs/claimNotice'
import type { StoredJob } from '../../store/jobs/jobFiles'
import { commands, type NotificationChoice } from '../contributions'
import { readSetting } from '../settings'
import { Telling } from '../telling'
import type { JobModel } from './jobModel'
import { jobTitle, reasonBeyondExit, stateLine } from './stateWords'

/** Jobs that ended before this was installed are nobody's news; ms since the epoch. */
const sinceKey = 'relay.noticesSinceMs'
/** So many of the newest are looked at. */
const recentCount = 100
/** A report belongs to the notification, if it comes as fast as the built-in analyst's. */
const reportWithinMs = 10_000
/** So many are told one by one. */
const singleCount = 2

export class JobNotices implements vscode.Disposable {
  private readonly telling: Telling
  private readonly tellSoon: (stored: StoredJob) => void
  private isLookPlanned = false

  constructor(
    private readonly model: JobModel,
    private readonly memory: vscode.Memento,
    log: vscode.LogOutputChannel,
  ) {
    if (memory.get(sinceKey) === undefined) void memory.update(sinceKey, Date.now())
    this.telling = new Telling(model.onDidChange, () => this.look(), log)
    this.tellSoon = this.telling.gather((all) => this.tell(all))
    this.telling.look()
  }

  dispose(): void {
    this.telling.dispose()
  }

  private look(): void {
    const sinceMs = this.memory.get<number>(sinceKey) ?? Date.now()
    for (const stored of [...this.model.live, ...this.model.ended(0, recentCount)]) {
      const { job } = stored
      // An act of a step is told with its step.
      if (undertakingOf(job.spec.origin) !== null) continue
      if (job.state.kind !== 'ended' || job.state.atMs < sinceMs || job.state.outcome === 'stopped') continue
      const key = `${job.spec.id}/${job.attempt}`
      if (this.telling.isSeen(key)) continue
      // The clock of another host may be wrong.
      const waitMs = Math.min(job.state.atMs + reportWithinMs - Date.now(), reportWithinMs)
      if (!this.isDelivered(stored) && waitMs > 0) {
        this.lookLater(waitMs)
        continue
      }
      this.telling.once({
        key,
        claim: () => claimNotice(stored.paths, job.attempt),
        tell: () => {
          // Whoever asks for a dry run waits for what it says.
          const isSeen = vscode.window.state.focused && job.spec.dryRun !== true
          if (isWanted(readSetting('relay.notifications'), isFailure(stored), isSeen)) this.tellSoon(stored)
        },
      })
    }
  }

  private lookLater(ms: number): void {
    if (this.isLookPlanned) return
    this.isLookPlanned = true
    this.telling.later(() => {
      this.isLookPlanned = false
      this.telling.look()
    }, ms)
  }

  private isDelivered({ job }: StoredJob): boolean {
    if (!isSettled(job)) return false
    const followUp = job.followUp?.run === true ? this.model.get(job.followUp.jobId) : null
    return followUp === null || isSettled(followUp.job)
  }

  private tell(jobs: readonly StoredJob[]): void {
    if (jobs.length > singleCount) void this.tellOfMany(jobs)
    else for (const stored of jobs) void this.tellOfOne(stored)
  }

  private async tellOfOne(stored: StoredJob): Promise<void> {
    const job = this.model.describe(stored)
    const reason = isFailure(stored) || job.dryRun ? shorten(reasonBeyondExit(job), 160) : ''
    const facts = [stateLine(job, Date.now()), reason].filter((fact) => fact !== '')
    const text = plainNotice(`${shorten(jobTitle(job), 80)}: ${facts.join(' — ')}`)
    const about = (title: string, command: string) => ({ title, run: () => openAbout(command, job.id) })
    const choices = [
      ...(hasReport(job) ? [about(vscode.l10n.t('Show Report'), commands.showReport)] : []),
      ...(job.log === null ? [] : [about(vscode.l10n.t('Show Log'), commands.showLog)]),
      ...(job.dryRun ? [about(vscode.l10n.t('Show Details'), commands.showJob)] : []),
      silence(),
    ]
    const show = isFailure(stored) ? vscode.window.showWarningMessage : vscode.window.showInformationMessage
    ;(await show(text, ...choices))?.run()
  }

  private async tellOfMany(jobs: readonly StoredJob[]): Promise<void> {
    const failures = jobs.filter(isFailure).length
    const text =
      failures === 0
        ? vscode.l10n.t('{0} {1} jobs have ended, all of them well.', stateSigns.succeeded, jobs.length)
        : vscode.l10n.t('{0} {1} jobs have ended, {2} of them not well.', stateSigns.failed, jobs.length, failures)
    const show = failures > 0 ? vscode.window.showWarningMessage : vscode.window.showInformationMessage
    const showJobs = {
      title: vscode.l10n.t('Show Jobs'),
      run: () => void vscode.commands.executeCommand(commands.showJobs),
    }
    ;(await show(text, showJobs, silence()))?.run()
  }
}

function isWanted(choice: NotificationChoice, failed: boolean, isSeen: boolean): boolean {
  switch (choice) {
    case 'always':
      return true
    case 'never':
      return false
    case 'onFailure':
      return failed
    case 'whenAway':
      return failed || !isSeen
  }
}

function isFailure({ job: { state } }: StoredJob): boolean {
  return state.kind === 'ended' && state.outcome !== 'succeeded' && state.outcome !== 'stopped'
}

function silence() {
  return {
    title: vscode.l10n.t('Do Not Show Again'),
    run: () =>
      void vscode.workspace
        .getConfiguration()
        .update('relay.notifications', 'never' satisfies NotificationChoice, vscode.ConfigurationTarget.Global),
  }
}

function openAbout(command: string, id: JobId): void {
  void vscode.commands.executeCommand(command, id)
}
