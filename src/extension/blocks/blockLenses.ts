// What stands above a relay block: Start job, or the job that it has started and what can be done about it.
import * as vscode from 'vscode'
import type { Block } from '../../core/blocks/parseBlocks'
import { actionTitles } from '../../core/blocks/startableAction'
import { plainLabel } from '../../core/logs/plainText'
import { hasReport } from '../../core/jobs/describeJob'
import { planDigest } from '../../store/approval'
import { commands } from '../contributions'
import { DrawnLens, LensRefresh } from './lensRefresh'
import type { JobModel } from '../jobs/jobModel'
import type { JobStarter, Startable } from '../jobs/startJob'
import { alertText, dryRunLine, stateLine } from '../jobs/stateWords'
import { isRelayError } from '../../core/relayError'
import type { OpenBlocks } from './openBlocks'

const lensChars = 160
/** The rest is on the page of the dry run. */
const dryRunChars = 80
/** Further actions of one block are picked from the palette. */
const lensesOfBlock = 6

export class BlockLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly refresh = new LensRefresh()
  readonly onDidChangeCodeLenses = this.refresh.event
  private readonly subscriptions: readonly { dispose(): void }[]

  constructor(
    private readonly model: JobModel,
    private readonly starter: JobStarter,
    private readonly open: OpenBlocks,
  ) {
    const changed = () => this.refresh.request()
    this.subscriptions = [
      this.refresh,
      model.onDidChange(changed),
      model.onDidTick(changed),
      vscode.workspace.onDidChangeWorkspaceFolders(changed),
    ]
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
  }

  provideCodeLenses(document: vscode.TextDocument): DrawnLens[] {
    const lenses = this.open.of(document).parsed.blocks.flatMap((block) => {
      const start = document.positionAt(block.start)
      const range = new vscode.Range(start, start)
      return this.commandsFor(document, block).map((command) => new DrawnLens(range, document, command))
    })
    this.refresh.asked(document, lenses)
    return lenses
  }

  resolveCodeLens(lens: DrawnLens): DrawnLens {
    return this.refresh.draw(lens)
  }

  private commandsFor(document: vscode.TextDocument, block: Block): vscode.Command[] {
    if (!vscode.workspace.isTrusted)
      return [{ title: vscode.l10n.t('Start job: only in a trusted workspace'), command: 'workbench.trust.manage' }]
    const start = (title: string): vscode.Command => ({
      title,
      command: commands.startJob,
      arguments: [document.uri, block.start],
    })
    const startNew = start(`▶ ${vscode.l10n.t('Start job')}`)
    const acts = actLenses(document, block)
    if (acts !== null) return acts
    try {
      const startable = this.starter.startable({ document, block })
      if (startable === null) return [startNew]
      const digest = planDigest(startable.plan)
      const dryRun = this.dryRunLenses(document, block, startable, digest)
      const stored = this.model.startedBy(digest)
      if (stored === null) return [startNew, ...dryRun]
      const job = this.model.describe(stored)
      const about = (title: string, command: string): vscode.Command => ({ title, command, arguments: [job.id] })
      const alert = alertText(job)
      const line = alert === '' ? stateLine(job, Date.now()) : `${stateLine(job, Date.now())} · ${alert}`
      const state = about(plainLabel(line, lensChars), commands.showJob)
      const log = job.log === null ? [] : [about(vscode.l10n.t('Show log'), commands.showLog)]
      const report = hasReport(job) ? [about(vscode.l10n.t('Show report'), commands.showReport)] : []
      if (job.endedAt !== null) return [state, ...report, ...log, start(`▶ ${vscode.l10n.t('Start again')}`), ...dryRun]
      return [state, ...log, about(vscode.l10n.t('Stop'), commands.stopJob)]
    } catch (error) {
      if (!isRelayError(error)) throw error
      return [
        {
          title: `✗ ${plainLabel(error.message, lensChars)}`,
          command: commands.startJob,
          arguments: [document.uri, block.start],
        },
      ]
    }
  }

  /** A way to run the checks alone, where there are any, and what the last dry run has found. */
  private dryRunLenses(
    document: vscode.TextDocument,
    block: Block,
    { plan }: Startable,
    digest: string,
  ): vscode.Command[] {
    const title = vscode.l10n.t('Dry run')
    const run = { title, command: commands.dryRun, arguments: [document.uri, block.start] }
    const stored = this.model.dryRunOf(digest)
    const job = stored === null ? null : this.model.describe(stored)
    return [
      ...(plan.preflight.checks.length === 0 ? [] : [run]),
      ...(job === null
        ? []
        : [{ title: plainLabel(dryRunLine(job), dryRunChars), command: commands.showJob, arguments: [job.id] }]),
    ]
  }
}

const actSigns = { job_start: '▶', job_watch: '✎', job_stop: '■', task_add: '＋', task_run: '▶' } as const

/** One lens an action, where it is not one start; null: it is one, or the block has errors. */
function actLenses(document: vscode.TextDocument, { actions, diagnostics, start }: Block): vscode.Command[] | null {
  const [first, ...others] = actions
  const isStart = others.length === 0 && first?.type === 'job_start'
  if (first === undefined || isStart || diagnostics.some(({ severity }) => severity === 'error')) return null
  return actions.slice(0, lensesOfBlock).map((action, nth) => {
    const number = others.length > 0 ? `${nth + 1} ` : ''
    return {
      title: `${actSigns[action.type]} ${number}${vscode.l10n.t(actionTitles[action.type])}`,
      command: commands.doAction,
      arguments: [document.uri, start, nth],
    }
  })
}
