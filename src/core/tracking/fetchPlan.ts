// Where the result files of a tracked job are fetched from when it runs where this machine does not see them: a part of what is approved.
import * as z from 'zod'
import { sshHostSchema } from '../backends/backendPlan'
import type { Plan } from '../jobs/plan'
import { fetchLimits } from './chooseFiles'

export const fetchPlanSchema = z.discriminatedUnion('from', [
  /** `directory`: what the workspace folder is there. */
  z.strictObject({
    from: z.literal('ssh'),
    host: sshHostSchema,
    directory: z
      .string()
      .max(1000)
      .regex(/^\/[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'is not absolute'),
  }),
  /** Those of the workflow run, with `gh`. `chain`: and those of the SLURM job that its log names, from where that ran, by ssh if there is a host. */
  z.strictObject({
    from: z.literal('artifacts'),
    chain: z.strictObject({ host: sshHostSchema.optional() }).optional(),
  }),
])
export type FetchPlan = z.infer<typeof fetchPlanSchema>

/** Null: its files are seen here, or nothing is looked for there. `directory`: where it runs there, if that is known. */
export function planFetch(job: Plan, folder: string | null, directory: string | null): FetchPlan | null {
  const { backend } = job
  switch (backend.kind) {
    case 'slurm': {
      if (backend.host === undefined || folder === null) return null
      const asked = backend.ask.act === 'submit' ? (backend.ask.directory ?? null) : directory
      const there = fetchPlanSchema.safeParse({ from: 'ssh', host: backend.host, directory: asked ?? job.cwd })
      return there.success ? there.data : null
    }
    case 'github':
      return { from: 'artifacts', ...(backend.chain === undefined || folder === null ? {} : { chain: backend.chain }) }
    case 'local':
    case 'process':
      return null
  }
}

/** In words, for whoever approves it: from where, how, and how much at most. */
export function tellFetch(fetch: FetchPlan, folder: string | null): string {
  const most = `at most ${fetchLimits.files} files and ${fetchLimits.bytes / 1024 / 1024} MB, into the state folder of Relay Jobs`
  const bounds = `${most}; what cannot be fetched is said, and stays PENDING`
  if (fetch.from === 'ssh')
    return `fetched by ssh when it ends, from ${folder ?? '.'} in ${fetch.directory} on ${fetch.host} (${bounds}), and read together with its log`
  const { chain } = fetch
  const chained =
    chain === undefined
      ? ''
      : `; and from ${folder ?? '.'} in the folder of the SLURM job that its log names, if that was submitted after the run began, ${chain.host === undefined ? 'on this machine' : `by ssh on ${chain.host}`}`
  return `fetched when it ends, from the artifacts of its workflow run with gh${chained} (${bounds}), and read together with its log`
}
