// A person's own jobs on a cluster, for choosing one.
import { meaningOf, renderReason } from '../../core/backends/slurm/states'
import { parseSqueue, type SlurmRow, squeueFormat } from '../../core/backends/slurm/tables'
import { RelayError } from '../../core/relayError'
import type { Cluster } from './cluster'
import { problemOfRun } from './runProgram'

export interface SlurmJob {
  readonly id: string
  readonly name: string | null
  readonly state: string
  /** What the state means, and why it waits. */
  readonly words: string
  readonly partition: string | null
  readonly nodes: string | null
  readonly elapsedSec: number | null
  readonly limitSec: number | null
  readonly submittedAt: string | null
}

/** Those that go on or have ended just now, the newest first. Throws RelayError where the scheduler does not answer. */
export async function listSlurmJobs(cluster: Cluster): Promise<readonly SlurmJob[]> {
  const ran = await cluster.ask(['squeue', '-h', '-t', 'all', '--me', '-o', squeueFormat])
  const problem = problemOfRun('squeue', ran)
  if (ran.kind !== 'ended' || problem !== null)
    throw new RelayError('no_slurm', `SLURM jobs cannot be listed: ${problem ?? ''}.`)
  return [...parseSqueue(ran.stdout)]
    .sort((a, b) => (b.submitMs ?? 0) - (a.submitMs ?? 0) || compareIds(a, b))
    .map(describe)
}

function describe({ id, name, state, reason, partition, nodes, elapsedSec, limitSec, submitMs }: SlurmRow): SlurmJob {
  const { kind, words } = meaningOf(state)
  const why = kind === 'waiting' && reason !== null ? ` ${renderReason(reason)}` : ''
  return {
    id,
    name,
    state,
    words: `${words}${why}`.trimEnd(),
    partition,
    nodes,
    elapsedSec,
    limitSec,
    submittedAt: submitMs === null ? null : new Date(submitMs).toISOString(),
  }
}

function compareIds(a: SlurmRow, b: SlurmRow): number {
  return a.id < b.id ? 1 : -1
}
