// The inbox of agents' requests in one window, in a file of its own that is loaded where a person has turned it on.
import * as vscode from 'vscode'
import { views } from '../contributions'
import { describeError } from '../registerCommands'
import { RequestActs } from './requestActs'
import { registerRequestDocuments } from './requestDocuments'
import { canBeRepaired, RequestModel } from './requestModel'
import { RequestNotices } from './requestNotices'
import type { InboxHost } from './requestsGate'
import { RequestTree } from './requestTree'

export { turnOff, turnOn } from './turnRequests'

export class RequestInbox implements vscode.Disposable {
  /** What commands do; they throw RelayError where something cannot be done. */
  readonly acts: Readonly<Record<'start' | 'show' | 'sendErrorsBack' | 'dismiss', (word: unknown) => Promise<void>>>
  private readonly parts: vscode.Disposable[] = []

  /** `folders` are real paths of folders in which requests are on or answers have asked. Throws RelayError. */
  constructor(host: InboxHost, folders: readonly string[]) {
    const onError = (error: unknown) => host.log.warn(describeError(error))
    const model = this.own(new RequestModel(host.state, folders, (...what) => host.starter.planIn(...what), onError))
    const tree = this.own(new RequestTree(model))
    const view = this.own(vscode.window.createTreeView(views.requests, { treeDataProvider: tree }))
    const acts = new RequestActs(host, model)
    this.own(registerRequestDocuments(model))
    this.own(new RequestNotices(model, acts, onError))
    this.own(
      model.onDidChange(() => {
        const count = model.open.length
        const tooltip = vscode.l10n.t('{0} requests of agents', count)
        view.badge = count === 0 ? undefined : { value: count, tooltip }
      }),
    )
    this.acts = {
      start: acts.about(
        ({ meaning }) => meaning.kind === 'job' || meaning.kind === 'act',
        (shown) => acts.start(shown),
      ),
      show: acts.about(
        () => true,
        (shown) => acts.show(shown),
      ),
      sendErrorsBack: acts.about(canBeRepaired, (shown) => acts.sendErrorsBack(shown)),
      dismiss: acts.about(
        () => true,
        (shown) => acts.dismiss(shown),
      ),
    }
  }

  dispose(): void {
    for (const part of this.parts.reverse()) part.dispose()
  }

  private own<Part extends vscode.Disposable>(part: Part): Part {
    this.parts.push(part)
    return part
  }
}
