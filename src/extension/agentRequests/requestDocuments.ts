// A request as a read-only document. What an agent wrote in it starts nothing: it has no lenses.
import * as vscode from 'vscode'
import { type AgentRequest, agentRequestIdSchema } from '../../core/agentRequests/agentRequest'
import type { RequestModel } from './requestModel'
import { agentName, renderRequest } from './requestWords'

const scheme = 'relay-request'

export function requestUri(request: AgentRequest): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${agentName({ request })} asks`, query: request.id })
}

export function registerRequestDocuments(model: RequestModel): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>()
  return vscode.Disposable.from(
    changed,
    model.onDidChange(() => {
      for (const { uri } of vscode.workspace.textDocuments) if (uri.scheme === scheme) changed.fire(uri)
    }),
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: ({ query }) => {
        const id = agentRequestIdSchema.safeParse(query)
        const shown = id.success ? model.read(id.data) : null
        return shown === null ? vscode.l10n.t('This request is not there any more.') : renderRequest(shown)
      },
    }),
  )
}
