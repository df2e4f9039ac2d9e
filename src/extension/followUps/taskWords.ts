// What tasks say of themselves, in a row, a tooltip and a spoken label. What agents wrote is shown as data.
import * as vscode from 'vscode'
import type { AgentKind } from '../../core/followUps/agent'
import type { TaskState } from '../../core/followUps/taskState'
import { renderDuration, shorten } from '../../core/jobs/jobWords'
import { showInvisible } from '../../core/logs/plainText'
import { isAnswerable, type TaskDescription } from '../../store/followUps/taskList'
import { followUpWord } from '../jobs/stateWords'

export const taskGroups = ['blocked', 'pending', 'running', 'done', 'failed', 'canceled'] as const

/** Where a task stands in the list: one that was answered is over. */
export function groupOfTask({ state, answeredBy }: TaskDescription): TaskState {
  return state === 'blocked' && answeredBy !== null ? 'done' : state
}

/** Nothing goes on before the person has done something. */
export function isForPerson(task: TaskDescription): boolean {
  return task.held || isAnswerable(task)
}

export function groupWord(group: TaskState): string {
  switch (group) {
    case 'blocked':
      return vscode.l10n.t('Blocked')
    case 'pending':
      return vscode.l10n.t('Pending')
    case 'running':
      return vscode.l10n.t('Running')
    case 'done':
      return vscode.l10n.t('Done')
    case 'failed':
      return vscode.l10n.t('Failed')
    case 'canceled':
      return vscode.l10n.t('Canceled')
  }
}

const icons: Readonly<Record<TaskState, readonly [icon: string, color: string | null]>> = {
  pending: ['circle-outline', null],
  running: ['play-circle', 'charts.blue'],
  blocked: ['question', 'charts.yellow'],
  done: ['pass', 'testing.iconPassed'],
  failed: ['error', 'testing.iconFailed'],
  canceled: ['circle-slash', null],
}

export function taskIcon({ state, held, waitingUntil, answeredBy }: TaskDescription): vscode.ThemeIcon {
  // Other shapes for those that wait: no state is told by colour alone.
  const [icon, color] =
    answeredBy !== null
      ? (['reply', null] as const)
      : held
        ? (['debug-pause', null] as const)
        : waitingUntil !== null
          ? (['watch', 'charts.yellow'] as const)
          : icons[state]
  return new vscode.ThemeIcon(icon, color === null ? undefined : new vscode.ThemeColor(color))
}

export function agentWord(kind: AgentKind): string {
  switch (kind) {
    case 'builtin':
      return vscode.l10n.t('built-in analyst')
    case 'claude':
      return 'Claude Code'
    case 'codex':
      return 'Codex'
    case 'command':
      return vscode.l10n.t('your command')
    case 'vscode':
      return vscode.l10n.t('language model')
  }
}

export function taskTitle({ description, task }: TaskDescription): string {
  return oneLine(description ?? task)
}

/** What stands behind its name: of a blocked one what is missing, of a failed one why. */
export function taskLine(task: TaskDescription, lastLine: string, nowMs: number): string {
  const { state, held, waitingUntil, answeredBy, missing, reason, endedAt, createdAt, agent } = task
  const who = agentWord(agent)
  if (answeredBy !== null) return [vscode.l10n.t('answered'), who].join(' · ')
  switch (state) {
    case 'pending':
      return held ? vscode.l10n.t('waits for you') : vscode.l10n.t('waits for its turn')
    case 'running': {
      const elapsed = renderDuration(nowMs - Date.parse(createdAt))
      if (waitingUntil !== null)
        return vscode.l10n.t('{0} cannot be asked before {1}', who, timeWords(Date.parse(waitingUntil)))
      return [elapsed, who, oneLine(lastLine)].filter((text) => text !== '').join(' · ')
    }
    case 'blocked':
      return oneLine((missing ?? '').replace(/^\s*[-*+]\s+/gm, '')) || vscode.l10n.t('something is missing')
    case 'failed':
      return oneLine(reason ?? '')
    case 'done':
    case 'canceled':
      return [who, ...(endedAt === null ? [] : [timeWords(Date.parse(endedAt))])].join(' · ')
  }
}

/** All of it, for a pointer that rests on the row; plain text. */
export function taskTooltip(task: TaskDescription): string {
  const { missing, reason, answeredBy, conversation, about } = task
  return [
    taskTitle(task),
    `${followUpWord(task.state)} · ${agentWord(task.agent)}`,
    ...(missing === null ? [] : ['', vscode.l10n.t('Missing:'), missing, '']),
    ...(answeredBy === null ? [] : [vscode.l10n.t('Answered by {0}', answeredBy)]),
    ...(reason === null || task.state === 'done' ? [] : [reason]),
    ...(about === null ? [] : [vscode.l10n.t('About job {0}', about)]),
    ...(conversation === null ? [] : [vscode.l10n.t('Conversation {0}', conversation)]),
    task.id,
  ]
    .map(showInvisible)
    .join('\n')
}

/** The time of today, the date of another day. */
export function timeWords(atMs: number): string {
  const at = new Date(atMs)
  return at.toDateString() === new Date().toDateString()
    ? at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
    : at.toLocaleDateString()
}

export function oneLine(text: string): string {
  return showInvisible(shorten(text, 300))
}
