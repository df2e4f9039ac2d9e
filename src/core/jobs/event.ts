// Everything that can happen to a job: the lines of its journal. Fields may be added, never removed or given a new meaning.
import * as z from 'zod'
import { checkFindingSchema } from './checkFinding'
import { exitSchema } from './exit'
import { fileFindingSchema } from './fileFinding'
import { filePrintSchema } from './filePrint'
import { anyHandleSchema, remoteHandleSchema } from './handle'
import { jobIdSchema } from './jobId'
import { followUpPlanSchema, watchPlanSchema } from './plan'
import { outcomes } from './outcome'
import { remoteSeenSchema } from './remote'
import { runParts } from '../experiments/runParts'
import { usageSchema } from './usage'

/** How a job came to be allowed to run. The digest is that of the plan. */
export const approvalSchema = z.strictObject({
  digest: z.string(),
  /** `retry`: by ourselves, once, after a crash. `chain`: asked for by an answer, and approved before. */
  how: z.enum(['asked', 'yes_flag', 'remembered', 'parent', 'retry', 'chain']),
})
export type Approval = z.infer<typeof approvalSchema>

/** Version control at the start. `commit` is null where there is none, and `problem` says why nothing is known. */
export const sourceSchema = z.strictObject({
  commit: z.string().nullable(),
  branch: z.string().nullable(),
  dirty: z.boolean().nullable(),
  problem: z.string().nullable(),
})
export type Source = z.infer<typeof sourceSchema>

export const answerMarkers = ['done', 'blocked', 'unmarked'] as const

const attempt = z.int().min(1)
/** Which of the plan's stages, from 0; absent: the work itself. */
const stage = z.int().min(0).optional()

export const jobEventSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('requested') }),
  z.strictObject({ type: z.literal('approved'), approval: approvalSchema }),
  /** Its turn has come: what it waited for is over, and its group has a place. */
  z.strictObject({ type: z.literal('turn_given') }),
  /** While it waits: a person holds it back, or lets it go. */
  z.strictObject({ type: z.literal('held') }),
  z.strictObject({ type: z.literal('released') }),
  z.strictObject({ type: z.literal('checked'), findings: z.array(checkFindingSchema).readonly() }),
  /** Recorded before the wrapper is started; `before` are the required files as they are now. */
  z.strictObject({ type: z.literal('launch_intended'), attempt, before: z.array(filePrintSchema).readonly(), stage }),
  /** `startedAtMs`: when the wrapper said who it is. */
  z.strictObject({ type: z.literal('launched'), attempt, handle: anyHandleSchema, startedAtMs: z.number(), stage }),
  /** A service has taken it, and may have to begin it yet; or what it is known by there is known better now. */
  z.strictObject({ type: z.literal('submitted'), attempt, handle: remoteHandleSchema }),
  /** What the service says of it has changed. */
  z.strictObject({ type: z.literal('remote_seen'), attempt, seen: remoteSeenSchema }),
  z.strictObject({ type: z.literal('source_recorded'), source: sourceSchema }),
  /** A look at a running job in which something had changed. The lines themselves stay in the log. */
  z.strictObject({
    type: z.literal('looked'),
    logBytes: z.number(),
    lastLine: z.string(),
    usage: usageSchema.optional(),
  }),
  /** Something that a person should know while it goes on. The same `key` is told once until it is cleared. */
  z.strictObject({
    type: z.literal('alerted'),
    key: z.string(),
    kind: z.enum(['stale', 'pattern', 'silent_start', 'check']),
    text: z.string(),
  }),
  z.strictObject({ type: z.literal('alert_cleared'), key: z.string() }),
  /** The wrapper died without a record while processes of the job live on: the exit will never be known. */
  z.strictObject({ type: z.literal('wrapper_lost'), attempt, evidence: z.string() }),
  z.strictObject({ type: z.literal('stop_requested') }),
  z.strictObject({ type: z.literal('time_limit_reached'), attempt }),
  z.strictObject({
    type: z.literal('exited'),
    attempt,
    exit: exitSchema,
    atMs: z.number(),
    /** Processes of the job that were still alive then, as `pid command`. */
    leftBehind: z.array(z.string()).readonly(),
    stage,
  }),
  /** A stage before the work has done what it should. */
  z.strictObject({
    type: z.literal('stage_passed'),
    attempt,
    stage: z.int().min(0),
    files: z.array(fileFindingSchema).readonly(),
  }),
  /** The end and its promise are one line, so that neither can exist without the other. */
  z.strictObject({
    type: z.literal('ended'),
    attempt,
    outcome: z.enum(outcomes),
    reason: z.string(),
    files: z.array(fileFindingSchema).readonly(),
    answer: z.enum(answerMarkers).nullable(),
    /** `run` false: a person lets it go. `held`: it is made all the same, and waits; before this was so, it was not. */
    followUp: z.strictObject({ jobId: jobIdSchema, run: z.boolean(), held: z.literal(true).optional() }).nullable(),
  }),
  z.strictObject({ type: z.literal('follow_up_created'), jobId: jobIdSchema }),
  /** One part of the work after a run. `problem`: it could not be done; the others go on. */
  z.strictObject({
    type: z.literal('part_done'),
    attempt,
    part: z.enum(runParts),
    detail: z.string(),
    problem: z.string().nullable(),
  }),
  /** What became of the job that the answer of this follow-up asked for. */
  z.strictObject({
    type: z.literal('next_decided'),
    next: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('none') }),
      z.strictObject({ kind: z.literal('started'), jobId: jobIdSchema }),
      /** It is left to a person, under that id. */
      z.strictObject({ kind: z.literal('requested'), requestId: z.string(), why: z.string() }),
      z.strictObject({ kind: z.literal('refused'), why: z.string() }),
    ]),
  }),
  /** How it is watched and what follows it, changed while it lives; `approval` is that of the whole changed plan. */
  z.strictObject({
    type: z.literal('watch_patched'),
    request: z.string(),
    watch: watchPlanSchema,
    followUp: followUpPlanSchema.nullable(),
    approval: approvalSchema,
  }),
  /** `problem`: the document could not be edited, and will not be tried again. */
  z.strictObject({
    type: z.literal('document_edited'),
    edit: z.string(),
    path: z.string(),
    problem: z.string().nullable(),
  }),
  /** `request` is the id of the request, so that one that is taken twice restarts once. */
  z.strictObject({ type: z.literal('restart_requested'), approval: approvalSchema, request: z.string() }),
])
export type JobEvent = z.infer<typeof jobEventSchema>

/** An event with the wall time (ms since the epoch) at which it was recorded. */
export interface RecordedEvent {
  readonly atMs: number
  readonly event: JobEvent
}
