// The Requests view: what agents ask for, and below each what it would do or what is wrong with it.
import * as vscode from 'vscode'
import type { AgentRequestId } from '../../core/agentRequests/agentRequest'
import { shorten } from '../../core/jobs/jobWords'
import { showInvisible } from '../../core/logs/plainText'
import { commands, rowWords } from '../contributions'
import { canBeRepaired, type RequestModel, type ShownRequest } from './requestModel'
import {
  agentName,
  answerNote,
  commandOf,
  describeAct,
  oneLine,
  requestNotice,
  requestTitle,
  resumeCommand,
} from './requestWords'

const labelChars = 32

export type RequestRow =
  | { readonly kind: 'request'; readonly id: AgentRequestId }
  | { readonly kind: 'fact'; readonly label: string; readonly value: string; readonly icon: string }

export class RequestTree implements vscode.TreeDataProvider<RequestRow>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>()
  readonly onDidChangeTreeData = this.changed.event
  private readonly subscriptions: readonly { dispose(): void }[]
  /** The same object each time, for VS Code tells rows by it. */
  private readonly rows = new Map<AgentRequestId, RequestRow>()

  constructor(private readonly model: RequestModel) {
    this.subscriptions = [this.changed, model.onDidChange(() => this.changed.fire(undefined))]
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
  }

  getChildren(row?: RequestRow): RequestRow[] {
    if (row === undefined) return this.model.open.map(({ request }) => this.rowOf(request.id))
    const shown = row.kind === 'request' ? this.find(row.id) : undefined
    return shown === undefined ? [] : factsOf(shown)
  }

  getTreeItem(row: RequestRow): vscode.TreeItem {
    if (row.kind === 'request') {
      const shown = this.find(row.id)
      return shown === undefined ? new vscode.TreeItem('') : requestItem(shown)
    }
    const item = new vscode.TreeItem(row.label)
    item.description = oneLine(row.value)
    item.tooltip = `${row.label}\n${showInvisible(row.value)}`
    item.iconPath = new vscode.ThemeIcon(row.icon)
    item.accessibilityInformation = { label: `${row.label}, ${oneLine(row.value)}` }
    return item
  }

  private find(id: AgentRequestId): ShownRequest | undefined {
    return this.model.open.find(({ request }) => request.id === id)
  }

  private rowOf(id: AgentRequestId): RequestRow {
    const row = this.rows.get(id) ?? { kind: 'request', id }
    this.rows.set(id, row)
    return row
  }
}

const icons = {
  job: 'comment-discussion',
  act: 'comment-discussion',
  malformed: 'warning',
  blocked: 'question',
} as const

function requestItem(shown: ShownRequest): vscode.TreeItem {
  const { request, meaning, repair } = shown
  const item = new vscode.TreeItem(shorten(requestTitle(shown), labelChars), vscode.TreeItemCollapsibleState.Collapsed)
  const asked = timeWords(request.atMs)
  const sent = repair === null ? [] : [vscode.l10n.t('errors sent back')]
  item.id = request.id
  item.description = [agentName(shown), ...sent, asked].join(' · ')
  item.iconPath = new vscode.ThemeIcon(icons[meaning.kind])
  item.contextValue = contextOf(shown)
  item.tooltip = requestNotice(shown)
  item.accessibilityInformation = { label: `${requestNotice(shown)}, ${asked}` }
  item.command = { command: commands.showRequest, title: vscode.l10n.t('Show Request'), arguments: [request.id] }
  return item
}

/** The time of today, the date of another day. */
function timeWords(atMs: number): string {
  const at = new Date(atMs)
  return at.toDateString() === new Date().toDateString()
    ? at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
    : at.toLocaleDateString()
}

function contextOf(shown: ShownRequest): string {
  const { meaning } = shown
  const words: string[] = [rowWords.request]
  if (meaning.kind === 'job' || meaning.kind === 'act') words.push(rowWords.startable)
  if (canBeRepaired(shown)) words.push(rowWords.malformed)
  return words.join(' ')
}

function factsOf(shown: ShownRequest): RequestRow[] {
  const { request, meaning } = shown
  const fact = (label: string, value: string, icon: string): RequestRow => ({ kind: 'fact', label, value, icon })
  const own: RequestRow[] = []
  switch (meaning.kind) {
    case 'job': {
      const { plan } = meaning.startable
      own.push(fact(vscode.l10n.t('Command'), commandOf(plan.work), 'terminal'))
      for (const check of plan.preflight.checks)
        own.push(fact(vscode.l10n.t('Check'), Object.values(check).join(' '), 'checklist'))
      if (plan.followUp !== null) own.push(fact(vscode.l10n.t('Follow-up'), plan.followUp.task, 'comment'))
      own.push(...meaning.warnings.map((warning) => fact(vscode.l10n.t('Warning'), warning, 'warning')))
      break
    }
    case 'act':
      own.push(fact(vscode.l10n.t('Action'), describeAct(meaning.action), 'edit'))
      own.push(...meaning.warnings.map((warning) => fact(vscode.l10n.t('Warning'), warning, 'warning')))
      break
    case 'malformed':
      own.push(...meaning.problems.map((problem) => fact(vscode.l10n.t('Error'), problem, 'error')))
      break
    case 'blocked':
      own.push(fact(vscode.l10n.t('Missing'), meaning.missing, 'question'))
      break
  }
  const note = answerNote(shown)
  const resume = resumeCommand(shown)
  if (note !== null) own.push(fact(vscode.l10n.t('From'), note, 'link'))
  own.push(fact(vscode.l10n.t('Directory'), request.cwd, 'folder'))
  if (resume !== null) own.push(fact(vscode.l10n.t('Conversation'), resume, 'comment-discussion'))
  return own
}
