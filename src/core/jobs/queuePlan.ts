// What a job waits for before it may begin: a place in a group that runs few at a time, and the ends of other jobs.
import * as z from 'zod'
import { jobIdSchema } from './jobId'

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
