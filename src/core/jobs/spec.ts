// The immutable half of a job: what was asked, by whom, where. Written once as `spec.json`.
import * as z from 'zod'
import { jobIdSchema } from './jobId'
import { planSchema } from './plan'
import { transcriptAgents } from '../transcripts/turn'

export const originSchema = z.discriminatedUnion('kind', [
  /** `file` is absolute, or null for standard input; `line` counts from 1. */
  z.strictObject({ kind: z.literal('block'), file: z.string().nullable(), line: z.int().min(1) }),
  /** At the end of a turn of an agent's own conversation, which it can resume by that id. */
  z.strictObject({ kind: z.literal('conversation'), agent: z.enum(transcriptAgents), conversation: z.string() }),
  z.strictObject({ kind: z.literal('follow_up'), parent: jobIdSchema, attempt: z.int().min(1) }),
  /** Asked for by the final answer of a follow-up. `root` began the chain; `depth` counts the jobs between, from 1. */
  z.strictObject({
    kind: z.literal('answer'),
    parent: jobIdSchema,
    attempt: z.int().min(1),
    root: jobIdSchema,
    depth: z.int().min(1),
  }),
  /** A task of a person's own, or the answer to one that was blocked. */
  z.strictObject({ kind: z.literal('task'), answers: jobIdSchema.nullable() }),
  z.strictObject({ kind: z.literal('experiment'), template: z.string().nullable() }),
])
export type Origin = z.infer<typeof originSchema>

export const jobSpecSchema = z.strictObject({
  v: z.literal(1),
  id: jobIdSchema,
  createdAtMs: z.number(),
  /** The only host whose supervisor may act on this job. */
  host: z.string(),
  /** Real path of the workspace folder whose documents this job keeps. */
  folder: z.string(),
  origin: originSchema,
  description: z.string().nullable(),
  plan: planSchema,
  /** Only its checks are run, and its command never. Not there for any other job, so that older versions read those. */
  dryRun: z.literal(true).optional(),
  /** It waits for a person to let it go. */
  held: z.literal(true).optional(),
})
export type JobSpec = z.infer<typeof jobSpecSchema>
