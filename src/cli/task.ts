// relay task: what agents are asked to do, listed, added, let go, stopped, retried, answered.
import type { TaskState } from '../core/followUps/taskState'
import { isOver, isTask } from '../core/followUps/taskState'
import { newestFirst } from '../core/jobs/job'
import { renderDuration, shorten } from '../core/jobs/jobWords'
import { showInvisible } from '../core/logs/plainText'
import { RelayError } from '../core/relayError'
import { readReport } from '../store/followUps/readReport'
import {
  describeTask,
  isAnswerable,
  isOwnTask,
  listedTasks,
  markCleared,
  readClearedAtMs,
  type TaskDescription,
} from '../store/followUps/taskList'
import { jobEnvironment } from '../store/jobs/jobEnvironment'
import type { StoredJob } from '../store/jobs/jobFiles'
import { resolveFolder } from '../store/jobs/jobRequests'
import { folderKey } from '../store/stateFolder'
import { restartVerb, stopVerb } from './act'
import { addTask, answerTask } from './addTask'
import type { Console } from './console'
import { keepSupervised } from './keepSupervised'
import { exitOk, exitUsage, type Options, type Verb, type VerbContext } from './verb'

const acts = ['add', 'list', 'show', 'run', 'stop', 'retry', 'answer', 'clear'] as const
/** How many words each of them takes: one that is too much is a mistake, not nothing. */
const mostWords = { add: 1, list: 0, show: 1, run: 1, stop: 1, retry: 1, answer: 2, clear: 0 } as const

export const taskVerb: Verb = {
  name: 'task',
  operands: [acts.join('|'), '[ID|TEXT|-]', '[TEXT|-]'],
  summary: 'What agents are asked to do: add TEXT, list, show ID, run ID, stop ID, retry ID, answer ID TEXT, clear',
  options: {
    agent: { type: 'string', value: 'claude|codex|command|vscode', summary: 'Who does a new task (default: as set)' },
    run: { type: 'boolean', summary: 'Let a new task go at once; otherwise it waits for: relay task run' },
    continue: { type: 'string', value: 'ID', summary: 'A new task in the conversation of that one' },
    description: { type: 'string', value: 'TEXT', summary: 'A short name of a new task for lists' },
    cwd: { type: 'string', value: 'DIR', summary: 'The folder of a new task (default: this one)' },
    here: { type: 'boolean', summary: 'List, or clear, only tasks of this folder' },
    all: { type: 'boolean', short: 'a', summary: 'List also those that were cleared' },
    yes: { type: 'boolean', short: 'y', summary: 'Approve without being asked' },
    json: { type: 'boolean', summary: 'Print JSON' },
  },
  run: async (context, [act = '', first, second], options) => {
    const one = () => findTask(context, first)
    const known = acts.find((name) => name === act)
    const tooMuch = known === undefined ? undefined : [first, second][mostWords[known]]
    if (tooMuch !== undefined) {
      context.console.err(`relay task ${act}: “${tooMuch}” is too much. A text of several words stands in quotes.`)
      return exitUsage
    }
    switch (known) {
      case 'add':
        return addTask(context, needed(first, 'the text of the task, or - for standard input'), options)
      case 'list':
        return list(context, options)
      case 'show':
        return show(context, one(), options)
      case 'run':
        return runTask(context, first ?? 'latest')
      case 'stop':
        return stopVerb.run(context, [one().job.spec.id], {})
      case 'retry':
        return restartVerb.run(context, [one().job.spec.id], options['yes'] === true ? { yes: true } : {})
      case 'answer':
        return answerTask(context, one(), needed(second, 'the answer, or - for standard input'), options)
      case 'clear':
        return clear(context, options)
      case undefined:
        context.console.err(`relay task wants one of ${acts.join(', ')}, not ${act}`)
        return exitUsage
    }
  },
}

function needed(word: string | undefined, what: string): string {
  if (word === undefined || word.trim() === '') throw new RelayError('missing', `This wants ${what}.`)
  return word
}

/** A task by its id, or the follow-up of the job that has it. Throws RelayError. */
function findTask({ store }: VerbContext, id: string | undefined): StoredJob {
  const found = store.find(needed(id, 'the id of a task'))
  if (isTask(found.job)) return found
  const { followUp } = found.job
  const read = followUp === null ? null : store.tryRead(followUp.jobId)
  if (read !== null && 'job' in read) return read
  throw new RelayError('no_task', `Job ${found.job.spec.id} is no task, and has no follow-up.`)
}

/** The tasks that a list shows, newest first. */
function tasksOf({ store, state, cwd }: VerbContext, { here, all }: Options): readonly StoredJob[] {
  const folders = here === true ? [state.folder(folderKey(resolveFolder(cwd)))] : state.listFolders()
  return folders
    .flatMap((folder) => {
      const { jobs } = store.list(folder)
      return all === true ? jobs.filter(({ job }) => isTask(job)) : listedTasks(jobs, readClearedAtMs(folder))
    })
    .sort((a, b) => newestFirst(a.job, b.job))
}

function list(context: VerbContext, options: Options): Promise<number> {
  const { console, state, now } = context
  const tasks = tasksOf(context, options)
  if (tasks.some(({ job }) => job.state.kind !== 'ended' && job.spec.host === state.host)) keepSupervised(context)
  const described = tasks.map((stored) => describeTask(stored, tasks))
  if (options['json'] === true) {
    console.out(JSON.stringify(described))
    return Promise.resolve(exitOk)
  }
  if (described.length === 0) console.out('No tasks. Add one: relay task add TEXT')
  for (const task of described) for (const line of renderTask(task, console, now())) console.out(line)
  return Promise.resolve(exitOk)
}

export const taskSigns: Readonly<Record<TaskState, string>> = {
  pending: '◌',
  running: '●',
  blocked: '!',
  done: '✓',
  failed: '✗',
  canceled: '■',
}

const styles = {
  pending: 'cyan',
  running: 'cyan',
  blocked: 'yellow',
  done: 'green',
  failed: 'red',
  canceled: 'cyan',
} as const

function renderTask(task: TaskDescription, console: Console, nowMs: number): readonly string[] {
  const { id, state, agent, held, answeredBy, missing, endedAt, createdAt, waitingUntil } = task
  const word = console.paint(styles[state], `${taskSigns[state]} ${state}`) + ' '.repeat(8 - state.length)
  const age = endedAt === null ? nowMs - Date.parse(createdAt) : Date.parse(endedAt) - Date.parse(createdAt)
  const title = shorten(showInvisible(task.description ?? task.task), Math.max(20, console.columns - 62))
  const first = `${id.padEnd(25)}  ${word} ${renderDuration(age).padStart(8)}  ${agent.padEnd(8)}  ${title}`
  const note = (text: string) => console.paint('dim', `  ${shorten(showInvisible(text), console.columns - 3)}`)
  if (held) return [first, note(`it waits for: relay task run ${id}`)]
  if (waitingUntil !== null) return [first, note(`its agent cannot be asked before ${waitingUntil}`)]
  if (answeredBy !== null) return [first, note(`answered: ${answeredBy}`)]
  if (isAnswerable(task)) return [first, note(missing ?? ''), note(`relay task answer ${id} TEXT`)]
  if (missing !== null) return [first, note(missing)]
  return [first]
}

function show(context: VerbContext, stored: StoredJob, { json }: Options): Promise<number> {
  const { console, store, now } = context
  const task = describeTask(stored, tasksOf(context, { all: true }))
  const report = readReport(stored)
  if (json === true) {
    const { next } = stored.job
    console.out(JSON.stringify({ ...task, next, answer: report, log: store.describe(stored, now()).log }))
    return Promise.resolve(exitOk)
  }
  for (const line of renderTask(task, console, now())) console.out(line)
  if (task.about !== null) console.out(`  about ${task.about}`)
  if (task.conversation !== null) console.out(`  conversation ${task.conversation}`)
  if (task.reason !== null) console.out(`  ${showInvisible(task.reason)}`)
  console.out(`\n${showInvisible(task.task)}\n`)
  if (report.trim() !== '') console.out(`${console.paint('bold', 'Answer')}\n\n${report.trimEnd()}`)
  return Promise.resolve(exitOk)
}

/** Lets a task go that waits for a person. */
async function runTask(context: VerbContext, id: string): Promise<number> {
  const { console, requests, env } = context
  const stored = id === 'latest' ? latestHeld(context) : findTask(context, id)
  const { job } = stored
  if (job.state.kind === 'ended')
    throw new RelayError('ended', `Task ${job.spec.id} has ended: run it once more with relay task retry.`)
  if (job.state.kind !== 'queued')
    throw new RelayError('not_waiting', `Task ${job.spec.id} is ${describeTask(stored, []).state} already.`)
  await requests.release(job, jobEnvironment(env))
  console.out(job.spec.id)
  return exitOk
}

function latestHeld(context: VerbContext): StoredJob {
  const held = tasksOf(context, {}).find(({ job: { state } }) => state.kind === 'queued' && state.held)
  if (held === undefined) throw new RelayError('no_task', 'No task waits to be run.')
  return held
}

/** Own tasks that are over go; all others are listed no more, and their reports stay with their jobs. */
async function clear(context: VerbContext, options: Options): Promise<number> {
  const { console, requests, state, cwd, now } = context
  const tasks = tasksOf(context, options)
  const over = tasks.filter((stored) => {
    const { state: taskState, answeredBy } = describeTask(stored, tasks)
    return isOver(taskState) || answeredBy !== null
  })
  const own = over.filter(isOwnTask)
  if (own.length > 0 && options['yes'] !== true) {
    const answer = await console.ask(
      `${own.length === 1 ? 'One task of yours is' : `${own.length} tasks of yours are`} deleted with logs and answers; reports of jobs stay. Clear? [y]es, [N]o: `,
    )
    if (answer === null) throw new RelayError('not_asked', 'Nobody is there to be asked: give --yes to clear them.')
    if (!/^y(es)?$/i.test(answer.trim())) return exitOk
  }
  for (const stored of own) await requests.remove(stored.job)
  const folders =
    options['here'] === true ? [state.folder(folderKey(resolveFolder(cwd)))] : over.map((one) => folderOf(context, one))
  for (const folder of new Map(folders.map((one) => [one.key, one])).values()) markCleared(folder, now())
  console.out(over.length === 1 ? 'cleared 1 task' : `cleared ${over.length} tasks`)
  return exitOk
}

function folderOf({ state }: VerbContext, { job }: StoredJob) {
  return state.folder(folderKey(job.spec.folder))
}
