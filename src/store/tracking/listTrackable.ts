// Asks squeue, ps and gh once each for what a person could track. What cannot be asked has nothing to offer.
import { isRelayError } from '../../core/relayError'
import { ghRepository } from '../../core/tracking/remote'
import { processTrackables, runTrackables, slurmTrackables, type Trackable } from '../../core/tracking/trackable'
import type { Surroundings } from '../../core/tracking/trackWish'
import { Cluster } from '../backends/cluster'
import { listSlurmJobs, type SlurmJob } from '../backends/slurmJobs'
import { callProgram } from './callProgram'

const limitMs = 15_000
const runFields = 'databaseId,displayTitle,workflowName,status,conclusion,createdAt,headBranch'

/** One question to each that is there; never rejects for what they say. */
export async function listTrackable(
  here: Pick<Surroundings, 'folder' | 'hasSlurm' | 'sshHost' | 'gh' | 'repository'>,
  env: Readonly<Record<string, string>>,
  nowMs: number,
): Promise<readonly Trackable[]> {
  const ask = async (words: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    try {
      const [program = '', ...rest] = words
      const answer = await callProgram(program, rest, { cwd: here.folder, env: { ...env, ...more }, limitMs })
      return answer.exitCode === 0 ? answer.stdout.toString('utf8') : ''
    } catch (error) {
      if (isRelayError(error)) return '' // Not there, or too slow: it has nothing to offer now.
      throw error
    }
  }
  const repo = here.repository
  const runs =
    here.gh === 'ready' && repo !== null
      ? ask(['gh', 'run', 'list', '--limit', '30', '--json', runFields, '--repo', ghRepository(repo)])
      : ''
  const processes = ask(['ps', '-xww', '-o', 'pid=,ppid=,etime=,pcpu=,args='], { LC_ALL: 'C' })
  const slurm = here.hasSlurm || here.sshHost !== null ? listSlurm(here.hasSlurm ? null : here.sshHost, env) : []
  const [slurmJobs, runsText, processText] = await Promise.all([slurm, runs, processes])
  return [
    ...slurmTrackables(slurmJobs),
    ...processTrackables(processText, new Set([process.pid, process.ppid])),
    ...runTrackables(runsText, nowMs),
  ]
}

async function listSlurm(host: string | null, env: Readonly<Record<string, string>>): Promise<readonly SlurmJob[]> {
  try {
    return await listSlurmJobs(new Cluster(host, env))
  } catch (error) {
    if (isRelayError(error)) return [] // As above.
    throw error
  }
}
