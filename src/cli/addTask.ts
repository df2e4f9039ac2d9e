// relay task add and answer: a turn of an agent, shown whole and approved as any other job.
import { type AgentChoice, agentChoices } from '../core/followUps/agentSettings'
import { type AnswerPlan, planAnswer, planContinued } from '../core/followUps/answerTask'
import { chooseAgent } from '../core/followUps/chooseAgent'
import { planTask } from '../core/followUps/planTask'
import { taskStateOf } from '../core/followUps/taskState'
import type { JobId } from '../core/jobs/jobId'
import { shorten } from '../core/jobs/jobWords'
import { RelayError } from '../core/relayError'
import { findAgents } from '../store/followUps/findAgents'
import { readEarlierTurn } from '../store/followUps/taskList'
import { jobEnvironment } from '../store/jobs/jobEnvironment'
import type { StoredJob } from '../store/jobs/jobFiles'
import { resolveFolder } from '../store/jobs/jobRequests'
import { settingsOf } from '../store/settingsFile'
import { folderKey } from '../store/stateFolder'
import { approve } from './approve'
import { readInput } from './check'
import { exitError, exitOk, type Options, type VerbContext } from './verb'

const maxTextChars = 24_000
const titleChars = 80

/** Adds a task for an agent; it waits for a person unless `--run` is said. */
export async function addTask(context: VerbContext, words: string, options: Options): Promise<number> {
  const { cwd, continue: earlier, description } = options
  const text = textOf(words)
  const folder = resolveFolder(typeof cwd === 'string' ? cwd : context.cwd)
  const before = typeof earlier === 'string' ? context.store.find(earlier) : null
  const settings = settingsOf(context.state)
  const agent = agentWord(options)
  const chosen = chooseAgent(
    agent === null ? settings : { ...settings, 'relay.followUps.agent': agent },
    findAgents(context.env),
    null,
  )
  const planned =
    before === null
      ? planTask({ task: text, agent: chosen.agent, cwd: folder })
      : planContinued(readEarlierTurn(before), text)
  return startTurn(context, planned, {
    folder: before === null ? folder : before.job.spec.folder,
    description: typeof description === 'string' ? description : shorten(text, titleChars),
    why: before === null ? chosen.why.replace('the follow-up', 'the task') : null,
    answers: null,
    held: options['run'] !== true,
    options,
  })
}

/** The person's answer to a task that was blocked: one more turn of the same conversation. */
export async function answerTask(
  context: VerbContext,
  stored: StoredJob,
  words: string,
  options: Options,
): Promise<number> {
  const { spec } = stored.job
  const state = taskStateOf(stored.job)
  if (state !== 'blocked')
    throw new RelayError('not_blocked', `Task ${spec.id} is ${state}: only one that is blocked can be answered.`)
  return startTurn(context, planAnswer(readEarlierTurn(stored), textOf(words)), {
    folder: spec.folder,
    description: shorten(`Answer to: ${spec.description ?? spec.id}`, titleChars),
    why: null,
    answers: spec.id,
    held: false,
    options,
  })
}

interface TurnOrder {
  readonly folder: string
  readonly description: string
  readonly why: string | null
  readonly answers: JobId | null
  readonly held: boolean
  readonly options: Options
}

async function startTurn(context: VerbContext, planned: AnswerPlan, order: TurnOrder): Promise<number> {
  if ('refusals' in planned) throw new RelayError('not_supported', planned.refusals.join(' '))
  const { plan } = planned
  const { folder, description, why, answers, held, options } = order
  const json = options['json'] === true
  const paths = context.state.folder(folderKey(folder))
  const wish = { yes: options['yes'] === true, json, dryRun: false, again: true }
  const how = await approve(context, paths, { plan, agentChoice: why }, { running: [], before: null }, wish)
  if (how === null) return exitError
  const origin = { kind: 'task', answers } as const
  const env = jobEnvironment(context.env)
  const id = await context.requests.start({ plan, description, folder, origin, how, env, held })
  context.console.out(json ? JSON.stringify({ id }) : id)
  return exitOk
}

function textOf(words: string): string {
  const text = (words === '-' ? readInput('-') : words).trim()
  if (text === '') throw new RelayError('missing', 'There is nothing in it: say what is to be done.')
  if (text.length > maxTextChars)
    throw new RelayError('too_long', `A text may have at most ${maxTextChars} characters, not ${text.length}.`)
  return text
}

function agentWord({ agent }: Options): AgentChoice | null {
  if (typeof agent !== 'string') return null
  const known = agentChoices.find((one) => one === agent)
  if (known === undefined)
    throw new RelayError('no_such_agent', `--agent wants one of ${agentChoices.join(', ')}, not ${agent}.`)
  return known
}
