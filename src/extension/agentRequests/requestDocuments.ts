// A request of an agent as a read-only document.
import * as vscode from 'vscode'
import { type AgentRequest, agentRequestIdSchema } from '../../core/agentRequests/agentRequest'
import { registerFollowedDocuments } from '../followedDocuments'
import type { RequestModel } from './requestModel'
import { agentName, renderRequest } from './requestWords'

const scheme = 'relay-request'

export function requestUri(request: AgentRequest): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${agentName({ request })} asks`, query: request.id })
}

export function registerRequestDocuments(model: RequestModel): vscode.Disposable {
  return registerFollowedDocuments(scheme, model.onDidChange, (query) => {
    const id = agentRequestIdSchema.safeParse(query)
    const shown = id.success ? model.read(id.data) : null
    return shown === null ? vscode.l10n.t('This request is not there any more.') : renderRequest(shown)
  })
}
