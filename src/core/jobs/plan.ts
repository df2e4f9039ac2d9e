// What a job will do, whole: the thing a person approves. Its canonical text is what the approval's digest is made of.
import * as z from 'zod'
import { type JobStart, preflightDefaults, preflightSchema, watchDefaults } from '../blocks/schema'
import { experimentPlanSchema } from '../experiments/experimentPlan'
import { jobIdSchema } from './jobId'
import { queuePlanSchema } from './queuePlan'

/** Who does a follow-up. `builtin` reads the log and the result files itself; it needs no account. */
export const agentSchema = z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('builtin') })])
export type Agent = z.infer<typeof agentSchema>

export const workSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('command'), command: z.string() }),
  z.strictObject({
    kind: z.literal('agent'),
    agent: agentSchema,
    task: z.string(),
    /** The ended attempt that the task is about; null for a task of its own. */
    about: z.strictObject({ jobId: jobIdSchema, attempt: z.int().min(1) }).nullable(),
  }),
])
export type Work = z.infer<typeof workSchema>

/** What has to succeed before the work itself is begun: a smoke run, a test with little data. */
export const stageSchema = z.strictObject({
  name: z.string(),
  command: z.string(),
  timeLimitSec: z.int().min(1).nullable(),
  requireFiles: z.array(z.string()).readonly(),
  readyTimeoutSec: z.int().min(1),
  readyPollSec: z.int().min(1),
})
export type Stage = z.infer<typeof stageSchema>

export const watchPlanSchema = z.strictObject({
  everySec: z.int().min(1),
  tailLines: z.int().min(1),
  requireFiles: z.array(z.string()).readonly(),
  readyTimeoutSec: z.int().min(1),
  readyPollSec: z.int().min(1),
  onMissing: z.enum(['block', 'enqueue']),
  /** It is meant to run for very long. */
  long: z.literal(true).optional(),
  /** Without output and without work for so long it is told of; 0: never. Absent: the default. */
  staleSec: z.int().min(0).optional(),
  /** Patterns that are told of when a line of the log has them. Absent: the defaults. */
  alertOn: z.array(z.string()).readonly().optional(),
})
export type WatchPlan = z.infer<typeof watchPlanSchema>

/** `run` false: the task is there when the job ends, and waits for a person. */
export const followUpPlanSchema = z.strictObject({
  task: z.string(),
  description: z.string().nullable(),
  run: z.boolean(),
  agent: agentSchema,
})
export type FollowUpPlan = z.infer<typeof followUpPlanSchema>

export const planSchema = z.strictObject({
  work: workSchema,
  backend: z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('local') })]),
  /** Absolute. */
  cwd: z.string(),
  /** Variables the job sets on top of the submitter's environment. */
  env: z.record(z.string(), z.string()),
  /** Wall time after which the job is ended and called failed; null: none. */
  timeLimitSec: z.int().min(1).nullable(),
  preflight: preflightSchema.required(),
  watch: watchPlanSchema,
  followUp: followUpPlanSchema.nullable(),
  // What follows is absent where it says nothing, so that older plans keep their digests.
  /** Run one after the other before the work; the first that fails ends the job. */
  stages: z.array(stageSchema).min(1).readonly().optional(),
  queue: queuePlanSchema.optional(),
  experiment: experimentPlanSchema.optional(),
})
export type Plan = z.infer<typeof planSchema>

export type PlanResult =
  { readonly plan: Plan; readonly description: string | null } | { readonly refusals: readonly string[] }

/** Variables every job gets: Python must not hold back lines of a log that somebody watches. */
const standardEnv = { PYTHONUNBUFFERED: '1' }

/**
 * The plan of one `job_start`, with all defaults filled in, run in `cwd` (absolute). A field whose behaviour does not
 * exist yet is refused with a sentence: an ignored field would be a broken promise.
 */
export function planJob(action: JobStart, cwd: string): PlanResult {
  const refusals: string[] = []
  if ('supervisor' in action)
    refusals.push(
      '"supervisor" (a smoke gate before the full run) cannot be run yet: start the two commands one by one.',
    )
  if (action.watch?.long === true)
    refusals.push('"watch.long" is not supported yet: leave it out; every job may run as long as it likes.')
  if (refusals.length > 0 || 'supervisor' in action) return { refusals }

  const watch = action.watch ?? {}
  const { thenTask, thenTaskDescription } = watch
  return {
    description: action.description ?? null,
    plan: {
      work: { kind: 'command', command: action.command },
      backend: { kind: 'local' },
      cwd,
      env: standardEnv,
      timeLimitSec: null,
      preflight: {
        checks: action.preflight?.checks ?? [],
        onFail: action.preflight?.onFail ?? preflightDefaults.onFail,
      },
      watch: {
        everySec: watch.everySec ?? watchDefaults.everySec,
        tailLines: watch.tailLines ?? watchDefaults.tailLines,
        requireFiles: watch.requireFiles ?? watchDefaults.requireFiles,
        readyTimeoutSec: watch.readyTimeoutSec ?? watchDefaults.readyTimeoutSec,
        readyPollSec: watch.readyPollSec ?? watchDefaults.readyPollSec,
        onMissing: watch.onMissing ?? watchDefaults.onMissing,
      },
      followUp:
        thenTask === undefined
          ? null
          : {
              task: thenTask,
              description: thenTaskDescription ?? null,
              run: watch.runTasks ?? watchDefaults.runTasks,
              agent: { kind: 'builtin' },
            },
    },
  }
}

/** The plan of the follow-up that `plan` promised, about one ended attempt. */
export function planFollowUp(plan: Plan, about: { jobId: z.infer<typeof jobIdSchema>; attempt: number }): Plan | null {
  if (plan.followUp === null) return null
  return {
    cwd: plan.cwd,
    env: plan.env,
    work: { kind: 'agent', agent: plan.followUp.agent, task: plan.followUp.task, about },
    backend: { kind: 'local' },
    timeLimitSec: 3600,
    preflight: { checks: [], onFail: 'reject' },
    watch: { ...plan.watch, requireFiles: [] },
    followUp: null,
  }
}

/** One text per plan: keys sorted, no blanks. The approval digest is the SHA-256 of this text in UTF-8. */
export function canonicalPlan(plan: Plan): string {
  return canonicalJson(plan)
}

/** JSON with sorted keys and no blanks: one text for one value. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`
  }
  return JSON.stringify(value)
}
