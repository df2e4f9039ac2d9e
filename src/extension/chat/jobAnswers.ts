// `/status`, `/logs` and `/stop` of @relay: no model is asked, and nothing is stopped before its confirmation.
import { planOf } from '../../core/jobs/job'
import * as vscode from 'vscode'
import { escapeMarkdown, fence } from '../../core/chat/chatMarkdown'
import { renderJobTable, shortId } from '../../core/chat/jobTable'
import type { JobDescription } from '../../core/jobs/describeJob'
import { plainLabel } from '../../core/logs/plainText'
import { RelayError } from '../../core/relayError'
import { commands } from '../contributions'
import { jobTitle, stateLine } from '../jobs/stateWords'
import type { ChatJobs } from './chatJobs'
import { requireTrust } from '../requireTrust'

const shownJobs = 8
const buttonJobs = 4

export class JobAnswers {
  constructor(private readonly jobs: ChatJobs) {}

  showStatus(stream: vscode.ChatResponseStream): void {
    const shown = this.jobs.newest(shownJobs).slice(0, shownJobs)
    if (shown.length === 0) {
      stream.markdown(vscode.l10n.t('There are no jobs in this window yet.'))
      return
    }
    const rows = shown.map((job) => ({ job, state: stateLine(job, Date.now()), lastLine: this.jobs.lastLine(job) }))
    stream.markdown(`${renderJobTable(rows)}\n\n`)
    const hidden = this.jobs.total - shown.length
    if (hidden > 0) stream.markdown(`${vscode.l10n.t('{0} more are in the Jobs view.', hidden)}\n\n`)
    for (const job of shown.slice(0, buttonJobs)) {
      if (job.log !== null) stream.button(about(vscode.l10n.t('Show Log: {0}', nameOf(job)), commands.showLog, job))
      if (job.endedAt === null && vscode.workspace.isTrusted) stream.button(stopButton(job))
    }
  }

  async showLog(stream: vscode.ChatResponseStream, words: string): Promise<void> {
    const stored = this.jobs.find(words)
    const job = this.jobs.describe(stored)
    const lines = await this.jobs.tail(stored, planOf(stored.job).watch.tailLines)
    stream.markdown(`**${escapeMarkdown(jobTitle(job))}** — ${escapeMarkdown(stateLine(job, Date.now()))}\n\n`)
    stream.markdown(lines.length === 0 ? vscode.l10n.t('Its log is empty.') : `${fence(lines.join('\n'))}\n`)
    if (job.log !== null) stream.button(about(vscode.l10n.t('Show Log'), commands.showLog, job))
  }

  offerStop(stream: vscode.ChatResponseStream, words: string): void {
    requireTrust()
    const { live } = this.jobs
    const wanted = words.trim() === '' ? live : [this.jobs.describe(this.jobs.find(words))]
    const [first] = wanted
    if (first === undefined) throw new RelayError('no_job', vscode.l10n.t('No job is running.'))
    if (first.endedAt !== null)
      throw new RelayError('ended', vscode.l10n.t('“{0}” has ended already.', jobTitle(first)))
    for (const job of wanted.slice(0, shownJobs)) {
      stream.markdown(`**${escapeMarkdown(jobTitle(job))}** — ${escapeMarkdown(stateLine(job, Date.now()))}\n\n`)
      stream.button(stopButton(job))
    }
  }
}

function stopButton(job: JobDescription): vscode.Command {
  return about(vscode.l10n.t('Stop: {0}…', nameOf(job)), commands.stopJob, job)
}

function about(title: string, command: string, { id }: JobDescription): vscode.Command {
  return { title, command, arguments: [id] }
}

function nameOf(job: JobDescription): string {
  return `${plainLabel(jobTitle(job), 32)} (${shortId(job.id)})`
}
