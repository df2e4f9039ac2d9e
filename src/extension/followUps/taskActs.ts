// What can be done about tasks, the same from the view, the chat and the palette. Whatever runs is shown whole and approved.
import * as vscode from 'vscode'
import { type AnswerPlan, planAnswer } from '../../core/followUps/answerTask'
import { planTask } from '../../core/followUps/planTask'
import type { JobId } from '../../core/jobs/jobId'
import { jobIdSchema } from '../../core/jobs/jobId'
import { shorten } from '../../core/jobs/jobWords'
import { plainLabel, plainNotice } from '../../core/logs/plainText'
import { RelayError } from '../../core/relayError'
import { isAnswerable, readEarlierTurn } from '../../store/followUps/taskList'
import { jobEnvironment } from '../../store/jobs/jobEnvironment'
import { resolveFolder } from '../../store/jobs/jobRequests'
import { requireTrust } from '../requireTrust'
import type { Handler } from '../registerCommands'
import { foldersOnDisk } from '../workspaceFolders'
import type { TaskActsHost, TaskCommand } from './taskCommands'
import type { ShownTask } from './taskModel'
import { taskLine, taskTitle } from './taskWords'

const titleChars = 80
const maxTextChars = 24_000

/** The handlers of the commands about tasks. They throw RelayError where something cannot be done. */
export function taskActs(host: TaskActsHost): Readonly<Record<TaskCommand, Handler>> {
  const { tasks, jobs, requests, starter, details } = host

  /** `said`: the text, where it has been said already. */
  async function addTask(said: unknown): Promise<void> {
    requireTrust()
    const folder = await chooseFolder()
    const text = folder === null ? null : await askFor(said, vscode.l10n.t('What is an agent to do?'))
    if (folder === null || text === null) return
    const { agent, why } = starter.chooseAgent()
    const planned = planTask({ task: text, agent, cwd: folder })
    if ('refusals' in planned) throw new RelayError('not_supported', [...planned.refusals, why].join(' '))
    const later = { label: vscode.l10n.t('Keep it for later'), held: true }
    const choice = await vscode.window.showQuickPick([{ label: vscode.l10n.t('Run it now'), held: false }, later], {
      placeHolder: vscode.l10n.t('When is it to run? A task that is kept waits for Run Task Now.'),
    })
    if (choice === undefined) return
    await start(planned, {
      folder,
      description: shorten(text, titleChars),
      title: choice.held ? vscode.l10n.t('Add this task?') : vscode.l10n.t('Run this task?'),
      notes: [why],
      answers: null,
      held: choice.held,
    })
  }

  /** One more turn of the conversation that was blocked. */
  async function answerTask({ stored, task }: ShownTask, said: unknown): Promise<void> {
    requireTrust()
    if (task.state !== 'blocked' || task.answeredBy !== null)
      throw new RelayError('not_blocked', vscode.l10n.t('Only a task that is blocked can be answered.'))
    const earlier = readEarlierTurn(stored)
    // What cannot be answered is said before somebody has written.
    const refused = planAnswer(earlier, '')
    if ('refusals' in refused) throw new RelayError('not_supported', refused.refusals.join(' '))
    const text = await askFor(said, plainNotice(task.missing ?? '', 300))
    if (text === null) return
    await start(planAnswer(earlier, text), {
      folder: task.folder,
      description: shorten(vscode.l10n.t('Answer to: {0}', taskTitle(task)), titleChars),
      title: vscode.l10n.t('Answer “{0}”?', plainLabel(taskTitle(task), titleChars)),
      notes: [vscode.l10n.t('The agent said that this is missing: {0}', task.missing ?? '')],
      answers: task.id,
      held: false,
    })
  }

  interface TurnOrder {
    readonly folder: string
    readonly description: string
    readonly title: string
    readonly notes: readonly string[]
    readonly answers: JobId | null
    readonly held: boolean
  }

  async function start(planned: AnswerPlan, order: TurnOrder): Promise<void> {
    if ('refusals' in planned) throw new RelayError('not_supported', planned.refusals.join(' '))
    const { plan } = planned
    const { folder, description, title, notes, answers, held } = order
    const approve = held ? vscode.l10n.t('Add task') : vscode.l10n.t('Run once')
    const how = await starter.approve({ plan, folder, dryRun: false, warnings: [], title, notes, approve })
    if (how === null) return
    const origin = { kind: 'task', answers } as const
    const env = jobEnvironment(process.env)
    const id = await requests.start({ plan, description, folder, origin, how, env, held })
    changed(id)
  }

  async function runTask({ stored, task }: ShownTask): Promise<void> {
    requireTrust()
    if (!task.held) throw new RelayError('not_held', vscode.l10n.t('This task does not wait for you.'))
    await requests.release(stored.job, jobEnvironment(process.env))
    changed(task.id)
  }

  async function stopTask({ stored, task }: ShownTask): Promise<void> {
    requireTrust()
    if (task.endedAt !== null) throw new RelayError('ended', vscode.l10n.t('This task has ended already.'))
    const stop = vscode.l10n.t('Stop Task')
    const question = vscode.l10n.t('Stop “{0}”?', plainLabel(taskTitle(task), titleChars))
    const detail = vscode.l10n.t('All that its agent has started ends with it.')
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, stop)) !== stop) return
    await requests.stop(stored.job)
    changed(task.id)
  }

  async function retryTask({ stored, task }: ShownTask): Promise<void> {
    requireTrust()
    if (await starter.restart(stored.job)) changed(task.id)
  }

  async function removeTask({ stored, task }: ShownTask): Promise<void> {
    requireTrust()
    const remove = vscode.l10n.t('Remove')
    const question = vscode.l10n.t('Remove “{0}”?', plainLabel(taskTitle(task), titleChars))
    const detail = vscode.l10n.t('Its log and its answer are deleted. Files of your workspace stay.')
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, remove)) !== remove) return
    await requests.remove(stored.job)
    changed(task.id)
  }

  async function clearTasks(): Promise<void> {
    requireTrust()
    const { over } = tasks
    if (over.length === 0) throw new RelayError('no_task', vscode.l10n.t('No task is over.'))
    const clear = vscode.l10n.t('Clear')
    const question = vscode.l10n.t('Clear {0} finished tasks?', over.length)
    const detail = vscode.l10n.t(
      'Tasks of your own are deleted with their answers. Follow-ups, and what was done for a step or a tracked job, are only taken off the list: their reports stay with their jobs.',
    )
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, clear)) !== clear) return
    const own = tasks.clearFollowUps(Date.now())
    const results = await Promise.allSettled(own.map(({ job }) => requests.remove(job)))
    for (const { job } of own) jobs.touch(job.spec.id)
    tasks.refresh()
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
    if (failures.length > 0) throw failures[0]
  }

  function changed(id: JobId): void {
    jobs.touch(id)
    tasks.refresh()
  }

  /** A command about one task: that of the row or id, or one that the person picks among those that it makes sense for. */
  function about(
    fits: (shown: ShownTask) => boolean,
    act: (shown: ShownTask, said: unknown) => Promise<void> | void,
  ): Handler {
    return async (word, said) => {
      const id = jobIdSchema.safeParse(isRow(word) ? word.id : word)
      const shown = id.success ? taskOf(id.data) : await pick(fits)
      // Behind a row VS Code gives the rows that are chosen.
      if (shown !== null) await act(shown, typeof said === 'string' ? said : undefined)
    }
  }

  function taskOf(id: JobId): ShownTask {
    jobs.refresh()
    const shown = tasks.find(id)
    if (shown === null) throw new RelayError('no_such_task', vscode.l10n.t('There is no task {0} any more.', id))
    return shown
  }

  async function pick(fits: (shown: ShownTask) => boolean): Promise<ShownTask | null> {
    const items = tasks.tasks.filter(fits).map((shown) => ({
      label: plainLabel(taskTitle(shown.task), titleChars),
      description: plainLabel(taskLine(shown.task, '', Date.now()), titleChars),
      detail: shown.task.id,
      shown,
    }))
    if (items.length === 0)
      throw new RelayError('no_task', vscode.l10n.t('There is no task for which this can be done.'))
    const picked = await vscode.window.showQuickPick(items, { matchOnDescription: true, matchOnDetail: true })
    return picked?.shown ?? null
  }

  const isEnded = ({ task }: ShownTask) => task.endedAt !== null
  return {
    addTask,
    runTask: about(({ task }) => task.held, runTask),
    stopTask: about(({ task }) => task.endedAt === null, stopTask),
    retryTask: about(isEnded, retryTask),
    answerTask: about(({ task }) => isAnswerable(task), answerTask),
    showAnswer: about(isEnded, ({ task }) => details.show(task.id, 'report')),
    showTaskJob: about(
      () => true,
      ({ task }) => details.show(task.about ?? task.id),
    ),
    removeTask: about(isEnded, removeTask),
    clearTasks,
  }
}

function isRow(word: unknown): word is { readonly id: unknown } {
  return typeof word === 'object' && word !== null && 'kind' in word && word.kind === 'job' && 'id' in word
}

/** What the person says; null: nothing after all. */
async function askFor(said: unknown, prompt: string): Promise<string | null> {
  if (typeof said === 'string' && said.trim() !== '') return bounded(said)
  const empty = vscode.l10n.t('Say something, or press Escape.')
  const validateInput = (text: string) => (text.trim() === '' ? empty : undefined)
  const text = await vscode.window.showInputBox({ prompt, ignoreFocusOut: true, validateInput })
  return text === undefined || text.trim() === '' ? null : bounded(text)
}

function bounded(text: string): string {
  if (text.length <= maxTextChars) return text.trim()
  throw new RelayError('too_long', vscode.l10n.t('A text may have at most {0} characters.', maxTextChars))
}

/** The real path of the folder in which a task is to run; null: none was picked. Throws RelayError. */
async function chooseFolder(): Promise<string | null> {
  const [first, ...others] = foldersOnDisk()
  if (first === undefined)
    throw new RelayError('no_folder', vscode.l10n.t('Open the folder in which the task is to run first.'))
  if (others.length === 0) return resolveFolder(first.uri.fsPath)
  const placeHolder = vscode.l10n.t('The folder in which the task is to run')
  const picked = await vscode.window.showWorkspaceFolderPick({ placeHolder })
  return picked?.uri.scheme === 'file' ? resolveFolder(picked.uri.fsPath) : null
}
