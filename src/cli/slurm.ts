// relay slurm: a person's own jobs on a cluster, and their adoption.
import { slurmIdSchema, sshHostSchema } from '../core/backends/backendPlan'
import { renderDuration, shorten } from '../core/jobs/jobWords'
import { RelayError } from '../core/relayError'
import { Cluster } from '../store/backends/cluster'
import { listSlurmJobs } from '../store/backends/slurmJobs'
import { adopt, adoptOptions } from './adopt'
import { exitOk, exitUsage, type Options, type Verb } from './verb'

export const slurmVerb: Verb = {
  name: 'slurm',
  operands: ['list|adopt', '[ID]'],
  summary: 'List your own SLURM jobs, or adopt one as a job',
  options: {
    on: { type: 'string', value: 'HOST', summary: 'The cluster that this host submits to, reached by ssh' },
    ...adoptOptions,
  },
  run: async (context, [act = '', id], options) => {
    const { console, env } = context
    const host = readHost(options)
    const cluster = new Cluster(host, definedOf(env))
    if (act === 'list' && id === undefined) {
      const jobs = await listSlurmJobs(cluster)
      if (options['json'] === true) console.out(JSON.stringify({ host, jobs }))
      else if (jobs.length === 0) console.out('You have no jobs in the queue.')
      else
        for (const job of jobs) {
          const elapsed = job.elapsedSec === null ? '' : renderDuration(job.elapsedSec * 1000)
          const facts = `${job.id.padEnd(12)} ${job.state.padEnd(11)} ${elapsed.padStart(9)}  ${(job.partition ?? '').padEnd(10)}`
          console.out(`${facts} ${shorten(job.name ?? '', 40)} — ${job.words}`)
        }
      return exitOk
    }
    if (act !== 'adopt' || id === undefined) {
      console.err('relay slurm wants `list`, or `adopt ID`')
      return exitUsage
    }
    if (!slurmIdSchema.safeParse(id).success)
      throw new RelayError('bad_id', `${JSON.stringify(id)} is no number of a SLURM job.`)
    const known = (await listSlurmJobs(cluster).catch(() => [])).find(
      (job) => job.id === id || job.id.startsWith(`${id}_`),
    )
    const backend = { kind: 'slurm', ...(host === null ? {} : { host }), ask: { act: 'adopt', id } } as const
    const name = known?.name ?? null
    return adopt(context, { backend, title: `SLURM job ${id}${name === null ? '' : `: ${name}`}` }, options)
  },
}

function readHost({ on }: Options): string | null {
  if (typeof on !== 'string') return null
  if (!sshHostSchema.safeParse(on).success)
    throw new RelayError('bad_option', `--on wants a host as ssh knows it, not ${JSON.stringify(on)}.`)
  return on
}

/** An environment without what is not set. */
export function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
