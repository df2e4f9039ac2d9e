// The Tasks view: what agents are asked to do, by how it stands; below each task what is known of it.
import * as vscode from 'vscode'
import type { TaskState } from '../../core/followUps/taskState'
import type { Next } from '../../core/jobs/job'
import type { JobId } from '../../core/jobs/jobId'
import { shorten } from '../../core/jobs/jobWords'
import { showInvisible } from '../../core/logs/plainText'
import { isAnswerable } from '../../store/followUps/taskList'
import { commands, rowWords } from '../contributions'
import type { JobModel } from '../jobs/jobModel'
import { followUpWord } from '../jobs/stateWords'
import type { ShownTask, TaskModel } from './taskModel'
import {
  agentWord,
  groupOfTask,
  groupWord,
  oneLine,
  taskGroups,
  taskIcon,
  taskLine,
  taskTitle,
  taskTooltip,
} from './taskWords'

const labelChars = 32

export type TaskRow =
  | { readonly kind: 'group'; readonly group: TaskState }
  /** As the rows of jobs, for a task is one. */
  | { readonly kind: 'job'; readonly id: JobId }
  | { readonly kind: 'fact'; readonly item: vscode.TreeItem }

export class TaskTree implements vscode.TreeDataProvider<TaskRow>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<TaskRow[] | undefined>()
  readonly onDidChangeTreeData = this.changed.event
  private readonly subscriptions: readonly { dispose(): void }[]
  /** The same object each time, for VS Code tells rows by it. */
  private readonly rows = new Map<JobId, TaskRow>()
  private isStale = false

  constructor(
    private readonly tasks: TaskModel,
    private readonly jobs: JobModel,
    /** Nothing is drawn that nobody sees. */
    private readonly isVisible: () => boolean,
  ) {
    this.subscriptions = [
      this.changed,
      tasks.onDidChange(() => this.redraw()),
      jobs.onDidTick(() => this.redrawRunning()),
    ]
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
  }

  /** Draws what changed while nobody saw it. */
  becameVisible(): void {
    if (this.isStale) this.redraw()
  }

  getChildren(row?: TaskRow): TaskRow[] {
    switch (row?.kind) {
      case undefined:
        return taskGroups.flatMap((group) =>
          this.tasksIn(group).length > 0 ? [{ kind: 'group', group } as const] : [],
        )
      case 'group':
        return this.tasksIn(row.group).map(({ task }) => this.rowOf(task.id))
      case 'job': {
        const shown = this.tasks.find(row.id)
        return shown === null ? [] : factsOf(shown)
      }
      case 'fact':
        return []
    }
  }

  getTreeItem(row: TaskRow): vscode.TreeItem {
    switch (row.kind) {
      case 'group': {
        const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState
        const isQuiet = row.group === 'done' || row.group === 'canceled'
        const item = new vscode.TreeItem(groupWord(row.group), isQuiet ? Collapsed : Expanded)
        const count = this.tasksIn(row.group).length
        item.id = row.group
        item.description = String(count)
        item.accessibilityInformation = { label: `${groupWord(row.group)}, ${vscode.l10n.t('{0} tasks', count)}` }
        return item
      }
      case 'job': {
        const shown = this.tasks.find(row.id)
        return shown === null ? new vscode.TreeItem(row.id) : this.taskItem(shown)
      }
      case 'fact':
        return row.item
    }
  }

  private taskItem({ stored, task }: ShownTask): vscode.TreeItem {
    const item = new vscode.TreeItem(shorten(taskTitle(task), labelChars), vscode.TreeItemCollapsibleState.Collapsed)
    const line = taskLine(task, this.jobs.lastLine(stored), Date.now())
    item.id = task.id
    item.iconPath = taskIcon(task)
    item.description = shorten(line, 120)
    item.tooltip = taskTooltip(task)
    item.contextValue = contextOf(task)
    item.accessibilityInformation = { label: [taskTitle(task), followUpWord(task.state), line].join(', ') }
    return item
  }

  private tasksIn(group: TaskState): readonly ShownTask[] {
    return this.tasks.tasks.filter(({ task }) => groupOfTask(task) === group)
  }

  private rowOf(id: JobId): TaskRow {
    const row = this.rows.get(id) ?? { kind: 'job', id }
    this.rows.set(id, row)
    return row
  }

  private redraw(): void {
    this.isStale = !this.isVisible()
    if (!this.isStale) this.changed.fire(undefined)
  }

  private redrawRunning(): void {
    if (!this.isVisible()) return
    const running = this.tasksIn('running')
    if (running.length > 0) this.changed.fire(running.map(({ task }) => this.rowOf(task.id)))
  }
}

function contextOf(task: ShownTask['task']): string {
  const { state, held, endedAt } = task
  const words: string[] = [rowWords.task]
  if (held) words.push(rowWords.held)
  if (isAnswerable(task)) words.push(rowWords.answerable)
  if (endedAt === null) words.push(rowWords.live)
  else words.push(rowWords.ended, ...(state === 'canceled' ? [] : [rowWords.hasReport]))
  if (state !== 'pending') words.push(rowWords.hasLog)
  return words.join(' ')
}

function factsOf({ stored, task }: ShownTask): TaskRow[] {
  const { next } = stored.job
  const show = (title: string, command: string, id: JobId) => ({ title, command, arguments: [id] })
  const about = (id: JobId) => show(vscode.l10n.t('Show Job Details'), commands.showJob, id)
  const rows: TaskRow[] = []
  const add = (label: string, value: string, icon: string, command?: vscode.Command) =>
    rows.push({ kind: 'fact', item: factItem(label, value, icon, command) })
  if (task.missing !== null) add(vscode.l10n.t('Missing'), task.missing, 'question')
  if (task.state === 'failed' && task.reason !== null) add(vscode.l10n.t('Reason'), task.reason, 'error')
  add(vscode.l10n.t('Task'), task.task, 'comment')
  add(vscode.l10n.t('Agent'), agentWord(task.agent), 'account')
  if (task.about !== null) add(vscode.l10n.t('About'), task.about, 'link', about(task.about))
  if (task.answeredBy !== null) add(vscode.l10n.t('Answered by'), task.answeredBy, 'reply', about(task.answeredBy))
  if (next !== null && next.kind !== 'none')
    add(vscode.l10n.t('Next job'), nextWords(next), 'link', next.kind === 'started' ? about(next.jobId) : undefined)
  if (task.conversation !== null) add(vscode.l10n.t('Conversation'), task.conversation, 'comment-discussion')
  return rows
}

function nextWords(next: Exclude<Next, { kind: 'none' }>): string {
  switch (next.kind) {
    case 'started':
      return next.jobId
    case 'requested':
      return vscode.l10n.t('left to you under Requests: {0}', next.why)
    case 'refused':
      return vscode.l10n.t('not started: {0}', next.why)
  }
}

function factItem(label: string, value: string, icon: string, command?: vscode.Command): vscode.TreeItem {
  const item = new vscode.TreeItem(label)
  item.description = oneLine(value)
  item.tooltip = `${label}\n${showInvisible(value)}`
  item.iconPath = new vscode.ThemeIcon(icon)
  item.accessibilityInformation = { label: `${label}, ${oneLine(value)}` }
  if (command !== undefined) item.command = command
  return item
}
