// The immutable half of a job: what was asked, by whom, where. Written once as `spec.json`.
import * as z from 'zod'
import { jobIdSchema } from './jobId'
import { planSchema } from './plan'
import { isQualityOfChunk } from '../steps/qualityOfChunk'
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
  /** An act of a run of steps: `run` is the undertaking, the rest as in `.task_execution.log`. */
  z.strictObject({
    kind: z.literal('step'),
    run: jobIdSchema,
    step: z.int().min(0),
    taskId: z.string(),
    phase: z.string(),
    name: z.string(),
  }),
  /** An act of a tracked job: `run` is the undertaking. */
  z.strictObject({ kind: z.literal('track'), run: jobIdSchema, act: z.string() }),
])
export type Origin = z.infer<typeof originSchema>

/** The undertaking that a job is a part of; null for a job of its own. */
export function undertakingOf(origin: Origin): z.infer<typeof jobIdSchema> | null {
  return origin.kind === 'step' || origin.kind === 'track' ? origin.run : null
}

/**
 * A check of a step, its test, or a look of a monitor: there are many of them, and nobody asks for one by itself. Once it has ended
 * it stands with its step, and in no list of jobs.
 */
export function isCheckOfStep(origin: Origin): boolean {
  return origin.kind === 'step' && (origin.phase !== 'MAIN' || isQualityOfChunk(origin.name))
}

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
