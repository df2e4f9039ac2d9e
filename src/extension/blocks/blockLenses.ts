// What stands above a relay block: Start job, or the job that it has started and what can be done about it.
import * as vscode from 'vscode'
import { type Block, parseBlocks } from '../../core/blocks/parseBlocks'
import { plainLabel } from '../../core/logs/plainText'
import { hasReport } from '../../core/jobs/describeJob'
import { planDigest } from '../../store/approval'
import { commands } from '../contributions'
import type { JobModel } from '../jobs/jobModel'
import type { JobStarter, Startable } from '../jobs/startJob'
import { dryRunLine, stateLine } from '../jobs/stateWords'
import { RelayError } from '../../core/relayError'

const lensChars = 160
/** The rest is on the page of the dry run. */
const dryRunChars = 80
/** A window that is just opening was seen to lose an answer; events do not tell of that. */
const sweepMs = 10_000

/** Where blocks may be asked for by people and agents: what jobs print (`relay-log`, `output`) starts nothing. */
export const blockSchemes = ['file', 'untitled', 'vscode-notebook-cell'] as const

export class BlockLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>()
  readonly onDidChangeCodeLenses = this.changed.event
  private readonly subscriptions: readonly { dispose(): void }[]
  private readonly parsed = new WeakMap<
    vscode.TextDocument,
    { readonly version: number; readonly blocks: readonly Block[] }
  >()

  constructor(
    private readonly model: JobModel,
    private readonly starter: JobStarter,
  ) {
    const sweep = setInterval(() => this.changed.fire(), sweepMs)
    this.subscriptions = [
      this.changed,
      model.onDidChange(() => this.changed.fire()),
      model.onDidTick(() => this.changed.fire()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.changed.fire()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.changed.fire()),
      new vscode.Disposable(() => clearInterval(sweep)),
    ]
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const blocks = this.blocksOf(document)
    return blocks.flatMap((block) => {
      const start = document.positionAt(block.start)
      const range = new vscode.Range(start, start)
      return this.commandsFor(document, block).map((command) => new vscode.CodeLens(range, command))
    })
  }

  private blocksOf(document: vscode.TextDocument): readonly Block[] {
    const known = this.parsed.get(document)
    if (known?.version === document.version) return known.blocks
    const { blocks } = parseBlocks(document.getText())
    this.parsed.set(document, { version: document.version, blocks })
    return blocks
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
    try {
      const startable = this.starter.startable({ document, block })
      if (startable === null) return [startNew]
      const digest = planDigest(startable.plan)
      const dryRun = this.dryRunLenses(document, block, startable, digest)
      const stored = this.model.startedBy(digest)
      if (stored === null) return [startNew, ...dryRun]
      const job = this.model.describe(stored)
      const about = (title: string, command: string): vscode.Command => ({ title, command, arguments: [job.id] })
      const state = about(stateLine(job, Date.now()), commands.showJob)
      const log = job.log === null ? [] : [about(vscode.l10n.t('Show log'), commands.showLog)]
      const report = hasReport(job) ? [about(vscode.l10n.t('Show report'), commands.showReport)] : []
      if (job.endedAt !== null) return [state, ...report, ...log, start(`▶ ${vscode.l10n.t('Start again')}`), ...dryRun]
      return [state, ...log, about(vscode.l10n.t('Stop'), commands.stopJob)]
    } catch (error) {
      if (!(error instanceof RelayError)) throw error
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
