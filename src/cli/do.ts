// relay do: whatever the action of a block asks for, shown and approved before: a start, another watch, a stop, a task.
import { actionTitles, chosenAction } from '../core/blocks/startableAction'
import type { Action } from '../core/blocks/schema'
import { chooseAgent } from '../core/followUps/chooseAgent'
import { findAgents } from '../store/followUps/findAgents'
import { RelayError } from '../core/relayError'
import { resolveFolder } from '../store/jobs/jobRequests'
import { carryOut, planAct, type PlannedAct } from '../store/jobs/planAct'
import { settingsOf } from '../store/settingsFile'
import { folderKey } from '../store/stateFolder'
import { renderFactLines } from './approve'
import { readInput } from './check'
import type { Console } from './console'
import { type BlockText, chooseBlock, startFrom, tellErrors } from './start'
import { exitError, exitOk, exitUsage, type Verb, type VerbContext } from './verb'

export const doVerb: Verb = {
  name: 'do',
  operands: ['FILE|-'],
  summary: 'Show what the action of a relay block would do, ask, and do it: start, watch, stop, tasks',
  options: {
    cwd: { type: 'string', value: 'DIR', summary: 'The folder that is meant (default: this one)' },
    line: { type: 'string', value: 'N', summary: 'The block at this line, where the file has several' },
    action: { type: 'string', value: 'N', summary: 'The Nth action of the block, where it has several' },
    again: { type: 'boolean', summary: 'Start a job although the same block is running' },
    yes: { type: 'boolean', short: 'y', summary: 'Approve without being asked' },
    json: { type: 'boolean', summary: 'Print JSON' },
  },
  run: async (context, [file = '-'], options) => {
    const { cwd, line, action, yes, json, again } = options
    for (const [name, value] of Object.entries({ line, action })) {
      if (typeof value !== 'string' || /^[1-9]\d*$/.test(value)) continue
      context.console.err(`--${name} wants a number from 1, not ${value}`)
      return exitUsage
    }
    const folder = resolveFolder(typeof cwd === 'string' ? cwd : context.cwd)
    const nth = typeof action === 'string' ? Number(action) - 1 : null
    const place = { text: readInput(file), file, line: typeof line === 'string' ? line : null, nth }
    return doFrom(context, place, folder, { yes: yes === true, json: json === true, again: again === true })
  },
}

interface DoWish {
  readonly yes: boolean
  readonly json: boolean
  readonly again: boolean
}

async function doFrom(context: VerbContext, place: BlockText, folder: string, wish: DoWish): Promise<number> {
  const { console, requests, state, store } = context
  const { yes, json } = wish
  const chosen = chooseBlock(place, console, !yes)
  if (chosen === null) return tellErrors(place.text, console, json)
  const { block, line } = chosen
  const nth = chosen.nth ?? (block.actions.length > 1 ? await askWhich(block.actions, console) : 0)
  if (nth === null) return exitError
  const action = chosenAction(block, `The block at line ${line}`, nth)
  if (action.type === 'job_start')
    return startFrom(context, { ...place, line: String(line), nth }, folder, { ...wish, dryRun: false })

  const choose = () => chooseAgent(settingsOf(state), findAgents(context.env), null)
  const act = planAct(action, folder, { store, folder: state.folder(folderKey(folder)) }, choose)
  if (act.kind === 'nothing') {
    tell(console, json, act.job.spec.id, act.why)
    return exitOk
  }
  const how = await approveAct(act, console, wish)
  if (how === null) return exitError
  const id = await carryOut(act, requests, folder, how, context.env)
  tell(console, json, id, doneWords[act.kind])
  return exitOk
}

const doneWords = {
  patch: 'is watched like that now.',
  stop: 'was asked to stop.',
  add: 'is there and waits: relay release runs it.',
  run: 'was let go.',
} as const

function tell(console: Console, json: boolean, id: string, words: string): void {
  if (json) console.out(JSON.stringify({ id }))
  else console.out(words.includes(id) ? words : `${id} ${words}`)
}

/** Mere cadence is shown, and not asked about: whoever typed the command has asked for it. */
async function approveAct(
  act: Exclude<PlannedAct, { kind: 'nothing' }>,
  console: Console,
  { yes, json }: DoWish,
): Promise<'asked' | 'yes_flag' | null> {
  const asks = !yes && !(act.kind === 'patch' && !act.isWeighty)
  if (!json || asks)
    for (const line of renderFactLines(act.facts, console))
      (asks && console.isTerminal ? console.out : console.err)(line)
  if (yes) return 'yes_flag'
  if (!asks) return 'asked'
  const answer = await console.ask(`${questions[act.kind]} [y]es, [N]o: `)
  if (answer === null)
    throw new RelayError(
      'needs_approval',
      'Not done: nobody can be asked to approve it here (no terminal, or the block came on standard input). Use --yes.',
    )
  if (/^y(es)?$/i.test(answer.trim())) return 'asked'
  console.err('Not done.')
  return null
}

const questions = {
  patch: 'Change it?',
  stop: 'Stop it?',
  add: 'Add it?',
  run: 'Run it?',
} as const

/** Which of several actions; null: none. Throws RelayError if nobody can be asked. */
async function askWhich(actions: readonly Action[], console: Console): Promise<number | null> {
  for (const [index, action] of actions.entries())
    console.err(
      `  ${index + 1}  ${actionTitles[action.type]}${'description' in action ? `: ${action.description ?? ''}` : ''}`,
    )
  const answer = await console.ask(`The block has ${actions.length} actions. Which one? [1-${actions.length}]: `)
  if (answer === null)
    throw new RelayError('several_actions', `The block has ${actions.length} actions: choose one with --action.`)
  const nth = Number(answer.trim()) - 1
  if (actions[nth] !== undefined) return nth
  console.err('Not done.')
  return null
}
