// Loads the inbox of agents' requests where a person has turned it on, and nothing of it elsewhere.
import * as vscode from 'vscode'
import { RelayError } from '../../core/relayError'
import { hasAnswerRequests } from '../../store/agentRequests/agentRequestStore'
import { areRequestsOn } from '../../store/agentRequests/requestsSwitch'
import type { JobRequests } from '../../store/jobs/jobRequests'
import { folderKey, type StateFolder } from '../../store/stateFolder'
import { contextKeys } from '../contributions'
import type { BlockActor } from '../jobs/blockActor'
import type { JobModel } from '../jobs/jobModel'
import type { JobStarter } from '../jobs/startJob'
import type { Handler } from '../registerCommands'
import type { RequestInbox } from './requestInbox'

export interface InboxHost {
  readonly state: StateFolder
  readonly model: JobModel
  readonly requests: JobRequests
  readonly starter: JobStarter
  readonly actor: BlockActor
  /** Real paths of the folders of this window; null: it has none. */
  readonly roots: () => readonly string[] | null
  readonly log: vscode.LogOutputChannel
}

type RequestAct = 'start' | 'show' | 'sendErrorsBack' | 'dismiss'

export class RequestsGate implements vscode.Disposable {
  private inbox: RequestInbox | null = null
  private openFor = ''

  constructor(private readonly host: InboxHost) {}

  dispose(): void {
    this.inbox?.dispose()
  }

  /** Opens and closes the inbox as the state folder says now: another window may have turned it on or off. */
  async refresh(): Promise<void> {
    const { roots, state } = this.host
    const own = vscode.workspace.isTrusted ? (roots() ?? []) : []
    const asking = own.map((root) => {
      const paths = state.folder(folderKey(root))
      const isOn = areRequestsOn(paths)
      return { root, isOn, isAsked: isOn || hasAnswerRequests(paths) }
    })
    // What answers of follow-ups ask for is listed wherever it is.
    const folders = asking.filter(({ isAsked }) => isAsked).map(({ root }) => root)
    const wanted = JSON.stringify(asking.filter(({ isAsked }) => isAsked))
    const isEmpty = folders.length === 0
    const areOn = asking.some(({ isOn }) => isOn)
    if (wanted === this.openFor) return
    this.openFor = wanted
    try {
      const loaded = isEmpty ? null : await import('./requestInbox')
      if (this.openFor !== wanted) return // It was changed again while that was loaded.
      this.inbox?.dispose()
      this.inbox = null
      this.inbox = loaded === null ? null : new loaded.RequestInbox(this.host, folders)
    } catch (error) {
      if (this.openFor === wanted) this.openFor = '' // The next look tries again.
      throw error
    } finally {
      await vscode.commands.executeCommand('setContext', contextKeys.requestsOn, areOn && this.inbox !== null)
      await vscode.commands.executeCommand('setContext', contextKeys.requestsAsked, this.inbox !== null)
    }
  }

  async turn(on: boolean): Promise<void> {
    const { turnOn, turnOff } = await import('./requestInbox')
    await (on ? turnOn(this.host) : turnOff(this.host))
    await this.refresh()
  }

  act(name: RequestAct): Handler {
    return async (word) => {
      await this.refresh()
      if (this.inbox === null)
        throw new RelayError('requests_off', vscode.l10n.t('Agent requests are off in this workspace.'))
      await this.inbox.acts[name](word)
    }
  }
}
