// The plan of an action for a folder on disk.
import path from 'node:path'
import type { JobStart } from '../../core/blocks/schema'
import type { ChosenAgent } from '../../core/followUps/chooseAgent'
import { planJob, type Plan } from '../../core/jobs/plan'
import { RelayError } from '../../core/relayError'

export interface PlannedJob {
  readonly plan: Plan
  readonly description: string | null
  /** Who does the follow-up and why, in a sentence; null if there is none. */
  readonly agentChoice: string | null
}

/**
 * The plan of `action` in `folder` (a real path); `choose` says who does its follow-up, if it has one. Throws RelayError if
 * it cannot or must not be run there.
 */
export function planInFolder(action: JobStart, folder: string, choose: () => ChosenAgent): PlannedJob {
  const chosen = action.watch?.thenTask === undefined ? null : choose()
  const result = planJob(action, folder, chosen?.agent)
  if ('refusals' in result) throw new RelayError('not_supported', `Not started: ${result.refusals.join(' ')}`)
  const outside = result.plan.watch.requireFiles.filter((file) => {
    const relative = path.relative(folder, path.resolve(folder, file))
    return relative === '' || relative.startsWith('..') || path.isAbsolute(relative)
  })
  if (outside.length > 0)
    throw new RelayError(
      'outside',
      `Not started: required files must lie in ${folder}, and these do not: ${outside.join(', ')}.`,
    )
  return { ...result, agentChoice: chosen?.why ?? null }
}
