// What the words of `relay start` say about waiting, on top of what the block says.
import type { JobStart, Queue } from '../core/blocks/schema'
import { queueSchema } from '../core/blocks/schema'
import { RelayError } from '../core/relayError'
import type { Options, Verb } from './verb'

export const queueOptions: Verb['options'] = {
  group: { type: 'string', value: 'NAME', summary: 'Wait for a place in this group' },
  host: { type: 'boolean', summary: 'The group counts over all folders of this machine' },
  after: { type: 'string', value: 'ID', summary: 'Start after this job has succeeded; several with commas' },
  ended: { type: 'boolean', summary: 'With --after: it is enough that it has ended' },
}

/** Throws RelayError with what is wrong with the words. */
export function readQueueOptions({ group, host, after, ended }: Options): Queue {
  const queue = {
    ...(typeof group === 'string' ? { group } : {}),
    ...(host === true ? { scope: 'host' } : {}),
    ...(typeof after === 'string' ? { after: after.split(',').map((id) => id.trim()) } : {}),
    ...(ended === true ? { afterOutcome: 'ended' } : {}),
  }
  const parsed = queueSchema.safeParse(queue)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new RelayError('bad_option', `Not started: --${String(issue?.path[0])} ${issue?.message ?? 'is wrong'}.`)
}

/** The action as it is to be started: what was said on the command line counts. */
export function withQueue(action: JobStart, queue: Queue): JobStart {
  return Object.keys(queue).length === 0 ? action : { ...action, queue: { ...action.queue, ...queue } }
}
