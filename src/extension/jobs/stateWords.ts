// The states of jobs in the person's language and in the editor's icons. No state is told by colour alone.
import * as vscode from 'vscode'
import { type FollowUpState, type JobDescription, type ShownState, standingAlerts } from '../../core/jobs/describeJob'
import { alertSign, renderElapsed, renderShortExit, renderStage, stateSigns } from '../../core/jobs/jobWords'

const icons: Readonly<Record<ShownState, readonly [icon: string, color: string | null]>> = {
  requested: ['circle-outline', null],
  queued: ['watch', null],
  checking: ['checklist', 'charts.blue'],
  running: ['play-circle', 'charts.blue'],
  settling: ['loading', 'charts.blue'],
  succeeded: ['pass', 'testing.iconPassed'],
  failed: ['error', 'testing.iconFailed'],
  stopped: ['circle-slash', null],
  lost: ['question', 'testing.iconFailed'],
  blocked: ['warning', 'charts.yellow'],
}

export function stateIcon(state: ShownState): vscode.ThemeIcon {
  const [icon, color] = icons[state]
  return new vscode.ThemeIcon(icon, color === null ? undefined : new vscode.ThemeColor(color))
}

export function stateWord(state: ShownState): string {
  switch (state) {
    case 'requested':
      return vscode.l10n.t('requested')
    case 'queued':
      return vscode.l10n.t('waiting')
    case 'checking':
      return vscode.l10n.t('checking')
    case 'running':
      return vscode.l10n.t('running')
    case 'settling':
      return vscode.l10n.t('settling')
    case 'succeeded':
      return vscode.l10n.t('succeeded')
    case 'failed':
      return vscode.l10n.t('failed')
    case 'stopped':
      return vscode.l10n.t('stopped')
    case 'lost':
      return vscode.l10n.t('lost')
    case 'blocked':
      return vscode.l10n.t('blocked')
  }
}

export function followUpWord(state: FollowUpState): string {
  switch (state) {
    case 'pending':
      return vscode.l10n.t('pending')
    case 'running':
      return vscode.l10n.t('running')
    case 'done':
      return vscode.l10n.t('done')
    case 'blocked':
      return vscode.l10n.t('blocked')
    case 'failed':
      return vscode.l10n.t('failed')
    case 'canceled':
      return vscode.l10n.t('canceled')
  }
}

/** `running 0:42`, `failed 1:02:03 exit 1`. */
export function stateText(job: JobDescription, nowMs: number): string {
  // A success says all there is to say about its exit.
  const exit = job.state === 'succeeded' ? '' : renderShortExit(job.exit)
  return [stateWord(job.state), renderElapsed(job, nowMs), renderStage(job), exit]
    .filter((word) => word !== '')
    .join(' ')
}

/** What is to be looked at, the newest first: `⚠ …`; empty if nothing is. */
export function alertText(job: JobDescription): string {
  const alerts = standingAlerts(job)
  const newest = alerts.toSorted((a, b) => (a.at < b.at ? 1 : -1))[0]
  if (newest === undefined) return ''
  const more = alerts.length > 1 ? ` (+${alerts.length - 1})` : ''
  return `${alertSign} ${newest.text}${more}`
}

/** The same with a sign, for where there is no icon: `● running 0:42`. */
export function stateLine(job: JobDescription, nowMs: number): string {
  return `${stateSigns[job.state]} ${stateText(job, nowMs)}`
}

/** Why a job has ended as it has; empty where its exit says the same. */
export function reasonBeyondExit({ exit, reason }: JobDescription): string {
  return reason === null || reason.toLowerCase() === `${renderShortExit(exit)}.` ? '' : reason
}

/** What a job is called in a list: its description, or its command. A dry run says what it is. */
export function jobTitle({
  dryRun,
  description,
  command,
}: Pick<JobDescription, 'dryRun' | 'description' | 'command'>): string {
  const title = (description ?? command).replace(/\s+/g, ' ').trim()
  return dryRun ? vscode.l10n.t('Dry run: {0}', title) : title
}

/** A dry run in one line, above its block: `✓ Dry run: All 2 checks passed.` */
export function dryRunLine(job: JobDescription): string {
  return `${stateSigns[job.state]} ${vscode.l10n.t('Dry run: {0}', job.reason ?? stateWord(job.state))}`
}
