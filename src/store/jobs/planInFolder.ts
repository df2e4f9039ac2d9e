// The plan of an action for a folder on disk.
import path from 'node:path'
import type { JobStart } from '../../core/blocks/schema'
import type { Agent } from '../../core/followUps/agent'
import type { ChosenAgent } from '../../core/followUps/chooseAgent'
import type { Job } from '../../core/jobs/job'
import { jobIdSchema } from '../../core/jobs/jobId'
import { type Plan, planJob } from '../../core/jobs/plan'
import type { FindJob } from '../../core/jobs/queuePlan'
import { RelayError } from '../../core/relayError'
import type { FolderPaths } from '../stateFolder'
import { askedDigest } from './sameJobs'
import { planDigest } from '../approval'
import type { JobStore } from './jobStore'

/** The jobs that a block may name; `latest` is one of `folder`. */
export interface NamedJobs {
  readonly store: JobStore
  readonly folder: FolderPaths
}

export interface PlannedJob {
  readonly plan: Plan
  readonly description: string | null
  /** Who does the follow-up and why, in a sentence; null if there is none. */
  readonly agentChoice: string | null
}

/**
 * The plan of `action` in `cwd` (a real path); `choose` says who does its follow-up, if it has one. Throws RelayError if
 * it cannot or must not be run there.
 */
export function planInFolder(action: JobStart, cwd: string, choose: () => ChosenAgent, jobs: NamedJobs): PlannedJob {
  const chosen = action.watch?.thenTask === undefined ? null : choose()
  const result = planJob(action, cwd, chosen?.agent, finder(action, cwd, chosen?.agent, jobs))
  if ('refusals' in result) throw new RelayError('not_supported', `Not started: ${result.refusals.join(' ')}`)
  requireInside(result.plan, cwd)
  return { ...result, agentChoice: chosen?.why ?? null }
}

/** Throws RelayError if a required file does not lie in the directory of the plan. */
export function requireInside({ watch }: Pick<Plan, 'watch'>, cwd: string): void {
  const outside = watch.requireFiles.filter((file) => {
    const relative = path.relative(cwd, path.resolve(cwd, file))
    return relative === '' || relative.startsWith('..') || path.isAbsolute(relative)
  })
  if (outside.length > 0)
    throw new RelayError(
      'outside',
      `Not started: required files must lie in ${cwd}, and these do not: ${outside.join(', ')}.`,
    )
}

/** `latest` is the newest job that does something else: so a block that was started means the same job as before. */
function finder(action: JobStart, cwd: string, agent: Agent | undefined, { store, folder }: NamedJobs): FindJob {
  return (word) => {
    if (word === 'latest') {
      const { group, scope } = action.queue ?? {}
      const own = planJob({ ...action, queue: { group, scope } }, cwd, agent)
      const digest = 'plan' in own ? planDigest(own.plan) : null
      const latest = store.latestIn(folder, (job) => withoutAfter(job) !== digest)
      return latest === null ? { problem: 'There is no job yet that could be the latest.' } : { id: latest.job.spec.id }
    }
    const exact = jobIdSchema.safeParse(word)
    if (exact.success && store.folderOf(exact.data) !== null) return { id: exact.data }
    try {
      return { id: store.find(word).job.spec.id }
    } catch (error) {
      if (!(error instanceof RelayError)) throw error
      return { problem: error.message }
    }
  }

  function withoutAfter(job: Job): string {
    const { queue, ...plan } = job.spec.plan
    if (queue?.after === undefined) return askedDigest(job)
    return planDigest(queue.group === undefined ? plan : { ...plan, queue: { group: queue.group } })
  }
}
