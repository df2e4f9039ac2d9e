// The relay-actions contract: every action, field and limit. The one source of the types, of what is checked, and of
// what editors offer. It describes normalized actions and has no defaults, because a job_watch patches.
import * as z from 'zod'
import { maxAlertPatternChars, maxAlertPatterns } from '../logs/alertPatterns'

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
} as const

/** What the fields of a preflight and its checks are where the block says nothing. */
export const preflightDefaults = { onFail: 'reject', timeoutSec: 30, path: '.' } as const

/** What editors and tools say about a field; `value` is what it is where the block says nothing. */
const about = (description: string, value?: unknown) => ({
  description,
  ...(value !== undefined && { default: value }),
})

export const watchSchema = z.strictObject({
  everySec: whole(1, 86_400)
    .optional()
    .meta(about('How often the job is looked at, in seconds.', watchDefaults.everySec)),
  tailLines: whole(1, 500)
    .optional()
    .meta(about('How many lines from the end of the log the follow-up is given.', watchDefaults.tailLines)),
  thenTask: text(2000)
    .optional()
    .meta(
      about('What an agent is asked to do when the job has ended. Name the log, the run id and the metrics to read.'),
    ),
  thenTaskDescription: text(200).optional().meta(about('A short name of the follow-up for lists.')),
  runTasks: z
    .boolean()
    .optional()
    .meta(
      about(
        'Whether the follow-up runs by itself; without it, it is queued and waits for a person.',
        watchDefaults.runTasks,
      ),
    ),
  requireFiles: files(600)
    .optional()
    .meta(about('Files in the workspace that must be there before the follow-up starts.', watchDefaults.requireFiles)),
  readyTimeoutSec: readyTimeoutSec
    .optional()
    .meta(
      about(
        'How long the required files are waited for after the end of the job, in seconds.',
        watchDefaults.readyTimeoutSec,
      ),
    ),
  readyPollSec: readyPollSec
    .optional()
    .meta(about('How often the required files are looked for, in seconds.', watchDefaults.readyPollSec)),
  onMissing: onMissing
    .optional()
    .meta(
      about(
        'What happens if a required file is still missing: block holds the follow-up back, enqueue lets it start.',
        watchDefaults.onMissing,
      ),
    ),
  long: z
    .boolean()
    .optional()
    .meta(
      about(
        'Whether the job is meant to run for very long: it may be silent for longer before a person is told.',
        watchDefaults.long,
      ),
    ),
  staleSec: whole(0, 604_800)
    .optional()
    .meta(
      about(
        'After how many seconds without output and without work a person is told; 0: never. Without it 1800, or six hours if long is true.',
      ),
    ),
  alertOn: z
    .array(text(maxAlertPatternChars))
    .max(maxAlertPatterns, `must have at most ${maxAlertPatterns} patterns`)
    .optional()
    .meta(
      about(
        'Patterns (regular expressions, any letter case) of lines of the log that a person is told of; an empty list: none. Without it, those of errors, tracebacks, NaN losses and full memories.',
      ),
    ),
})
export type Watch = z.infer<typeof watchSchema>

const checkType = about('What is checked.')
const gbMessage = 'must be more than 0 and at most 1024'
export const checkSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('path_exists').meta(checkType),
    path: text(800).meta(about('A file or folder that must exist, from the workspace on.')),
  }),
  z.strictObject({
    type: z.literal('cmd_exit_zero').meta(checkType),
    cmd: text(4000).meta(about('A command that must end with exit code 0.')),
    timeoutSec: whole(1, 600)
      .optional()
      .meta(about('How long the command may take, in seconds.', preflightDefaults.timeoutSec)),
  }),
  z.strictObject({
    type: z.literal('min_free_disk_gb').meta(checkType),
    gb: z.number().positive(gbMessage).max(1024, gbMessage).meta(about('How many gigabytes must be free.')),
    path: text(800).optional().meta(about('A path on the disk that is looked at.', preflightDefaults.path)),
  }),
])
export type Check = z.infer<typeof checkSchema>

export const preflightSchema = z.strictObject({
  checks: z.array(checkSchema).meta(about('What must be true before the job starts.')),
  onFail: z
    .enum(['reject', 'warn'])
    .optional()
    .meta(about('Whether a failed check rejects the job or only warns.', preflightDefaults.onFail)),
})
export type Preflight = z.infer<typeof preflightSchema>

export const supervisorSchema = z.strictObject({
  mode: z
    .literal('stage0_smoke_gate')
    .optional()
    .meta(about('The one kind there is: a smoke command first, then the full one.')),
  runId: text(200).meta(about('The id of the run.')),
  stateFile: text(1000).meta(
    about('The JSON file that is kept by Relay Jobs and tells what has become of the two commands.'),
  ),
  smokeCmd: text(4000).meta(about('A short command that shows that the full one can work.')),
  fullCmd: text(4000).meta(about('The command that runs when the smoke command and its files are right.')),
  smokeRequiredFiles: files(1000).optional().meta(about('Files that the smoke command must have made.')),
  fullRequiredFiles: files(1000).optional().meta(about('Files that the full command must have made.')),
  smokeRunDir: text(1000).optional().meta(about('The folder of the smoke run. It is kept: nothing is deleted.')),
  cleanupSmokePolicy: z
    .enum(['keep_all', 'keep_manifest_only'])
    .optional()
    .meta(about('Has no effect here: everything is kept.')),
  gateOut: text(1000)
    .optional()
    .meta(about('Has no effect here: the output of both commands is in the log of the job.')),
  gateErr: text(1000)
    .optional()
    .meta(about('Has no effect here: the output of both commands is in the log of the job.')),
  cwd: text(1000)
    .optional()
    .meta(
      about('The folder in which the commands run, inside of the workspace; without it, projectRoot or the workspace.'),
    ),
  projectRoot: text(1000).optional().meta(about('The root of the project, inside of the workspace.')),
  expectStatus: text(120)
    .optional()
    .meta(about('The status that the state file must show: success is the only one that a good end has.')),
  readyTimeoutSec: readyTimeoutSec
    .optional()
    .meta(about('How long the required files are waited for, in seconds.', watchDefaults.readyTimeoutSec)),
  readyPollSec: readyPollSec
    .optional()
    .meta(about('How often the required files are looked for, in seconds.', watchDefaults.readyPollSec)),
  onMissing: onMissing
    .optional()
    .meta(about('What happens if a required file is still missing.', watchDefaults.onMissing)),
})
export type Supervisor = z.infer<typeof supervisorSchema>

/** The one job that `latest` means is the newest of the folder that does something else. */
const jobReference = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{2,78}[a-z0-9]$/,
    'must be the id of a job, the beginning or the end of one (at least four characters), or latest',
  )

/** What a queue is where its block says nothing. */
export const queueDefaults = { scope: 'folder', afterOutcome: 'succeeded' } as const

export const queueSchema = z.strictObject({
  group: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/, 'must be a name of letters, digits, dots and hyphens, at most 40')
    .optional()
    .meta(about('A group of jobs of which only so many run at once as its limit says (1, if nobody sets it).')),
  scope: z
    .enum(['folder', 'host'])
    .optional()
    .meta(
      about(
        'Whether the group counts the jobs of this folder, or those of all folders of this machine (one job per GPU).',
        queueDefaults.scope,
      ),
    ),
  after: z
    .array(jobReference)
    .min(1, 'must name a job')
    .max(32, 'must name at most 32 jobs')
    .optional()
    .meta(about('Jobs that must have ended before: an id, the beginning or the end of one, or latest.')),
  afterOutcome: z
    .enum(['succeeded', 'ended'])
    .optional()
    .meta(
      about(
        'Whether those jobs must have succeeded, or it is enough that they have ended.',
        queueDefaults.afterOutcome,
      ),
    ),
})
export type Queue = z.infer<typeof queueSchema>

const actionType = about('What is asked for.')
const jobIdField = jobId.optional().meta(about('The id of a job; without it, the latest one.'))
const startFields = {
  type: z.literal('job_start').meta(actionType),
  description: text(200).optional().meta(about('A short name of the job for lists.')),
  watch: watchSchema.optional().meta(about('How the job is watched, and what happens when it has ended.')),
  preflight: preflightSchema.optional().meta(about('Checks before the start.')),
  queue: queueSchema.optional().meta(about('What it waits for before it begins: a place in a group, other jobs.')),
}
export const commandJobSchema = z.strictObject({
  ...startFields,
  command: text(12_000).meta(about('The shell command to run. It must ask nothing and end by itself.')),
})
export const supervisorJobSchema = z.strictObject({
  ...startFields,
  supervisor: supervisorSchema.meta(
    about('A smoke command that must succeed before the full one runs, in the place of a command.'),
  ),
})
/** A job runs a command or a supervised pair of them, never both: `'command' in job` tells which. */
export const jobStartSchema = z.union([commandJobSchema, supervisorJobSchema])
export type JobStart = z.infer<typeof jobStartSchema>

/** Without `jobId` the latest job is meant. A watch given here patches the job's own. */
export const jobWatchSchema = z.strictObject({
  type: z.literal('job_watch').meta(actionType),
  jobId: jobIdField,
  watch: watchSchema.optional().meta(about('The fields of the watch that change.')),
})
export type JobWatch = z.infer<typeof jobWatchSchema>

export const jobStopSchema = z.strictObject({ type: z.literal('job_stop').meta(actionType), jobId: jobIdField })
export type JobStop = z.infer<typeof jobStopSchema>

export const taskAddSchema = z.strictObject({
  type: z.literal('task_add').meta(actionType),
  text: text(2000).meta(about('What an agent is asked to do.')),
  description: text(200).optional().meta(about('A short name of the task for lists.')),
})
export type TaskAdd = z.infer<typeof taskAddSchema>

export const taskRunSchema = z.strictObject({ type: z.literal('task_run').meta(actionType), jobId: jobIdField })
export type TaskRun = z.infer<typeof taskRunSchema>

export const actionSchema = z.union([jobStartSchema, jobWatchSchema, jobStopSchema, taskAddSchema, taskRunSchema])
export type Action = z.infer<typeof actionSchema>

/** What stands between the markers, as tools and editors describe it. */
export const blockSchema = z.strictObject({
  actions: z.array(actionSchema).min(1).max(64).meta(about('What is asked for: exactly one job_start.')),
})

export const actionTypes = ['job_start', 'job_watch', 'job_stop', 'task_add', 'task_run'] as const
export type ActionType = (typeof actionTypes)[number]
export const checkTypes = ['path_exists', 'cmd_exit_zero', 'min_free_disk_gb'] as const
