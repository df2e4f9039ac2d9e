// What a person can do about jobs, the same from the tree, the lenses, the details page and the palette.
import fs from 'node:fs'
import * as vscode from 'vscode'
import { renderJobStart } from '../../core/blocks/renderJobStart'
import { parseBlocks } from '../../core/blocks/parseBlocks'
import type { JobDescription } from '../../core/jobs/describeJob'
import { jobIdSchema } from '../../core/jobs/jobId'
import { renderElapsed } from '../../core/jobs/jobWords'
import { RelayError } from '../../core/relayError'
import type { StoredJob } from '../../store/jobs/jobFiles'
import type { JobRequests } from '../../store/jobs/jobRequests'
import { readEnd } from '../../store/logs/readEnd'
import type { Command } from '../contributions'
import type { Handler } from '../registerCommands'
import { readSetting } from '../settings'
import type { JobDetailsPages } from './jobDetails'
import type { JobModel } from './jobModel'
import type { JobTerminals } from './jobTerminals'
import { hasReport, type Row } from './jobTree'
import type { LogDocuments } from './logDocuments'
import { chooseBlock, type JobStarter } from './startJob'
import { jobTitle, stateLine } from './stateWords'

/** A longer report is in its log. */
const reportBytes = 64 * 1024
/** So many ended jobs are offered to pick from. */
const offeredCount = 200

export interface JobCommandsOptions {
  readonly model: JobModel
  readonly requests: JobRequests
  readonly starter: JobStarter
  readonly terminals: JobTerminals
  readonly logs: LogDocuments
  readonly details: JobDetailsPages
}

/** The handlers of the commands about jobs. They throw RelayError where something cannot be done. */
export function jobCommands(options: JobCommandsOptions): Readonly<Partial<Record<Command, Handler>>> {
  const { model, requests, starter, terminals, logs, details } = options
  const now = () => Date.now()

  function showTerminal(stored: StoredJob, preserveFocus: boolean): void {
    const { id } = stored.job.spec
    const read = () => {
      const newest = model.get(id)
      return newest === null ? null : model.describe(newest)
    }
    const stop = () => requests.stop(stored.job)
    terminals.show(model.describe(stored), { read, onDidChange: model.onDidChange, stop }, preserveFocus)
  }

  async function startJob(uri: unknown, offset: unknown): Promise<void> {
    requireTrust()
    const place = await blockAt(uri, offset)
    if (place === null) return
    const id = await starter.start(place)
    if (id === null) return
    model.touch(id)
    const stored = model.get(id)
    if (stored !== null && readSetting('relay.terminal.openOnStart')) showTerminal(stored, true)
  }

  async function stopJob(stored: StoredJob): Promise<void> {
    requireTrust()
    const job = model.describe(stored)
    const stop = vscode.l10n.t('Stop Job')
    const question = vscode.l10n.t('Stop “{0}”?', jobTitle(job))
    const detail = vscode.l10n.t(
      'It has been running for {0}. All that it has started ends with it.',
      renderElapsed(job, now()),
    )
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, stop)) !== stop) return
    await requests.stop(stored.job)
    model.touch(job.id)
  }

  async function restartJob(stored: StoredJob): Promise<void> {
    requireTrust()
    if (!(await starter.restart(stored.job))) return
    model.touch(stored.job.spec.id)
    if (readSetting('relay.terminal.openOnStart')) showTerminal(stored, true)
  }

  async function restartJobWithEdits({ job }: StoredJob): Promise<void> {
    const block = renderJobStart(job.spec.plan, job.spec.description)
    if (block === null)
      throw new RelayError('not_a_command', vscode.l10n.t('This is the work of an agent: no block can ask for it.'))
    const document = await vscode.workspace.openTextDocument({ language: 'markdown', content: block })
    starter.intend(document, job.spec.folder)
    await vscode.window.showTextDocument(document)
  }

  async function removeJobs(jobs: readonly StoredJob[]): Promise<void> {
    requireTrust()
    const [first] = jobs
    if (first === undefined) return
    const remove = vscode.l10n.t('Remove')
    const question =
      jobs.length === 1
        ? vscode.l10n.t('Remove “{0}”?', jobTitle(model.describe(first)))
        : vscode.l10n.t('Remove {0} jobs?', jobs.length)
    const detail = vscode.l10n.t('Its log, its records and its follow-up are deleted. Files of your workspace stay.')
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, remove)) !== remove) return
    for (const { job } of jobs) {
      await requests.remove(job)
      model.touch(job.spec.id)
    }
  }

  async function copyReport(stored: StoredJob): Promise<void> {
    const { followUp } = stored.job
    const own = followUp === null ? null : model.get(followUp.jobId)
    if (own === null) throw new RelayError('no_report', vscode.l10n.t('This job has no report.'))
    const lines = readEnd(own.paths.attempt(own.job.attempt).log, reportBytes)
    await vscode.env.clipboard.writeText(lines.join('\n'))
  }

  /** A command about one job: that of the argument, or one that the person picks among those that it makes sense for. */
  function about(fits: (job: JobDescription) => boolean, act: (stored: StoredJob) => Thenable<void> | void): Handler {
    return async (word) => {
      const stored = jobOf(word) ?? (await pickJob(fits))
      if (stored !== null) await act(stored)
    }
  }

  function jobOf(word: unknown): StoredJob | null {
    const id = jobIdSchema.safeParse(isJobRow(word) ? word.id : word)
    if (!id.success) return null
    const stored = model.get(id.data)
    if (stored === null) throw new RelayError('no_such_job', vscode.l10n.t('There is no job {0} any more.', id.data))
    return stored
  }

  async function pickJob(fits: (job: JobDescription) => boolean): Promise<StoredJob | null> {
    const items = [...model.live, ...model.ended(0, offeredCount)].flatMap((stored) => {
      const job = model.describe(stored)
      return fits(job) ? [{ label: jobTitle(job), description: stateLine(job, now()), detail: job.id, stored }] : []
    })
    if (items.length === 0) throw new RelayError('no_job', vscode.l10n.t('There is no job for which this can be done.'))
    const picked = await vscode.window.showQuickPick(items, { matchOnDescription: true, matchOnDetail: true })
    return picked?.stored ?? null
  }

  const any = () => true
  const isLive = (job: JobDescription) => job.endedAt === null
  const isEnded = (job: JobDescription) => job.endedAt !== null
  const hasLog = (job: JobDescription) => job.log !== null
  const copy = (text: string) => vscode.env.clipboard.writeText(text)

  return {
    startJob,
    showJob: about(any, ({ job }) => details.show(job.spec.id)),
    showLog: about(hasLog, (stored) => showTerminal(stored, false)),
    openLog: about(hasLog, ({ job }) => logs.show(job.spec.id)),
    showReport: about(hasReport, ({ job }) => details.show(job.spec.id, 'report')),
    stopJob: about(isLive, stopJob),
    restartJob: about(isEnded, restartJob),
    restartJobWithEdits: about(any, restartJobWithEdits),
    removeJob: async (word, selected) => {
      const rows = Array.isArray(selected) ? selected.filter(isJobRow) : []
      if (rows.length > 1) return removeJobs(rows.flatMap((row) => jobOf(row) ?? []))
      await about(isEnded, (stored) => removeJobs([stored]))(word)
    },
    revealJobFolder: about(any, async ({ paths }) => {
      const folder = vscode.Uri.file(fs.realpathSync(paths.directory))
      // In a remote window there is no file manager to show it in.
      if (vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop)
        await vscode.commands.executeCommand('revealFileInOS', folder)
      else await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: true })
    }),
    copyJobId: about(any, ({ job }) => copy(job.spec.id)),
    copyJobCommand: about(any, (stored) => copy(model.describe(stored).command)),
    copyJobReport: about(hasReport, copyReport),
  }
}

function isJobRow(word: unknown): word is Row & { kind: 'job' } {
  return typeof word === 'object' && word !== null && 'kind' in word && word.kind === 'job'
}

/** A lens names its block; from the palette it is the one at the cursor. */
async function blockAt(uri: unknown, offset: unknown) {
  if (uri instanceof vscode.Uri && typeof offset === 'number') {
    const document = await vscode.workspace.openTextDocument(uri)
    const block = parseBlocks(document.getText()).blocks.find(({ start }) => start === offset)
    if (block !== undefined) return { document, block }
    throw new RelayError('moved', vscode.l10n.t('The block has changed since: choose Start job again.'))
  }
  const editor = vscode.window.activeTextEditor
  if (editor === undefined) throw new RelayError('no_editor', vscode.l10n.t('Open a file with a relay block first.'))
  return chooseBlock(editor)
}

function requireTrust(): void {
  if (!vscode.workspace.isTrusted)
    throw new RelayError(
      'untrusted',
      vscode.l10n.t(
        'This window is in Restricted Mode: nothing is started, stopped or removed. Trust the workspace first.',
      ),
    )
}
