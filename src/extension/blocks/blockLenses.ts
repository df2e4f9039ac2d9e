// What stands above a relay block: Start job, or the job that it has started and what can be done about it.
import * as vscode from 'vscode'
import type { Block } from '../../core/blocks/parseBlocks'
import { plainLabel } from '../../core/logs/plainText'
import { hasReport } from '../../core/jobs/describeJob'
import { planDigest } from '../../store/approval'
import { commands } from '../contributions'
import type { JobModel } from '../jobs/jobModel'
import type { JobStarter } from '../jobs/startJob'
import { stateLine } from '../jobs/stateWords'
import { isRelayError } from '../../core/relayError'
import type { OpenBlocks } from './openBlocks'

const lensChars = 160
/** A window that is just opening was seen to lose an answer; events do not tell of that. */
const sweepMs = 10_000

export class BlockLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>()
  readonly onDidChangeCodeLenses = this.changed.event
  private readonly subscriptions: readonly { dispose(): void }[]

  constructor(
    private readonly model: JobModel,
    private readonly starter: JobStarter,
    private readonly open: OpenBlocks,
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
    return this.open.of(document).parsed.blocks.flatMap((block) => {
      const start = document.positionAt(block.start)
      const range = new vscode.Range(start, start)
      return this.commandsFor(document, block).map((command) => new vscode.CodeLens(range, command))
    })
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
      const stored = startable === null ? null : this.model.startedBy(planDigest(startable.plan))
      if (stored === null) return [startNew]
      const job = this.model.describe(stored)
      const about = (title: string, command: string): vscode.Command => ({ title, command, arguments: [job.id] })
      const state = about(stateLine(job, Date.now()), commands.showJob)
      const log = job.log === null ? [] : [about(vscode.l10n.t('Show log'), commands.showLog)]
      const report = hasReport(job) ? [about(vscode.l10n.t('Show report'), commands.showReport)] : []
      if (job.endedAt !== null) return [state, ...report, ...log, start(`▶ ${vscode.l10n.t('Start again')}`)]
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
}
