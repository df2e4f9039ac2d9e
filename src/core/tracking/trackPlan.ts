// What a track will do, whole: the thing a person approves once, so that no question is asked afterwards. Its canonical text is what
// the approval's digest is made of. Fields may be added as optional ones, never removed or given a new meaning.
import * as z from 'zod'
import { agentSchema } from '../followUps/agent'
import { canonicalJson, planSchema } from '../jobs/plan'

/** A failing job is run at most so often in all. */
export const maxAttempts = 3

/** What a person pointed at. `launch`: a command of their own; `script`: one that a scheduler gets; `workflow`: a dispatch. */
export const trackedKinds = ['launch', 'script', 'workflow', 'slurm', 'process', 'run'] as const

export const trackPlanSchema = z.strictObject({
  kind: z.literal('track'),
  tracked: z.strictObject({
    kind: z.enum(trackedKinds),
    /** In words: `SLURM job 4711 (train)`. */
    name: z.string().min(1).max(400),
  }),
  /** The first attempt; its backend says where it is launched, or what is adopted. */
  job: planSchema,
  experiment: z.string().min(1).max(120),
  /** `YYYY-MM-DD`: a part of the branch's name, so not the time at which somebody gets to it. */
  date: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  /** The experiment document, from the workspace folder on; null: only the pull request has the table. */
  document: z.string().nullable(),
  results: z.strictObject({
    /** From the workspace folder on. */
    folder: z.string().nullable(),
    /** From that folder on. */
    globs: z.array(z.string()).max(32).readonly(),
  }),
  /** Names as people write them; empty: those that are found. */
  metrics: z.array(z.string().min(1).max(120)).max(64).readonly(),
  /** Null: no git, no pull request; what would stand there is kept beside the track. */
  pullRequest: z
    .strictObject({
      branch: z.string(),
      /** Null: nothing is pushed, and the branch is kept here. */
      remote: z.string().nullable(),
      /** What it is to be merged into; null: the default of the remote. */
      base: z.string().nullable(),
      /** False: the branch is pushed, and the text of the pull request shown. */
      opens: z.boolean(),
      title: z.string(),
      /** The template of its text. */
      body: z.string().max(10_000),
      /** The last line of commit messages; null: none. */
      trailer: z.string().nullable(),
    })
    .nullable(),
  relaunch: z.strictObject({
    /** In all, the first among them. 1: never again. */
    attempts: z.int().min(1).max(maxAttempts),
    /** What a later attempt runs, before a rule or a fix changes it; null: what was adopted cannot be launched again. */
    again: planSchema.nullable(),
    /** Why not, where that is known: what follows “It cannot be run again:”. */
    onceFor: z.string().min(1).max(300).optional(),
    /** A rule may ask for more up to these; null: a rule may not. */
    maxMemoryMb: z.int().min(1).nullable(),
    maxTimeSec: z.int().min(1).nullable(),
    /** Who looks for a fix where no rule helps; null: nobody. */
    agent: agentSchema.nullable(),
    /** Data and environments that are linked into the worktree of a fix, from the workspace folder on. */
    links: z.array(z.string().min(1).max(400)).max(32).readonly(),
  }),
  /** Who writes the section of discussion; null: nobody. */
  discussion: agentSchema.nullable(),
})
export type TrackPlan = z.infer<typeof trackPlanSchema>

/** One text per plan. The approval digest is the SHA-256 of this text in UTF-8. */
export function canonicalTrackPlan(plan: TrackPlan): string {
  return canonicalJson(plan)
}
