// One job that GitHub Actions runs: what is known of it, kept in memory and thrown away at any instant.
import type { GithubPlan } from '../../../core/backends/backendPlan'
import type { Chained } from '../../../core/backends/github/judgeRun'
import type { WorkflowRun } from '../../../core/backends/github/runs'
import type { AttemptSeen } from '../../../core/jobs/seen'
import type { GithubHandle } from '../../../core/jobs/handle'
import type { AttemptRef } from '../backend'

export interface Entry {
  ref: AttemptRef
  readonly plan: GithubPlan
  handle: GithubHandle | null
  seen: AttemptSeen
  /** It waits for its turn or for GitHub; it is under way; its run is being looked for. */
  dispatch: 'none' | 'waits' | 'open' | 'sent' | 'refused'
  logTries: number
  hasLog: boolean
  /** Jobs of its run whose logs were searched for the SLURM job. */
  readonly searched: Set<string>
  chainTries: number
  isCancelled: boolean
  /** As it was seen last; null: not yet. */
  run: WorkflowRun | null
  /** What was seen last of the SLURM job that it has named. */
  also: Chained | null
}

export function newEntry(ref: AttemptRef): Entry {
  const { handle } = ref.job.remote ?? { handle: null }
  return {
    ref,
    plan: planOf(ref),
    handle: handle?.kind === 'github' ? handle : null,
    seen: { kind: 'unknown', why: 'It was not looked at yet.' },
    dispatch: 'none',
    logTries: 0,
    hasLog: false,
    searched: new Set(),
    chainTries: 0,
    isCancelled: false,
    run: null,
    also: null,
  }
}

export function isUnderWay({ dispatch }: Entry): boolean {
  return dispatch === 'waits' || dispatch === 'open' || dispatch === 'sent'
}

/** A person, or its limit of time, wants it to end. */
export function isToEnd({ ref: { job } }: Entry): boolean {
  return job.stopRequestedAtMs !== null || job.timeLimitReached
}

export function keyOf({ jobId, attempt }: Pick<AttemptRef, 'jobId' | 'attempt'>): string {
  return `${jobId} ${attempt}`
}

export function planOf({ job }: AttemptRef): GithubPlan {
  const { backend } = job.spec.plan
  if (backend.kind !== 'github') throw new Error(`${job.spec.id} is no workflow run`)
  return backend
}
