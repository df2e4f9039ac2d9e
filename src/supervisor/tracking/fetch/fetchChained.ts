// Result files of the SLURM job that a workflow run has handed its work to, from the folder in which that ran. Its number comes from a log,
// where anybody's may stand: only one that was submitted after the run began can be its work.
import fs from 'node:fs/promises'
import path from 'node:path'
import { readAccountedPlace, readShownPlace, type WhereRan } from '../../../core/backends/slurm/whereRan'
import type { SlurmHandle } from '../../../core/jobs/handle'
import { Cluster } from '../../../store/backends/cluster'
import { problemOfRun } from '../../../store/backends/runProgram'
import { failed, type Fetched } from './fetched'
import { fetchOverSsh, type SshWish } from './fetchOverSsh'

/** Clocks of GitHub and of a cluster are so far apart at most. */
const clocksMs = 60_000

export interface ChainWish extends Omit<SshWish, 'fetch' | 'sinceMs'> {
  readonly job: SlurmHandle
  /** When the run began, by the clock of GitHub. */
  readonly runBeganMs: number | null
}

/** Rejects with RelayError for what is wrong with the disk here. */
export async function fetchChained({ job, runBeganMs, ...wish }: ChainWish): Promise<Fetched> {
  const { id } = job
  const host = job.host ?? null
  const found = await findPlace(new Cluster(host, wish.env), id)
  if ('problem' in found) return failed(found.problem, found.isPassing)
  const { directory, submittedMs } = found
  if (submittedMs === null || (runBeganMs !== null && submittedMs < runBeganMs - clocksMs))
    return failed(`Nothing was fetched of SLURM job ${id}: that it is the work of this run cannot be told.`, false)
  return fetchOverSsh({ ...wish, fetch: { host, directory }, sinceMs: submittedMs })
}

async function findPlace(
  cluster: Cluster,
  id: string,
): Promise<WhereRan | { readonly problem: string; readonly isPassing: boolean }> {
  const what = `Nothing was fetched of SLURM job ${id}`
  if (!/^\d{1,12}(?:_\d{1,9})?$/.test(id)) return { problem: `${what}: it has no number.`, isPassing: false }
  const shown = await cluster.ask(['scontrol', 'show', 'job', '-o', id])
  const now = shown.kind === 'ended' ? readShownPlace(shown.stdout) : null
  if (now !== null) return now
  const accounted = await cluster.ask(['sacct', '-X', '-n', '-P', '-j', id, '-o', 'Submit,WorkDir'])
  const then = accounted.kind === 'ended' ? readAccountedPlace(accounted.stdout) : null
  if (then !== null) return then
  const isForgotten = shown.kind === 'ended' && /Invalid job id/i.test(shown.stderr)
  const why = isForgotten ? 'the scheduler has forgotten where it ran' : problemOfRun('scontrol', shown)
  return {
    problem: `${what}: ${why ?? 'the scheduler does not say where it ran'}.`,
    isPassing: !isForgotten && shown.kind !== 'absent',
  }
}

/** What the run has uploaded of what was fetched from where it ran counts once. */
export async function dropTwins(artifacts: string, chained: string): Promise<number> {
  const listed = async (folder: string) => {
    const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
    return entries.filter((one) => one.isFile()).map((one) => path.join(one.parentPath, one.name))
  }
  const kept = await listed(chained)
  let dropped = 0
  for (const file of await listed(artifacts)) {
    if (file.startsWith(chained + path.sep)) continue
    const bytes = await fs.readFile(file)
    for (const other of kept) {
      if (path.basename(other) !== path.basename(file) || !bytes.equals(await fs.readFile(other))) continue
      await fs.rm(file)
      dropped++
      break
    }
  }
  return dropped
}
