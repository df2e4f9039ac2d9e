// The plan of an action for a folder on disk.
import path from 'node:path'
import type { JobStart } from '../../core/blocks/schema'
import { planJob, type Plan } from '../../core/jobs/plan'
import { RelayError } from '../../core/relayError'

/** The plan of `action` in `folder` (a real path). Throws RelayError if it cannot or must not be run there. */
export function planInFolder(action: JobStart, folder: string): { plan: Plan; description: string | null } {
  const result = planJob(action, folder)
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
  return result
}
