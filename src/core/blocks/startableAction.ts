// Which action of a block a click means.
import { RelayError } from '../relayError'
import type { Block } from './parseBlocks'
import type { Action, JobStart } from './schema'

/** What is asked of jobs that are there, or of tasks: anything but a start. */
export type Act = Exclude<Action, { type: 'job_start' }>

/** What an action is called where a person chooses one. */
export const actionTitles: Readonly<Record<Action['type'], string>> = {
  job_start: 'Start job',
  job_watch: 'Change watch',
  job_stop: 'Stop job',
  task_add: 'Add task',
  task_run: 'Run task',
}

/** For `nth`, which counts from 0: the block is meant as a whole, and has one action. */
export const theOnlyOne = null

/**
 * An action of a block without errors: the `nth`, or the only one. Throws RelayError that says why there is none; `what`
 * names the block.
 */
export function chosenAction(
  { actions, diagnostics }: Block,
  what = 'The block',
  nth: number | null = theOnlyOne,
): Action {
  const mistake = diagnostics.find(({ severity }) => severity === 'error')
  if (mistake !== undefined) throw new RelayError('block_errors', `${what} cannot be started: ${mistake.message}`)
  const action = actions[nth ?? 0]
  if (action === undefined) throw new RelayError('no_action', `${what} has no action.`)
  if (nth === null && actions.length > 1)
    throw new RelayError('several_actions', `${what} has ${actions.length} actions: choose one of them.`)
  return action
}

/** The `job_start` that is meant. Throws RelayError as `chosenAction` does, and if it is another action. */
export function startableAction(block: Block, what = 'The block', nth: number | null = theOnlyOne): JobStart {
  const action = chosenAction(block, what, nth)
  if (action.type !== 'job_start')
    throw new RelayError('not_a_start', `${what} is a ${action.type}, which starts nothing: a job_start does.`)
  return action
}
