// Which action of a block a start means.
import { RelayError } from '../relayError'
import type { Block } from './parseBlocks'
import type { JobStart } from './schema'

/** The one `job_start` of a block without errors. Throws RelayError that says why there is none; `what` names the block. */
export function startableAction({ actions, diagnostics }: Block, what = 'The block'): JobStart {
  const mistake = diagnostics.find(({ severity }) => severity === 'error')
  if (mistake !== undefined) throw new RelayError('block_errors', `${what} cannot be started: ${mistake.message}`)
  const [action, ...others] = actions
  if (action === undefined) throw new RelayError('no_action', `${what} has no action.`)
  if (others.length > 0)
    throw new RelayError('several_actions', `${what} has ${actions.length} actions: one job_start can be started.`)
  if (action.type !== 'job_start')
    throw new RelayError(
      'not_a_start',
      `${what} is a ${action.type}, which cannot be done from here yet: only job_start can.`,
    )
  return action
}
