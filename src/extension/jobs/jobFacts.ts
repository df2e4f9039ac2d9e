// What is known of a job, as the rows below its own.
import { planOf } from '../../core/jobs/job'
import fs from 'node:fs'
import path from 'node:path'
import * as vscode from 'vscode'
import { type JobDescription, standingAlerts } from '../../core/jobs/describeJob'
import type { JobId } from '../../core/jobs/jobId'
import { renderDescribedExit, renderStage, shorten } from '../../core/jobs/jobWords'
import { renderUsage } from '../../core/jobs/usage'
import { showInvisible } from '../../core/logs/plainText'
import { fileSize, type StoredJob } from '../../store/jobs/jobFiles'
import { commands } from '../contributions'
import { followUpWord, stateWord } from './stateWords'

/** One row a fact, in the order in which they matter. `lastLine` is that of its log, sanitised. */
export function jobFacts(stored: StoredJob, job: JobDescription, lastLine: string): vscode.TreeItem[] {
  const showLogOf = (id: JobId) => ({ command: commands.showLog, title: vscode.l10n.t('Show Log'), arguments: [id] })
  const details = { command: commands.showJob, title: vscode.l10n.t('Show Job Details'), arguments: [job.id] }
  const facts: vscode.TreeItem[] = [
    fact(vscode.l10n.t('Command'), shorten(job.command, 200), 'terminal', details),
    fact(vscode.l10n.t('Directory'), job.cwd, 'folder'),
    fact(vscode.l10n.t('Known by'), job.known.by, 'eye'),
  ]
  if (job.state === 'running' && lastLine !== '') facts.unshift(fact(vscode.l10n.t('Last line'), lastLine, 'pulse'))
  if (job.stage !== null) facts.unshift(fact(vscode.l10n.t('Stage'), renderStage(job), 'layers'))
  for (const { text } of standingAlerts(job).toReversed())
    facts.unshift(fact(vscode.l10n.t('To be looked at'), text, 'warning', details))
  if (job.usage !== null && job.state === 'running')
    facts.push(fact(vscode.l10n.t('Uses'), renderUsage(job.usage), 'dashboard'))
  if (job.exit !== null) facts.push(fact(vscode.l10n.t('Exit'), renderDescribedExit(job.exit), 'sign-out'))
  if (job.log !== null) facts.push(fact(vscode.l10n.t('Log'), logSize(job.log), 'output', showLogOf(job.id)))
  for (const check of job.checks)
    facts.push(
      fact(
        check.name,
        check.detail,
        check.passed ? 'pass' : 'warning',
        undefined,
        check.passed ? vscode.l10n.t('passed') : vscode.l10n.t('not passed'),
      ),
    )
  if (!job.dryRun) facts.push(...requiredFileFacts(stored, job))
  if (job.attempt > 1)
    for (const { number, outcome } of stored.job.attempts) {
      const word = outcome === null ? stateWord(job.state) : stateWord(outcome)
      facts.push(fact(vscode.l10n.t('Attempt {0}', number), word, 'history'))
    }
  for (const process of job.leftBehind) facts.push(fact(vscode.l10n.t('Left running'), process, 'server-process'))
  for (const problem of job.problems) facts.push(fact(vscode.l10n.t('Problem'), problem, 'warning'))
  const promised = planOf(stored.job).followUp
  if (job.followUp !== null)
    facts.push(
      fact(vscode.l10n.t('Follow-up'), followUpWord(job.followUp.state), 'comment-discussion', {
        command: commands.showReport,
        title: vscode.l10n.t('Show Report'),
        arguments: [job.id],
      }),
    )
  else if (promised !== null && job.endedAt === null && !job.dryRun)
    facts.push(
      fact(vscode.l10n.t('Follow-up'), vscode.l10n.t('when it ends: {0}', shorten(promised.task, 80)), 'comment'),
    )
  return facts
}

function requiredFileFacts({ job }: StoredJob, described: JobDescription): vscode.TreeItem[] {
  const { cwd, watch } = planOf(job)
  const found = new Map(described.requiredFiles.map((finding) => [finding.path, finding]))
  return watch.requireFiles.map((file) => {
    const full = path.resolve(cwd, file)
    const finding = found.get(file)
    const isThere = finding === undefined ? fs.existsSync(full) : finding.state === 'ready'
    const word =
      finding === undefined
        ? isThere
          ? vscode.l10n.t('there, looked at when the job ends')
          : vscode.l10n.t('not there yet')
        : `${isThere ? vscode.l10n.t('found') : vscode.l10n.t('missing')}: ${finding.detail}`
    const open = { command: 'vscode.open', title: vscode.l10n.t('Open'), arguments: [vscode.Uri.file(full)] }
    return fact(file, word, isThere ? 'file' : 'circle-slash', fs.existsSync(full) ? open : undefined)
  })
}

function logSize(log: string): string {
  const bytes = fileSize(log)
  return bytes < 10_000 ? vscode.l10n.t('{0} bytes', bytes) : vscode.l10n.t('{0} MB', (bytes / 1e6).toFixed(2))
}

function fact(label: string, value: string, icon: string, command?: vscode.Command, spoken?: string): vscode.TreeItem {
  const item = new vscode.TreeItem(showInvisible(label))
  item.description = showInvisible(value).replaceAll('\n', ' ')
  item.iconPath = new vscode.ThemeIcon(icon)
  item.tooltip = `${label}\n${value}`
  item.accessibilityInformation = { label: [label, value, spoken].filter((text) => text !== undefined).join(', ') }
  if (command !== undefined) item.command = command
  return item
}
