// What a job will do, whole: the thing a person approves. Its canonical text is what the approval's digest is made of.
import * as z from 'zod'
import { backendPlanSchema } from '../backends/backendPlan'
import { type JobStart, preflightDefaults, preflightSchema, watchDefaults } from '../blocks/schema'
import { experimentPlanSchema } from '../experiments/experimentPlan'
import { type Agent, agentSchema, builtinAgent, jobLimitSec, resuming } from '../followUps/agent'
import { jobIdSchema } from './jobId'
import { planSupervisor } from './planSupervisor'
import { findNone, type FindJob, planQueue, queuePlanSchema } from './queuePlan'

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

/** A JSON file in the workspace in which it is said what has become of the stages and the work. */
export const runStateSchema = z.strictObject({
  runId: z.string(),
  /** Relative to the directory of the plan. */
  file: z.string(),
})

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
  /** Patterns that are told of when a line of the log has them. Absent: the choices. */
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
  backend: backendPlanSchema,
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
  runState: runStateSchema.optional(),
  queue: queuePlanSchema.optional(),
  experiment: experimentPlanSchema.optional(),
})
export type Plan = z.infer<typeof planSchema>

export type PlanResult =
  { readonly plan: Plan; readonly description: string | null } | { readonly refusals: readonly string[] }

/** Variables every job gets: Python must not hold back lines of a log that somebody watches. */
const standardEnv = { PYTHONUNBUFFERED: '1' }

/** What a person has chosen for jobs whose blocks say nothing of it. Absent: as it is built in. */
export interface PlanDefaults {
  readonly staleSec?: number
  readonly alertOn?: readonly string[]
}

/** What else a block leaves open. */
export interface PlanChoices extends PlanDefaults {
  /** Who does the follow-up; absent: the built-in analyst. */
  readonly agent?: Agent
  /** Which job a word means: what is approved names jobs by their ids. */
  readonly findJob?: FindJob
}

/**
 * The plan of one `job_start`, with all defaults filled in, run in `folder` (absolute). What cannot be
 * done as it is asked for is refused with a sentence: an ignored field would be a broken promise.
 */
export function planJob(action: JobStart, folder: string, choices: PlanChoices = {}): PlanResult {
  const refusals: string[] = []
  const queue = planQueue(action.queue, choices.findJob ?? findNone, refusals)
  const asked = 'supervisor' in action ? planSupervisor(action.supervisor, action.watch, folder) : null
  if (asked !== null && 'refusals' in asked) return { refusals: [...refusals, ...asked.refusals] }
  if (refusals.length > 0) return { refusals }
  const watch = action.watch ?? {}
  const { thenTask, thenTaskDescription } = watch
  // What is meant to run for very long has its own limit, unless somebody wants to be told of none.
  const usualSec = watch.long === true && choices.staleSec !== 0 ? undefined : choices.staleSec
  const staleSec = watch.staleSec ?? usualSec
  const alertOn = watch.alertOn ?? choices.alertOn
  return {
    description: action.description ?? null,
    plan: {
      work: { kind: 'command', command: 'supervisor' in action ? action.supervisor.fullCmd : action.command },
      backend: { kind: 'local' },
      cwd: asked?.cwd ?? folder,
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
        ...asked?.watch,
        ...(watch.long === true ? { long: true as const } : {}),
        ...(staleSec === undefined ? {} : { staleSec }),
        ...(alertOn === undefined ? {} : { alertOn }),
      },
      followUp:
        thenTask === undefined
          ? null
          : {
              task: thenTask,
              description: thenTaskDescription ?? null,
              run: watch.runTasks ?? watchDefaults.runTasks,
              agent: choices.agent ?? builtinAgent,
            },
      ...(asked === null ? {} : { stages: asked.stages, runState: asked.runState }),
      ...(queue === null ? {} : { queue }),
    },
  }
}

/**
 * The plan of the follow-up that `plan` promised, about one ended attempt. `conversation`: the one from which its block
 * came; gone on with if the plan says so.
 */
export function planFollowUp(
  plan: Plan,
  about: { jobId: z.infer<typeof jobIdSchema>; attempt: number },
  conversation: string | null = null,
): Plan | null {
  if (plan.followUp === null) return null
  const agent = resuming(plan.followUp.agent, conversation)
  return {
    cwd: plan.cwd,
    env: plan.env,
    work: { kind: 'agent', agent, task: plan.followUp.task, about },
    backend: { kind: 'local' },
    timeLimitSec: jobLimitSec(agent),
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
