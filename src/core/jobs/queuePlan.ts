// What a job waits for before it may begin: a place in a group that runs few at a time, and the ends of other jobs.
import * as z from 'zod'
import { type Queue, queueDefaults } from '../blocks/schema'
import { type JobId, jobIdSchema } from './jobId'

export const queuePlanSchema = z.strictObject({
  /** Of the jobs of one group so many run at once as its limit says; `host` counts over all folders of this machine. */
  group: z.strictObject({ name: z.string(), scope: z.enum(['folder', 'host']) }).optional(),
  /** Jobs that must have ended, or succeeded, before. */
  after: z
    .array(z.strictObject({ jobId: jobIdSchema, on: z.enum(['succeeded', 'ended']) }))
    .readonly()
    .optional(),
})
export type QueuePlan = z.infer<typeof queuePlanSchema>

/** The job that a word means: its id, the beginning or the end of it, or `latest`; or in a sentence why there is none. */
export type FindJob = (word: string) => { readonly id: JobId } | { readonly problem: string }

/** For where nobody knows jobs. */
export const findNone: FindJob = (word) => ({ problem: `Which job ${word} is cannot be told here.` })

/** What the queue of a block asks for, null if nothing; what cannot be told becomes refusals. */
export function planQueue(queue: Queue | undefined, findJob: FindJob, refusals: string[]): QueuePlan | null {
  const { group, scope = queueDefaults.scope, after = [], afterOutcome = queueDefaults.afterOutcome } = queue ?? {}
  const ids = new Set<JobId>()
  for (const word of after) {
    const found = findJob(word)
    if ('id' in found) ids.add(found.id)
    else refusals.push(found.problem)
  }
  const plan: QueuePlan = {
    ...(group === undefined ? {} : { group: { name: group, scope } }),
    ...(ids.size === 0 ? {} : { after: [...ids].map((jobId) => ({ jobId, on: afterOutcome })) }),
  }
  return Object.keys(plan).length === 0 ? null : plan
}
