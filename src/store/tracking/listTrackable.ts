// Asks squeue, ps and gh once each for what a person could track. What cannot be asked has nothing to offer, and why is told.
import { isEditorsOwn } from '../../core/backends/editorProcesses'
import { foldArrays } from '../../core/backends/slurm/foldArrays'
import { isRelayError } from '../../core/relayError'
import { ghRepository } from '../../core/tracking/remote'
import { processTrackables, runTrackables, slurmTrackables, type Trackable } from '../../core/tracking/trackable'
import type { Surroundings } from '../../core/tracking/trackWish'
import { Cluster } from '../backends/cluster'
import { problemOfRun, runProgram } from '../backends/runProgram'
import { listSlurmJobs, type SlurmJob } from '../backends/slurmJobs'

const limitMs = 15_000
const runFields = 'databaseId,displayTitle,workflowName,status,conclusion,createdAt,headBranch'

export interface TrackableList {
  readonly found: readonly Trackable[]
  /** Why they could not be listed, in a line; null: they were, or there is nobody to ask. */
  readonly problems: { readonly slurm: string | null; readonly run: string | null }
}

/** One question to each that is there; never rejects for what they say. */
export async function listTrackable(
  here: Pick<Surroundings, 'folder' | 'hasSlurm' | 'sshHost' | 'gh' | 'repository'>,
  env: Readonly<Record<string, string>>,
  nowMs: number,
): Promise<TrackableList> {
  const ask = async (words: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    const ran = await runProgram(words, { cwd: here.folder, env: { ...env, ...more }, limitMs })
    const problem = problemOfRun(words[0] ?? '', ran)
    return { text: ran.kind === 'ended' && problem === null ? ran.stdout : '', problem }
  }
  const repo = here.repository
  const runs =
    here.gh === 'ready' && repo !== null
      ? ask(['gh', 'run', 'list', '--limit', '30', '--json', runFields, '--repo', ghRepository(repo)])
      : { text: '', problem: null }
  const ps = ask(['ps', '-xww', '-o', 'pid=,ppid=,etime=,pcpu=,args='], { LC_ALL: 'C' })
  const queue =
    here.hasSlurm || here.sshHost !== null
      ? listSlurm(new Cluster(here.hasSlurm ? null : here.sshHost, env))
      : { jobs: [], problem: null }
  const [slurm, run, processes] = await Promise.all([queue, runs, ps])
  return {
    found: [
      ...slurmTrackables(foldArrays(slurm.jobs)),
      ...processTrackables(withoutEditor(processes.text), new Set([process.pid, process.ppid])),
      ...runTrackables(run.text, nowMs),
    ],
    problems: { slurm: slurm.problem, run: run.problem },
  }
}

async function listSlurm(
  cluster: Cluster,
): Promise<{ readonly jobs: readonly SlurmJob[]; readonly problem: string | null }> {
  try {
    return { jobs: await listSlurmJobs(cluster), problem: null }
  } catch (error) {
    // Not there, or too slow.
    if (isRelayError(error)) return { jobs: [], problem: error.message.replace('SLURM jobs cannot be listed: ', '') }
    throw error
  }
}

function withoutEditor(table: string): string {
  const argsOf = (line: string) => line.trim().split(/\s+/).slice(4).join(' ')
  return table
    .split('\n')
    .filter((line) => !isEditorsOwn(argsOf(line)))
    .join('\n')
}
