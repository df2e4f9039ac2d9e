// `/task` of @relay: no model is asked, and nothing happens before its button and its confirmation.
import * as vscode from 'vscode'
import { escapeMarkdown } from '../../core/chat/chatMarkdown'
import { shortId } from '../../core/chat/jobTable'
import { readTaskWish, splitId, taskVerbs } from '../../core/chat/taskWords'
import { plainLabel } from '../../core/logs/plainText'
import { RelayError } from '../../core/relayError'
import { isAnswerable } from '../../store/followUps/taskList'
import { commands } from '../contributions'
import type { ShownTask, TaskModel } from '../followUps/taskModel'
import { groupOfTask, groupWord, isForPerson, taskLine, taskTitle } from '../followUps/taskWords'
import { requireTrust } from '../requireTrust'

const shownTasks = 12
const buttonTasks = 4

/** Throws RelayError where the words name nothing that could be done. */
export function answerTask(tasks: TaskModel, stream: vscode.ChatResponseStream, prompt: string): void {
  const wish = readTaskWish(prompt)
  if (wish === null) {
    stream.markdown(vscode.l10n.t('After /task comes one of {0}.', taskVerbs.join(', ')))
    return
  }
  tasks.refresh()
  const { verb, rest } = wish
  if (verb !== 'list') requireTrust()
  switch (verb) {
    case 'list':
      return list(tasks, stream)
    case 'add':
      if (rest === '') throw new RelayError('missing', vscode.l10n.t('Say what an agent is to do: /task add …'))
      stream.markdown(`> ${escapeMarkdown(rest)}\n\n`)
      stream.button({ title: vscode.l10n.t('Add Task…'), command: commands.addTask, arguments: [rest] })
      return
    case 'clear':
      stream.markdown(vscode.l10n.t('{0} tasks are over.', tasks.over.length))
      if (tasks.over.length > 0)
        stream.button({ title: vscode.l10n.t('Clear Finished Tasks…'), command: commands.clearTasks })
      return
    case 'run':
    case 'stop':
    case 'retry':
    case 'answer': {
      const { id, text } = splitId(rest)
      const act = acts[verb]
      const shown = find(tasks, id, act.fits)
      stream.markdown(`**${escapeMarkdown(taskTitle(shown.task))}** — ${lineOf(shown)}\n\n`)
      const said = verb === 'answer' && text !== '' ? [text] : []
      stream.button({ title: act.title(shown), command: act.command, arguments: [shown.task.id, ...said] })
    }
  }
}

function list(tasks: TaskModel, stream: vscode.ChatResponseStream): void {
  const shown = tasks.tasks.slice(0, shownTasks)
  if (shown.length === 0) {
    stream.markdown(vscode.l10n.t('There are no tasks in this window. Add one: /task add …'))
    return
  }
  const rows = shown.map(
    (one) => `- \`${shortId(one.task.id)}\` **${escapeMarkdown(taskTitle(one.task))}** — ${lineOf(one)}`,
  )
  stream.markdown(`${rows.join('\n')}\n\n`)
  const hidden = tasks.tasks.length - shown.length
  if (hidden > 0) stream.markdown(`${vscode.l10n.t('{0} more are in the Tasks view.', hidden)}\n\n`)
  if (!vscode.workspace.isTrusted) return
  for (const one of shown.filter(({ task }) => isForPerson(task)).slice(0, buttonTasks)) {
    const { title, command } = one.task.held ? acts.run : acts.answer
    stream.button({ title: title(one), command, arguments: [one.task.id] })
  }
}

const acts = {
  run: {
    command: commands.runTask,
    title: (shown: ShownTask) => vscode.l10n.t('Run Now: {0}', nameOf(shown)),
    fits: ({ task }: ShownTask) => task.held,
  },
  stop: {
    command: commands.stopTask,
    title: (shown: ShownTask) => vscode.l10n.t('Stop: {0}…', nameOf(shown)),
    fits: ({ task }: ShownTask) => task.endedAt === null,
  },
  retry: {
    command: commands.retryTask,
    title: (shown: ShownTask) => vscode.l10n.t('Retry: {0}…', nameOf(shown)),
    fits: ({ task }: ShownTask) => task.endedAt !== null,
  },
  answer: {
    command: commands.answerTask,
    title: (shown: ShownTask) => vscode.l10n.t('Answer: {0}…', nameOf(shown)),
    fits: ({ task }: ShownTask) => isAnswerable(task),
  },
} as const

/** The task that `id` is, begins or ends; without one, or for `latest`, the newest for which it makes sense. */
function find(tasks: TaskModel, id: string, fits: (shown: ShownTask) => boolean): ShownTask {
  const isNamed = id !== '' && id !== 'latest'
  const named = isNamed
    ? tasks.tasks.filter(({ task }) => id.length >= 4 && (task.id.startsWith(id) || task.id.endsWith(id)))
    : tasks.tasks.filter(fits)
  const [first, ...others] = named
  const exact = named.find(({ task }) => task.id === id) ?? (isNamed && others.length > 0 ? undefined : first)
  if (exact === undefined)
    throw new RelayError('no_task', vscode.l10n.t('There is no such task in this window: {0}', id || 'latest'))
  if (!fits(exact))
    throw new RelayError('not_now', vscode.l10n.t('“{0}” is {1}.', taskTitle(exact.task), stateOf(exact)))
  return exact
}

function lineOf(shown: ShownTask): string {
  return escapeMarkdown(`${stateOf(shown)}: ${taskLine(shown.task, '', Date.now())}`)
}

function stateOf({ task }: ShownTask): string {
  return groupWord(groupOfTask(task)).toLowerCase()
}

function nameOf({ task }: ShownTask): string {
  return `${plainLabel(taskTitle(task), 32)} (${shortId(task.id)})`
}
