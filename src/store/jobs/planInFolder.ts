// The plan of an action for a folder on disk.
import fs from 'node:fs'
import path from 'node:path'
import type { JobStart } from '../../core/blocks/schema'
import type { ChosenAgent } from '../../core/followUps/chooseAgent'
import type { Job } from '../../core/jobs/job'
import { jobIdSchema } from '../../core/jobs/jobId'
import { type Plan, type PlanChoices, type PlanDefaults, planJob } from '../../core/jobs/plan'
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
 * The plan of `action` in `folder` (a real path); `choose` says who does its follow-up, if it has one, `jobs` are those that it
 * may name, and `defaults` what the person has chosen where the block
 * says nothing. Throws RelayError if it cannot or must not be run there.
 */
export function planInFolder(
  action: JobStart,
  folder: string,
  choose: () => ChosenAgent,
  jobs: NamedJobs,
  defaults: PlanDefaults = {},
): PlannedJob {
  const chosen = action.watch?.thenTask === undefined ? null : choose()
  const all = chosen === null ? defaults : { ...defaults, agent: chosen.agent }
  const result = planJob(action, folder, { ...all, findJob: finder(action, folder, all, jobs) })
  if ('refusals' in result) throw new RelayError('not_supported', `Not started: ${result.refusals.join(' ')}`)
  requireInside(result.plan, folder)
  return { ...result, agentChoice: chosen?.why ?? null }
}

/** Throws RelayError if a required file, or where the work is done, does not lie in `folder` (a real path). */
export function requireInside({ cwd, watch, stages = [], runState }: Plan, folder: string): void {
  const outside = [...watch.requireFiles, ...stages.flatMap(({ requireFiles }) => requireFiles)].filter(
    (file) => !isBelow(path.resolve(cwd, file), folder),
  )
  if (outside.length > 0)
    throw new RelayError(
      'outside',
      `Not started: required files must lie in ${folder}, and these do not: ${outside.join(', ')}.`,
    )
  // By way of links, too: what is written is to be in the workspace, and what is run there.
  const places = [cwd, ...(runState === undefined ? [] : [path.resolve(cwd, runState.file)])]
  for (const place of places) {
    const real = realPath(place)
    if (real !== folder && !isBelow(real, folder))
      throw new RelayError('outside', `Not started: ${place} leads out of ${folder}, to ${real}.`)
  }
}

/** `latest` is the newest job that does something else: so a block that was started means the same job as before. */
function finder(action: JobStart, folder: string, choices: PlanChoices, { store, folder: paths }: NamedJobs): FindJob {
  return (word) => {
    if (word === 'latest') {
      const { group, scope } = action.queue ?? {}
      const own = planJob({ ...action, queue: { group, scope } }, folder, choices)
      const digest = 'plan' in own ? planDigest(own.plan) : null
      const latest = store.latestIn(paths, (job) => withoutAfter(job) !== digest)
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

function isBelow(file: string, folder: string): boolean {
  const relative = path.relative(folder, file)
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative)
}

/** Where a path leads, or will: what is there of it is looked up. */
function realPath(file: string): string {
  try {
    return fs.realpathSync(file)
  } catch {
    const above = path.dirname(file)
    return above === file ? file : path.join(realPath(above), path.basename(file))
  }
}
