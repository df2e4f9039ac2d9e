// Tells a person what an agent asks for: once over all windows. Where the person has allowed for it, it is started instead.
import * as vscode from 'vscode'
import type { AgentRequestId } from '../../core/agentRequests/agentRequest'
import { plainNotice } from '../../core/logs/plainText'
import { commands } from '../contributions'
import { readSetting } from '../settings'
import type { RequestActs } from './requestActs'
import { canBeRepaired, type RequestModel, type ShownRequest } from './requestModel'
import { agentName, requestNotice, requestTitle } from './requestWords'

/** Windows without focus leave the notification to one that has it. */
const unfocusedDelayMs = 400
/** So many new ones are told one by one. */
const singleCount = 3

export class RequestNotices implements vscode.Disposable {
  private readonly subscription: vscode.Disposable
  private readonly timers = new Set<NodeJS.Timeout>()
  private readonly seen = new Set<AgentRequestId>()

  constructor(
    private readonly model: RequestModel,
    private readonly acts: RequestActs,
    private readonly onError: (error: unknown) => void,
  ) {
    this.subscription = model.onDidChange(() => this.look())
  }

  dispose(): void {
    this.subscription.dispose()
    for (const timer of this.timers) clearTimeout(timer)
  }

  private look(): void {
    const fresh = this.model.open.filter(({ request }) => !this.seen.has(request.id))
    if (fresh.length === 0) return
    for (const { request } of fresh) this.seen.add(request.id)
    const waitMs = vscode.window.state.focused ? 0 : unfocusedDelayMs + (process.pid % 10) * 100
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      this.claim(fresh).catch(this.onError)
    }, waitMs)
    this.timers.add(timer)
  }

  private async claim(fresh: readonly ShownRequest[]): Promise<void> {
    const own = fresh.filter(({ store, request }) => store.claimNotice(request.id))
    const left: ShownRequest[] = []
    for (const shown of own) {
      const job = await this.acts.startApproved(shown).catch((error: unknown) => {
        this.onError(error) // Then the person is asked.
        return null
      })
      if (job === null) left.push(shown)
      else void this.tellOfStart(shown, job.jobId).catch(this.onError)
    }
    if (left.length === 0 || readSetting('relay.notifications') === 'never') return
    if (left.length > singleCount) void this.tellOfMany(left.length).catch(this.onError)
    else for (const shown of left) void this.tell(shown).catch(this.onError)
  }

  private async tell(shown: ShownRequest): Promise<void> {
    const about = (title: string, command: string) => ({ title, command })
    const choices = {
      job: [about(vscode.l10n.t('Start'), commands.startRequest)],
      act: [about(vscode.l10n.t('Look at It'), commands.startRequest)],
      malformed: canBeRepaired(shown) ? [about(vscode.l10n.t('Send Errors Back'), commands.sendErrorsBack)] : [],
      blocked: [],
    }[shown.meaning.kind]
    const tell = shown.meaning.kind === 'job' ? vscode.window.showInformationMessage : vscode.window.showWarningMessage
    const chosen = await tell(
      requestNotice(shown),
      ...choices,
      about(vscode.l10n.t('Show'), commands.showRequest),
      about(vscode.l10n.t('Dismiss'), commands.dismissRequest),
    )
    if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command, shown.request.id)
  }

  private async tellOfMany(count: number): Promise<void> {
    const showAll = vscode.l10n.t('Show Requests')
    const text = vscode.l10n.t('Agents ask for {0} things.', count)
    if ((await vscode.window.showInformationMessage(text, showAll)) === showAll)
      await vscode.commands.executeCommand('relay.requests.focus')
  }

  private async tellOfStart(shown: ShownRequest, job: string): Promise<void> {
    const showLog = vscode.l10n.t('Show Log')
    const text = vscode.l10n.t('Started for {0}, as approved before: {1}', agentName(shown), requestTitle(shown))
    if ((await vscode.window.showInformationMessage(plainNotice(text), showLog)) === showLog)
      await vscode.commands.executeCommand(commands.showLog, job)
  }
}
