// What a request says of itself, in a row, a notification and a page. What agents wrote is shown as data, in one line.
import * as vscode from 'vscode'
import { type Act, actionTitles } from '../../core/blocks/startableAction'
import { renderRepairPrompt } from '../../core/agentRequests/repairTurn'
import { plainNotice, showInvisible } from '../../core/logs/plainText'
import { shorten } from '../../core/jobs/jobWords'
import { transcriptAgentNames } from '../../core/transcripts/turn'
import type { ShownRequest } from './requestModel'

const noticeChars = 240

export function agentName({ request: { agent } }: Pick<ShownRequest, 'request'>): string {
  switch (agent) {
    case 'claude':
    case 'codex':
      return transcriptAgentNames[agent]
    case 'command':
      return vscode.l10n.t('Your agent')
    case 'vscode':
      return vscode.l10n.t('The language model')
  }
}

/** What it is called in a list. */
export function requestTitle({ meaning }: ShownRequest): string {
  switch (meaning.kind) {
    case 'job':
      return oneLine(meaning.startable.description ?? commandOf(meaning.startable.plan.work))
    case 'act':
      return vscode.l10n.t(actionTitles[meaning.action.type])
    case 'malformed':
      return vscode.l10n.t('A block with errors')
    case 'blocked':
      return vscode.l10n.t('Something is missing')
  }
}

export function commandOf(work: { readonly kind: string; readonly command?: string }): string {
  return work.command ?? work.kind
}

/** One line for a notification. */
export function requestNotice(shown: ShownRequest): string {
  const { meaning } = shown
  const agent = agentName(shown)
  switch (meaning.kind) {
    case 'job': {
      const { description, plan } = meaning.startable
      const command = oneLine(commandOf(plan.work))
      return plainNotice(
        description === null
          ? vscode.l10n.t('{0} asks to run: {1}', agent, command)
          : vscode.l10n.t('{0} asks to start “{1}”: {2}', agent, oneLine(description), command),
        noticeChars,
      )
    }
    case 'act':
      return plainNotice(vscode.l10n.t('{0} asks for: {1}', agent, describeAct(meaning.action)), noticeChars)
    case 'malformed': {
      const [first = ''] = meaning.problems
      return plainNotice(vscode.l10n.t('{0} asks with a block that has errors: {1}', agent, first), noticeChars)
    }
    case 'blocked':
      return plainNotice(vscode.l10n.t('{0} is missing something: {1}', agent, oneLine(meaning.missing)), noticeChars)
  }
}

/** The command with which the person goes on with the conversation; null: there is none. */
export function resumeCommand({ request: { agent, conversation } }: ShownRequest): string | null {
  if (conversation === null) return null
  switch (agent) {
    case 'claude':
      return `claude --resume ${conversation}`
    case 'codex':
      return `codex resume ${conversation}`
    case 'command':
    case 'vscode':
      return null
  }
}

/** Whose answer asks, and why it did not start by itself; null: it was asked in a conversation of the person's own. */
export function answerNote({ request: { answer } }: ShownRequest): string | null {
  return answer === undefined
    ? null
    : vscode.l10n.t('The answer of {0} asks for it. It did not start by itself: {1}', answer.parent, answer.why)
}

/** The whole request as Markdown; texts of the agent are in fences that they cannot end. */
export function renderRequest(shown: ShownRequest): string {
  const { request, meaning, state } = shown
  const resume = resumeCommand(shown)
  const note = answerNote(shown)
  const facts = [
    ...(note === null ? [] : [[vscode.l10n.t('From'), note]]),
    [vscode.l10n.t('Agent'), agentName(shown)],
    [vscode.l10n.t('Asked'), new Date(request.atMs).toLocaleString()],
    [vscode.l10n.t('Directory'), request.cwd],
    [vscode.l10n.t('State'), stateWord(state.kind)],
    ...(resume === null ? [] : [[vscode.l10n.t('Go on with the conversation'), resume]]),
  ].map(([label, value]) => `- ${label ?? ''}: ${showInvisible(value ?? '')}`)
  const parts = [`# ${oneLine(requestTitle(shown))}`, facts.join('\n')]
  if (meaning.kind === 'malformed')
    parts.push(
      `## ${vscode.l10n.t('Why it cannot be started')}`,
      meaning.problems.map((one) => `- ${oneLine(one)}`).join('\n'),
    )
  if ((meaning.kind === 'job' || meaning.kind === 'act') && meaning.warnings.length > 0)
    parts.push(`## ${vscode.l10n.t('To be looked at')}`, meaning.warnings.map((one) => `- ${oneLine(one)}`).join('\n'))
  parts.push(
    `## ${meaning.kind === 'blocked' ? vscode.l10n.t('What the agent said') : vscode.l10n.t('The block as the agent wrote it')}`,
    fenced(meaning.kind === 'blocked' ? meaning.missing : request.text),
  )
  if (meaning.kind === 'malformed')
    parts.push(`## ${vscode.l10n.t('What Send Errors Back would say')}`, fenced(renderRepairPrompt(meaning.problems)))
  return `${parts.join('\n\n')}\n`
}

/** An action about jobs that are there, in one line. */
export function describeAct(action: Act): string {
  const title = vscode.l10n.t(actionTitles[action.type])
  switch (action.type) {
    case 'task_add':
      return `${title}: ${oneLine(action.text)}`
    case 'job_watch':
    case 'job_stop':
    case 'task_run':
      return action.jobId === undefined ? title : `${title}: ${action.jobId}`
  }
}

function stateWord(kind: ShownRequest['state']['kind']): string {
  switch (kind) {
    case 'open':
      return vscode.l10n.t('open')
    case 'started':
      return vscode.l10n.t('started')
    case 'dismissed':
      return vscode.l10n.t('dismissed')
    case 'expired':
      return vscode.l10n.t('over')
  }
}

export function oneLine(text: string): string {
  return showInvisible(shorten(text.replace(/\s+/g, ' ').trim(), 400))
}

function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${showInvisible(text)}\n${fence}`
}
