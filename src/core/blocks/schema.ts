// The relay-actions contract: every action, field and limit. The one source of the types, of what is checked, and of
// what editors offer. It describes normalized actions and has no defaults, because a job_watch patches.
import * as z from 'zod'

export const nulMessage = 'must not contain a NUL character'

// The messages complete the sentence that begins with the name of the field.
const text = (max: number) =>
  z
    .string()
    .regex(/\S/, 'must not be empty')
    .regex(/^[^\0]*$/, nulMessage)
    .max(max, `must have at most ${max} characters`)
const whole = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`
  return z.int(message).min(min, message).max(max, message)
}
const files = (maxLength: number) => z.array(text(maxLength)).max(32, 'must name at most 32 files')

const jobId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,79}$/, 'must be the id of a job')
const onMissing = z.enum(['block', 'enqueue'])
const readyTimeoutSec = whole(10, 86_400)
const readyPollSec = whole(1, 3600)

export const watchSchema = z.strictObject({
  everySec: whole(1, 86_400).optional(),
  tailLines: whole(1, 500).optional(),
  thenTask: text(2000).optional(),
  thenTaskDescription: text(200).optional(),
  runTasks: z.boolean().optional(),
  requireFiles: files(600).optional(),
  readyTimeoutSec: readyTimeoutSec.optional(),
  readyPollSec: readyPollSec.optional(),
  onMissing: onMissing.optional(),
  long: z.boolean().optional(),
})
export type Watch = z.infer<typeof watchSchema>

/** What a job's watch is where its block says nothing. */
export const watchDefaults = {
  everySec: 300,
  tailLines: 30,
  requireFiles: [],
  readyTimeoutSec: 900,
  readyPollSec: 15,
  onMissing: 'block',
  runTasks: false,
  long: false,
} as const satisfies Watch

const gbMessage = 'must be more than 0 and at most 1024'
export const checkSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('path_exists'), path: text(800) }),
  z.strictObject({ type: z.literal('cmd_exit_zero'), cmd: text(4000), timeoutSec: whole(1, 600).optional() }),
  z.strictObject({
    type: z.literal('min_free_disk_gb'),
    gb: z.number().positive(gbMessage).max(1024, gbMessage),
    path: text(800).optional(),
  }),
])
export type Check = z.infer<typeof checkSchema>

export const preflightSchema = z.strictObject({
  checks: z.array(checkSchema),
  onFail: z.enum(['reject', 'warn']).optional(),
})
export type Preflight = z.infer<typeof preflightSchema>

/** What the fields of a preflight and its checks are where the block says nothing. */
export const preflightDefaults = { onFail: 'reject', timeoutSec: 30, path: '.' } as const

export const supervisorSchema = z.strictObject({
  mode: z.literal('stage0_smoke_gate').optional(),
  runId: text(200),
  stateFile: text(1000),
  smokeCmd: text(4000),
  fullCmd: text(4000),
  smokeRequiredFiles: files(1000).optional(),
  fullRequiredFiles: files(1000).optional(),
  smokeRunDir: text(1000).optional(),
  cleanupSmokePolicy: z.enum(['keep_all', 'keep_manifest_only']).optional(),
  gateOut: text(1000).optional(),
  gateErr: text(1000).optional(),
  cwd: text(1000).optional(),
  projectRoot: text(1000).optional(),
  expectStatus: text(120).optional(),
  readyTimeoutSec: readyTimeoutSec.optional(),
  readyPollSec: readyPollSec.optional(),
  onMissing: onMissing.optional(),
})
export type Supervisor = z.infer<typeof supervisorSchema>

const startFields = {
  type: z.literal('job_start'),
  description: text(200).optional(),
  watch: watchSchema.optional(),
  preflight: preflightSchema.optional(),
}
export const commandJobSchema = z.strictObject({ ...startFields, command: text(12_000) })
export const supervisorJobSchema = z.strictObject({ ...startFields, supervisor: supervisorSchema })
/** A job runs a command or a supervised pair of them, never both: `'command' in job` tells which. */
export const jobStartSchema = z.union([commandJobSchema, supervisorJobSchema])
export type JobStart = z.infer<typeof jobStartSchema>

/** Without `jobId` the latest job is meant. A watch given here patches the job's own. */
export const jobWatchSchema = z.strictObject({
  type: z.literal('job_watch'),
  jobId: jobId.optional(),
  watch: watchSchema.optional(),
})
export type JobWatch = z.infer<typeof jobWatchSchema>

export const jobStopSchema = z.strictObject({ type: z.literal('job_stop'), jobId: jobId.optional() })
export type JobStop = z.infer<typeof jobStopSchema>

export const taskAddSchema = z.strictObject({
  type: z.literal('task_add'),
  text: text(2000),
  description: text(200).optional(),
})
export type TaskAdd = z.infer<typeof taskAddSchema>

export const taskRunSchema = z.strictObject({ type: z.literal('task_run'), jobId: jobId.optional() })
export type TaskRun = z.infer<typeof taskRunSchema>

export const actionSchema = z.union([jobStartSchema, jobWatchSchema, jobStopSchema, taskAddSchema, taskRunSchema])
export type Action = z.infer<typeof actionSchema>

export const actionTypes = ['job_start', 'job_watch', 'job_stop', 'task_add', 'task_run'] as const
export type ActionType = (typeof actionTypes)[number]
export const checkTypes = ['path_exists', 'cmd_exit_zero', 'min_free_disk_gb'] as const
