// Where a job runs, or what it adopts: the part of a plan that says so. What is written here is approved, and becomes words of
// argv or of a script of ours; so every value has a strict alphabet of its own.
import * as z from 'zod'
import { handleSchema } from '../jobs/handle'

/** A line without characters that could end it or that cannot be seen. */
const line = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u, 'has characters that cannot be seen')

/** A name of OpenSSH's configuration, a host, or user@host. Never an option. */
export const sshHostSchema = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*(@[A-Za-z0-9][A-Za-z0-9._-]*)?$/)
  .max(255)

/** The number of a SLURM job, or of one task of an array. */
export const slurmIdSchema = z.string().regex(/^[1-9]\d{0,11}(_\d{1,9})?$/)

/** Options of sbatch that Relay Jobs gives itself, or that would keep sbatch from answering. */
const ownOptions = [
  'job-name', 'parsable', 'wrap', 'wait', 'test-only', 'version', 'help', 'usage', 'uid', 'gid', 'chdir', 'requeue', 'no-requeue',
  'array', 'export-file', 'get-user-env', 'open-mode', 'quiet', 'verbose', 'input', 'ignore-pbs', 'clusters', 'cluster',
] as const // prettier-ignore

/** `--name` or `--name=value`; sbatch takes the beginning of a name for the name. */
const extraOption = line.regex(/^--[a-z][a-z-]*(=.*)?$/, 'is not --name or --name=value').refine((word) => {
  const name = word.slice(2).split('=')[0] ?? ''
  // A whole name is itself, whatever else begins with it.
  return name === 'export' || !ownOptions.some((own) => own.startsWith(name))
}, 'is an option that Relay Jobs gives itself, or that sbatch would not answer with')

/** What is asked of the scheduler. All of it is optional: the site has its defaults, and a script its `#SBATCH` lines. */
export const sbatchOptionsSchema = z.strictObject({
  partition: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.,-]*$/)
    .max(200)
    .optional(),
  /** As sbatch has it: minutes, `HH:MM:SS`, `D-HH:MM:SS`. */
  time: z
    .string()
    .regex(/^(\d+-)?\d+(:\d{1,2}){0,2}$/)
    .optional(),
  /** `4G`. */
  mem: z
    .string()
    .regex(/^\d+[KMGT]?B?$/i)
    .optional(),
  /** `1`, `a100:2`. */
  gpus: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.:,-]*$/)
    .max(200)
    .optional(),
  /** For each task. */
  cpus: z.int().min(1).max(100_000).optional(),
  /** `0-9%4`. */
  array: z
    .string()
    .regex(/^\d+(-\d+(:\d+)?)?(,\d+(-\d+(:\d+)?)?)*(%\d+)?$/)
    .max(1000)
    .optional(),
  account: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/)
    .max(200)
    .optional(),
  qos: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/)
    .max(200)
    .optional(),
  /** `afterok:123`. */
  dependency: z
    .string()
    .regex(/^[a-z]+(:\d+(_\d+)?(\+\d+)?)*([,?][a-z]+(:\d+(_\d+)?(\+\d+)?)*)*$/)
    .max(1000)
    .optional(),
  /** The scheduler may begin it anew after a failure of a node or a preemption. Absent: it may not. */
  requeue: z.literal(true).optional(),
  extra: z.array(extraOption).min(1).max(50).readonly().optional(),
})
export type SbatchOptions = z.infer<typeof sbatchOptionsSchema>

/** `owner/name`. */
export const repositorySchema = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[A-Za-z0-9._][A-Za-z0-9._-]{0,99}$/)
export const runIdSchema = z.string().regex(/^[1-9]\d{0,18}$/)
const inputName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/)

export const backendPlanSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('local') }),
  z.strictObject({
    kind: z.literal('slurm'),
    /** Reached by `ssh`; absent: the cluster of this machine. */
    host: sshHostSchema.optional(),
    ask: z.discriminatedUnion('act', [
      /** The command of the plan is the script. `directory`: where it runs on `host`; absent: that of the plan. */
      z.strictObject({
        act: z.literal('submit'),
        options: sbatchOptionsSchema,
        directory: line.regex(/^\//, 'is not absolute').optional(),
      }),
      z.strictObject({ act: z.literal('adopt'), id: slurmIdSchema }),
    ]),
  }),
  z.strictObject({
    kind: z.literal('process'),
    /** It, and no other that has its number by then. */
    process: handleSchema,
    /** The file that it writes to, absolute; absent: not known. */
    log: line.regex(/^\//, 'is not absolute').optional(),
  }),
  z.strictObject({
    kind: z.literal('github'),
    /** Absent: github.com, or what `gh` takes for it. */
    host: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?$/)
      .optional(),
    repo: repositorySchema,
    ask: z.discriminatedUnion('act', [
      z.strictObject({
        act: z.literal('dispatch'),
        /** The file of the workflow (`train.yml`), or its number. */
        workflow: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_. -]{0,199}$/),
        ref: z.string().regex(/^(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_./-]{0,254}$/),
        inputs: z.record(inputName, z.string().max(65_535)),
        /** The input of the workflow that gets the id of the job, by which its run is known again. */
        idInput: inputName.optional(),
      }),
      z.strictObject({ act: z.literal('adopt'), runId: runIdSchema }),
    ]),
    /** The first SLURM job that its log names is watched with it, on `host` or here. */
    chain: z.strictObject({ host: sshHostSchema.optional() }).optional(),
  }),
])
export type BackendPlan = z.infer<typeof backendPlanSchema>
export type BackendKind = BackendPlan['kind']
export type SlurmPlan = Extract<BackendPlan, { kind: 'slurm' }>
export type ProcessPlan = Extract<BackendPlan, { kind: 'process' }>
export type GithubPlan = Extract<BackendPlan, { kind: 'github' }>

/** Whether it is there already, and nothing is started. */
export function isAdopted(backend: BackendPlan): boolean {
  return backend.kind === 'process' || ('ask' in backend && backend.ask.act === 'adopt')
}
