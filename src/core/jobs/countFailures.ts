// How many things failed, as a person counts them. Pure.
import type { Job } from './job'

/** Since `sinceMs`. What failed of one step is one, however many of its checks did; the looks of monitors are told as alerts. */
export function countFailures(jobs: readonly Job[], sinceMs: number): number {
  const failed = jobs.flatMap(({ state, spec: { id, dryRun, origin } }) => {
    if (state.kind !== 'ended' || dryRun === true || state.atMs <= sinceMs) return []
    if (state.outcome !== 'failed' && state.outcome !== 'lost' && state.outcome !== 'blocked') return []
    if (origin.kind !== 'step') return [id]
    return origin.phase === 'BACKGROUND' ? [] : [origin.taskId]
  })
  return new Set<string>(failed).size
}
