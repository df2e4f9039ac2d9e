// Runs in a few words, as a tree and a picker have room for.
import * as vscode from 'vscode'
import { signed } from '../../core/experiments/runColumns'
import { formatNumber } from '../../core/followUps/quantities'
import { stateSigns } from '../../core/jobs/jobWords'
import { plainLabel } from '../../core/logs/plainText'
import { runIdOf, type ShownRun, templateOf } from './experimentsModel'

const nameChars = 60

/** `★ 133953-k3x9`: the best of its metric has a star. Of an id of ours the day is left out, for the time is told beside it. */
export function runLabel(run: ShownRun): string {
  const star = run.kind === 'recorded' && run.row.isBest ? '★ ' : ''
  const id = runIdOf(run)
  return `${star}${plainLabel(/^r\d{8}-(\d{6}-\w{4})$/.exec(id)?.[1] ?? id, nameChars)}`
}

/** `val_accuracy 0.91 (−0.02) · baseline · 2 h ago`. */
export function runDescription(run: ShownRun, nowMs: number): string {
  const atMs = run.kind === 'live' ? run.live.atMs : run.row.startedAtMs
  return [runState(run), templateOf(run) ?? '', atMs === null ? '' : timeAgo(atMs, nowMs)]
    .filter((part) => part !== '')
    .map((part) => plainLabel(part, nameChars))
    .join(' · ')
}

/** What came of it: the primary metric and how far it is from the best, or why there is none. */
export function runState(run: ShownRun): string {
  if (run.kind === 'live') return `${stateSigns[run.live.state]} ${run.live.word}`
  const { status, primary, isBest, deltaToBest } = run.row
  if (status === 'failed') return vscode.l10n.t('failed')
  if (status === 'canceled') return vscode.l10n.t('canceled')
  if (primary === null) return vscode.l10n.t('success')
  if (primary.value === null) return vscode.l10n.t('{0} is missing', primary.name)
  const value = `${primary.name} ${formatNumber(primary.value)}`
  if (isBest) return vscode.l10n.t('{0}, the best', value)
  return deltaToBest === null ? value : `${value} (${signed(deltaToBest)})`
}

export function statusWord(run: ShownRun): string {
  if (run.kind === 'live') return run.live.word
  switch (run.row.status) {
    case 'success':
      return vscode.l10n.t('success')
    case 'failed':
      return vscode.l10n.t('failed')
    case 'canceled':
      return vscode.l10n.t('canceled')
  }
}

const units = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** `2 hours ago`, in the person's language. */
export function timeAgo(atMs: number, nowMs: number): string {
  const seconds = (nowMs - atMs) / 1000
  if (!Number.isFinite(seconds) || seconds < 60) return vscode.l10n.t('just now')
  const [unit, size] = units.find(([, one]) => seconds >= one) ?? ['minute', 60]
  return new Intl.RelativeTimeFormat(vscode.env.language, { numeric: 'always', style: 'narrow' }).format(
    -Math.floor(seconds / size),
    unit,
  )
}
