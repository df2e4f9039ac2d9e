// A run of steps as its journal tells it: each step with its acts and monitors. Data only; it is computed by `reduceStepRun`.
import * as z from 'zod'
import { type JobId, jobIdSchema } from '../jobs/jobId'
import type { Undertaking } from '../undertakings/undertaking'
import type { LogEntry } from './executionLog'
import { phases, type PhaseName, type StepPlan } from './planStep'
import type { StepRunPlan } from './stepRunPlan'

/**
 * - `not_checked`: nobody could look, which is never *passed*.
 * - `lost`: it is not known how it ended.
 * - `skipped`: something before it failed, so that it was never begun.
 */
export const actOutcomes = ['passed', 'failed', 'not_checked', 'stopped', 'lost'] as const
export type ActOutcome = (typeof actOutcomes)[number]
/** `unproved`: all of it has passed, and nothing but the word of its agent shows that. */
export const stepOutcomes = ['completed', 'unproved', 'failed', 'stopped', 'blocked'] as const
export type StepOutcome = (typeof stepOutcomes)[number]
export const marks = ['started', 'failed', 'unproved', 'ticked'] as const
export type Mark = (typeof marks)[number]

/** A success criterion and the line that shows it. */
export const metSchema = z.strictObject({ criterion: z.string(), line: z.string() })
export type MetCriterion = z.infer<typeof metSchema>

const item = z.int().min(0)
const act = z.int().min(0)
const exit = z.union([z.number(), z.string()]).nullable()

/** `item` counts the steps of the run, `act` the acts of a step's plan, both from 0. */
export const stepRunEventSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('step_begun'), item }),
  /** Recorded before its job is made. `again`: why it is done once more, in words; null the first time. */
  z.strictObject({
    type: z.literal('act_begun'),
    item,
    act,
    try: z.int().min(1),
    job: jobIdSchema,
    again: z.string().nullable(),
  }),
  /** It goes on in the background: what it should have printed by now is there. */
  z.strictObject({ type: z.literal('act_up'), item, act, met: z.array(metSchema).readonly() }),
  /** It was to be up by now, and is ended for that. */
  z.strictObject({ type: z.literal('start_up_timed_out'), item, act }),
  z.strictObject({
    type: z.literal('act_ended'),
    item,
    act,
    /** Null: it is no job. */
    job: jobIdSchema.nullable(),
    outcome: z.enum(actOutcomes),
    /** The exit status, or the name of a signal; null if there was none. */
    exit,
    durationMs: z.number(),
    /** Why it has not passed; empty if it has. */
    detail: z.string(),
    /** The end of what it printed, without secrets of known shapes. */
    output: z.string(),
    met: z.array(metSchema).readonly(),
    /** Outputs or metrics that are worth to be noted; empty if there are none. */
    notable: z.string(),
  }),
  z.strictObject({
    type: z.literal('step_ended'),
    item,
    outcome: z.enum(stepOutcomes),
    phase: z.enum(phases).nullable(),
    reason: z.string(),
  }),
  /** SPEC.md was edited, or (`problem`) could not be, and that is not tried again. */
  z.strictObject({ type: z.literal('spec_marked'), item, mark: z.enum(marks), problem: z.string().nullable() }),
  /** So many more entries are in the log, or (`problem`) could not be written. */
  z.strictObject({ type: z.literal('logged'), count: z.int().min(1), problem: z.string().nullable() }),
  /** A look that is a turn of an agent; recorded before its job is made. */
  z.strictObject({ type: z.literal('look_begun'), item, monitor: act, look: z.int().min(1), job: jobIdSchema }),
  /**
   * A look of a monitor in which something had changed, or (`job`) that was a turn of an agent. `monitor` is its act. Of a turn
   * `exit` is 0 if it is so, 1 if it is not, and `notAnswered` if that is not known.
   */
  z.strictObject({
    type: z.literal('monitor_looked'),
    item,
    monitor: act,
    exit,
    line: z.string(),
    job: jobIdSchema.optional(),
  }),
  z.strictObject({ type: z.literal('alerted'), item, monitor: act, text: z.string() }),
  z.strictObject({ type: z.literal('alert_cleared'), item, monitor: act }),
  /** All monitors of the step. */
  z.strictObject({ type: z.literal('monitors_over'), item, why: z.string() }),
])
export type StepRunEvent = z.infer<typeof stepRunEventSchema>

/** What no agent has answered, which is never *passed*. */
export const notAnswered = 'not checked'

export type ActRunState =
  | { readonly kind: 'waiting' }
  /** `up`: it has started up, and goes on in the background; null where that is not asked, or not so far. */
  | {
      readonly kind: 'running'
      readonly job: JobId
      readonly sinceMs: number
      readonly up: { readonly atMs: number } | null
      readonly timedOut: boolean
    }
  | {
      readonly kind: 'done'
      readonly outcome: ActOutcome
      readonly job: JobId | null
      readonly exit: number | string | null
      readonly endedAtMs: number
      readonly durationMs: number
      /** Why it has not passed; how it was put right, if it was. */
      readonly detail: string
      /** The last line that it printed. */
      readonly said: string
      /** It failed, and what is to be done in that case has passed. */
      readonly recovered: boolean
    }

export interface ActRun {
  /** In the plan of the step. */
  readonly act: number
  readonly state: ActRunState
  /** How often it was begun, ever: the number in the id of its job. */
  readonly tries: number
  /** The same since the step was begun or continued last. */
  readonly triesNow: number
}

/** What a monitor has seen. Monitors are acts of the plan's phase BACKGROUND. */
export interface MonitorRun {
  readonly act: number
  readonly state: 'waiting' | 'watching' | 'over'
  readonly look: { readonly atMs: number; readonly exit: number | string | null; readonly line: string } | null
  /** What a person should know and has not yet ended; `ignored`: they know, and want to hear no more of it. */
  readonly alert: { readonly text: string; readonly atMs: number; readonly ignored: boolean } | null
  readonly alertedAtMs: number | null
  /** How many looks were turns of an agent, and the job of the one that goes on; null: none does. */
  readonly turns: number
  readonly turn: JobId | null
}

export type StepItemState =
  /** The steps before it go first. At rest: it was not its turn any more. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'running'; readonly sinceMs: number }
  | {
      readonly kind: 'ended'
      readonly sinceMs: number
      readonly outcome: StepOutcome
      /** Where it ended; null where that says nothing. */
      readonly phase: PhaseName | null
      readonly reason: string
      readonly atMs: number
    }

export interface StepItem {
  readonly plan: StepPlan
  readonly taskId: string
  readonly blocked: readonly string[]
  readonly state: StepItemState
  /** Those of the phases PRE-FLIGHT to POST-VALIDATION, in the order of the plan. */
  readonly acts: readonly ActRun[]
  readonly monitors: readonly MonitorRun[]
  /** Criteria that were shown so far, by acts that go on or have passed: what a failed try has shown is no evidence. */
  readonly met: readonly (MetCriterion & { readonly act: number })[]
  /** What is worth to be noted in SPEC.md. */
  readonly notable: string
  /** What is to stand in SPEC.md, and whether it does. */
  readonly mark: {
    readonly want: Mark
    readonly atMs: number
    readonly done: boolean
    readonly problem: string | null
  } | null
  /** How often the step was begun or continued. */
  readonly run: number
  /** It has ended, and goes on when it is its turn: a person has said how. */
  readonly again: string | null
  /** It is unproved, and a person has said that the steps behind it are to go on all the same. */
  readonly isLetPass: boolean
}

export interface StepRunState {
  readonly items: readonly StepItem[]
  /** Entries of the log that are not known to be in it. */
  readonly unlogged: readonly LogEntry[]
  /** Why entries are missing in the log, a sentence; null: none is. */
  readonly logProblem: string | null
}

export type StepRun = Undertaking<StepRunPlan, StepRunState>
