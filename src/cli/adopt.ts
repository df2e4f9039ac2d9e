// Adopting what runs already, or asking a service for it: shown whole, approved, and watched as a job from then on.
import { type ForeignWork, planForeign } from '../core/backends/planBackend'
import { RelayError } from '../core/relayError'
import { resolveFolder } from '../store/jobs/jobRequests'
import { startPlanned } from './start'
import type { Options, VerbContext } from './verb'

export const adoptOptions = {
  require: { type: 'string', value: 'FILES', summary: 'adopt: files that it must write, with commas between' },
  cwd: { type: 'string', value: 'DIR', summary: 'The folder that the job belongs to (default: this one)' },
  yes: { type: 'boolean', short: 'y', summary: 'Approve without being asked' },
  json: { type: 'boolean', summary: 'Print JSON' },
} as const

/** The exit status. Throws RelayError. */
export function adopt(
  context: VerbContext,
  work: Pick<ForeignWork, 'backend' | 'title'>,
  { cwd, require: required, yes, json }: Options,
): Promise<number> {
  const folder = resolveFolder(typeof cwd === 'string' ? cwd : context.cwd)
  const requireFiles = typeof required === 'string' ? required.split(',').map((file) => file.trim()) : []
  const planned = planForeign({ ...work, cwd: folder, watch: { requireFiles } })
  if ('refusals' in planned) throw new RelayError('bad_backend', `Not adopted: ${planned.refusals.join(' ')}`)
  const origin = { kind: 'block', file: null, line: 1 } as const
  const wish = { yes: yes === true, json: json === true, dryRun: false, again: true }
  return startPlanned(context, { plan: planned.plan, description: null, folder, origin }, wish)
}
