// What can happen to a tracked job, besides what can happen to every undertaking: lines of its journal. Fields may be added as optional
// ones, never removed or given a new meaning. Texts of jobs in them are bounded, and secrets of known shapes are taken out before.
import * as z from 'zod'
import { outcomes } from '../jobs/outcome'
import { maxAttempts } from './trackPlan'
import { trackFailures } from './diagnose'

const attempt = z.int().min(1).max(maxAttempts)
const text = (maxChars: number) => z.string().max(maxChars)

export const resourcesSchema = z.strictObject({
  memoryMb: z.number().min(0).nullable(),
  timeSec: z.number().min(0).nullable(),
})

const spreadSchema = z.strictObject({ mean: z.number(), sd: z.number(), runs: z.int() })

export const metricSchema = z.strictObject({
  name: text(200),
  better: z.enum(['lower', 'higher']).nullable(),
  last: z.number(),
  best: z.number().nullable(),
  count: z.int().min(1),
  seeds: z.strictObject({ best: spreadSchema.nullable(), last: spreadSchema }).nullable(),
  path: text(1000),
})

/** Which state of the results is shown: before the launch, after a failing attempt, all numbers, the discussion. */
export const publicationKeys = ['opened', 'attempt-1', 'attempt-2', 'results', 'discussed'] as const
export type PublicationKey = (typeof publicationKeys)[number]

export const trackEventSchema = z.discriminatedUnion('type', [
  /** The tree as it was before the launch, as a commit that no branch of the person's has. Null: why is in `problem`. */
  z.strictObject({
    type: z.literal('snapshot_taken'),
    commit: z.string().nullable(),
    /** Untracked files that were too large for it. */
    leftOut: z.array(text(1000)).max(50).readonly(),
    problem: text(1000).nullable(),
  }),
  z.strictObject({ type: z.literal('publish_intended'), key: z.enum(publicationKeys) }),
  /** `passing`: it is tried again. Without `url` the text of the pull request is kept beside the track. */
  z.strictObject({
    type: z.literal('published'),
    key: z.enum(publicationKeys),
    commit: z.string().nullable(),
    pushed: z.boolean(),
    url: text(2000).nullable(),
    problem: text(2000).nullable(),
    passing: z.boolean(),
    /** Its real name, where another had the one that was asked for. */
    branch: text(200).optional(),
    /** What was left as a person has made it, and what is different from what they may expect. */
    notes: z.array(text(1000)).max(20).readonly().optional(),
  }),
  /** The files that an attempt has left elsewhere are here, as far as they could be fetched. `passing`: it is tried again. */
  z.strictObject({
    type: z.literal('results_fetched'),
    attempt,
    files: z.int().min(0),
    bytes: z.int().min(0),
    /** Whether nothing that was looked for is missing here. */
    complete: z.boolean(),
    passing: z.boolean(),
    /** Which are missing, and why: a sentence each. */
    problems: z.array(text(1000)).max(20).readonly(),
  }),
  /** An attempt has ended and was looked at: why, and what it has left. */
  z.strictObject({
    type: z.literal('examined'),
    attempt,
    outcome: z.enum(outcomes),
    reason: text(1000),
    /** What a service knows it by: a SLURM id, a run. */
    known: text(200).nullable(),
    startedAtMs: z.number().nullable(),
    endedAtMs: z.number(),
    /** Null: nothing has failed. */
    failure: z
      .strictObject({
        class: z.enum(trackFailures),
        explanation: text(2000),
        evidence: z.array(text(600)).max(5).readonly(),
        signature: text(400),
      })
      .nullable(),
    resources: resourcesSchema,
    metrics: z.array(metricSchema).max(64).readonly(),
    missing: z.array(text(200)).max(64).readonly(),
    problems: z.array(text(1000)).max(20).readonly(),
  }),
  z.strictObject({
    type: z.literal('relaunch_decided'),
    attempt,
    how: z.enum(['rule', 'agent', 'stop']),
    changes: resourcesSchema,
    why: text(1000),
  }),
  /** `folder`: what the workspace folder is there. Null: why is in `problem`. */
  z.strictObject({
    type: z.literal('worktree_made'),
    attempt,
    folder: z.string().nullable(),
    problem: text(1000).nullable(),
  }),
  /** What the agent has changed there; `commit` holds it. The patch itself is kept beside the track. */
  z.strictObject({
    type: z.literal('fix_taken'),
    attempt,
    commit: z.string().nullable(),
    files: z.array(text(1000)).max(200).readonly(),
    added: z.int().min(0),
    removed: z.int().min(0),
    problem: text(1000).nullable(),
  }),
  z.strictObject({
    type: z.literal('discussed'),
    by: text(200),
    /** Null: it could not be written, and why is in `problem`. */
    text: text(20_000).nullable(),
    problem: text(1000).nullable(),
  }),
  z.strictObject({
    type: z.literal('handed_over'),
    problem: text(1000).nullable(),
    /** Worktrees of fixes that were not cleared away, for something is in them that is nowhere else. */
    kept: z.array(text(4096)).max(maxAttempts).readonly().optional(),
  }),
  z.strictObject({ type: z.literal('track_ended'), outcome: z.enum(outcomes), summary: text(2000) }),
])
export type TrackEvent = z.infer<typeof trackEventSchema>
