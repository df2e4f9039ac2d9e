// What a person can do about jobs, the same from the tree, the lenses, the details page and the palette.
import * as vscode from 'vscode'
import { renderStop } from '../../core/backends/renderBackend'
import { renderJobStart } from '../../core/blocks/renderJobStart'
import type { Block } from '../../core/blocks/parseBlocks'
import { hasReport, type JobDescription } from '../../core/jobs/describeJob'
import { planOf } from '../../core/jobs/job'
import { jobIdSchema } from '../../core/jobs/jobId'
import { plainLabel } from '../../core/logs/plainText'
import { RelayError } from '../../core/relayError'
import type { StoredJob } from '../../store/jobs/jobFiles'
import type { JobRequests } from '../../store/jobs/jobRequests'
import { readReport } from '../../store/followUps/readReport'
import type { StateFolder } from '../../store/stateFolder'
import { hostName } from '../../store/processIdentity'
import { mayHoldBlocks } from '../blocks/blockSchemes'
import { chosenByKey, type Command } from '../contributions'
import type { Handler } from '../registerCommands'
import { requireTrust } from '../requireTrust'
import { readSetting } from '../settings'
import type { JobDetailsGate } from './jobDetailsGate'
import type { JobModel } from './jobModel'
import type { JobTerminals } from './jobTerminals'
import type { Row } from './jobTree'
import type { LogDocuments } from './logDocuments'
import type { BlockActor } from './blockActor'
import { queueCommands } from './queueCommands'
import { type BlockPlace, chooseBlock, type JobStarter } from './startJob'
import { jobTitle, stateLine, stateText } from './stateWords'

type BlocksOf = (document: vscode.TextDocument) => Promise<readonly Block[]>

/** So many ended jobs are offered to pick from. */
const offeredCount = 200
const titleChars = 80

export interface JobCommandsOptions {
  readonly model: JobModel
  readonly requests: JobRequests
  readonly starter: JobStarter
  readonly actor: BlockActor
  readonly state: StateFolder
  readonly terminals: JobTerminals
  readonly logs: LogDocuments
  readonly details: JobDetailsGate
  /** The blocks of a document as it is now. */
  readonly blocksOf: BlocksOf
  /** The rows of the tree that a key is meant for. */
  readonly chosenRows: () => Promise<readonly Row[]>
}

/** The handlers of the commands about jobs. They throw RelayError where something cannot be done. */
export function jobCommands(options: JobCommandsOptions): Readonly<Partial<Record<Command, Handler>>> {
  const { model, requests, starter, actor, state, terminals, logs, details, blocksOf, chosenRows } = options
  const now = () => Date.now()

  async function showTerminal(stored: StoredJob, preserveFocus: boolean): Promise<void> {
    const { id } = stored.job.spec
    const read = () => {
      const newest = model.get(id)
      return newest === null ? null : model.describe(newest)
    }
    const stop = () => requestStop(stored)
    await terminals.show(model.describe(stored), { read, onDidChange: model.onDidChange, stop }, preserveFocus)
  }

  async function startJob(uri: unknown, offset: unknown): Promise<void> {
    requireTrust()
    const place = await blockAt(uri, offset, blocksOf)
    if (place !== null) await startAt(place)
  }

  async function startAt(place: BlockPlace): Promise<void> {
    const id = await starter.start(place)
    if (id === null) return
    model.touch(id)
    const stored = model.get(id)
    if (stored !== null && readSetting('relay.terminal.openOnStart')) await showTerminal(stored, true)
  }

  /** Its end is told by the lens and by a notification. */
  async function dryRun(uri: unknown, offset: unknown): Promise<void> {
    requireTrust()
    const place = await blockAt(uri, offset, blocksOf)
    const id = place === null ? null : await starter.start(place, true)
    if (id !== null) model.touch(id)
  }

  /** For whoever has been asked already. */
  async function requestStop({ job }: StoredJob): Promise<void> {
    requireTrust()
    await requests.stop(job)
    model.touch(job.spec.id)
  }

  async function stopJob(stored: StoredJob): Promise<void> {
    requireTrust()
    const job = model.describe(stored)
    const stop = vscode.l10n.t('Stop Job')
    const question = vscode.l10n.t('Stop “{0}”?', plainLabel(jobTitle(job), titleChars))
    const what = renderStop(planOf(stored.job).backend, stored.job.remote?.handle ?? null)
    const detail = `${stateText(job, now())}. ${what}`
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, stop)) === stop)
      await requestStop(stored)
  }

  async function restartJob(stored: StoredJob): Promise<void> {
    requireTrust()
    requireOwn(stored)
    if (!(await starter.restart(stored.job))) return
    model.touch(stored.job.spec.id)
    if (stored.job.spec.dryRun !== true && readSetting('relay.terminal.openOnStart')) await showTerminal(stored, true)
  }

  async function restartJobWithEdits({ job }: StoredJob): Promise<void> {
    const block = renderJobStart(job.spec.plan, job.spec.description, job.spec.folder)
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
    for (const stored of jobs) requireOwn(stored)
    const remove = vscode.l10n.t('Remove')
    const question =
      jobs.length === 1
        ? vscode.l10n.t('Remove “{0}”?', plainLabel(jobTitle(model.describe(first)), titleChars))
        : vscode.l10n.t('Remove {0} jobs?', jobs.length)
    const detail = vscode.l10n.t('Its log, its records and its follow-up are deleted. Files of your workspace stay.')
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, remove)) !== remove) return
    const results = await Promise.allSettled(jobs.map(({ job }) => requests.remove(job)))
    for (const { job } of jobs) model.touch(job.spec.id)
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
    if (failures.length > 0) throw failures[0]
  }

  async function copyReport(stored: StoredJob): Promise<void> {
    const { followUp } = stored.job
    const own = followUp === null ? null : model.get(followUp.jobId)
    if (own === null) throw new RelayError('no_report', vscode.l10n.t('This job has no report.'))
    await vscode.env.clipboard.writeText(readReport(own))
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
      return fits(job)
        ? [{ label: plainLabel(jobTitle(job), titleChars), description: stateLine(job, now()), detail: job.id, stored }]
        : []
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

  const placeOf = async ([uri, offset, nth]: readonly unknown[]) => {
    const place = await blockAt(uri, offset, blocksOf)
    return place === null || typeof nth !== 'number' ? place : { ...place, nth }
  }
  return {
    startJob,
    dryRun,
    ...queueCommands({ model, state, requests, starter, actor, requireTrust, placeOf, startAt, about, jobOf }),
    showJob: about(any, ({ job }) => details.show(job.spec.id)),
    showLog: about(hasLog, (stored) => showTerminal(stored, false)),
    openLog: about(hasLog, ({ job }) => logs.show(job.spec.id)),
    showReport: about(hasReport, ({ job }) => details.show(job.spec.id, 'report')),
    stopJob: about(isLive, stopJob),
    restartJob: about(isEnded, restartJob),
    restartJobWithEdits: about(any, restartJobWithEdits),
    removeJob: async (word, selected) => {
      const isKey = word === chosenByKey
      const rows = (isKey ? await chosenRows() : Array.isArray(selected) ? selected : []).filter(isJobRow)
      // Of several, those that have ended: a running one among them is stopped first, by somebody who means it.
      const ended = rows.flatMap((row) => jobOf(row) ?? []).filter(({ job }) => job.state.kind === 'ended')
      if (isKey || rows.length > 1) return removeJobs(ended)
      // Not a job, but something below one: the Delete key means nothing there.
      if (word !== undefined && !isJobRow(word) && typeof word !== 'string') return
      await about(isEnded, (stored) => removeJobs([stored]))(word)
    },
    revealJobFolder: about(any, async ({ paths }) => {
      const folder = vscode.Uri.file(paths.directory)
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
async function blockAt(uri: unknown, offset: unknown, blocksOf: BlocksOf) {
  if (uri instanceof vscode.Uri && typeof offset === 'number') {
    requireWritten({ uri })
    const document = await vscode.workspace.openTextDocument(uri)
    const block = (await blocksOf(document)).find(({ start }) => start === offset)
    if (block !== undefined) return { document, block }
    throw new RelayError('moved', vscode.l10n.t('The block has changed since: choose Start job again.'))
  }
  const editor = vscode.window.activeTextEditor
  if (editor === undefined) throw new RelayError('no_editor', vscode.l10n.t('Open a file with a relay block first.'))
  requireWritten(editor.document)
  return chooseBlock(editor, await blocksOf(editor.document))
}

/** What jobs and programs have printed starts nothing. */
function requireWritten(document: { readonly uri: vscode.Uri }): void {
  if (!mayHoldBlocks(document))
    throw new RelayError('not_a_file', vscode.l10n.t('Jobs are started from files and untitled documents only.'))
}

/** Only its own host may run or delete a job, and only a version that understands it. */
function requireOwn({ job, newer }: StoredJob): void {
  const { id, host } = job.spec
  if (host !== hostName())
    throw new RelayError('foreign_host', vscode.l10n.t('Job {0} belongs to {1}: act on it there.', id, host))
  if (newer)
    throw new RelayError('newer_version', vscode.l10n.t('Job {0} was written by a newer version of Relay Jobs.', id))
}
