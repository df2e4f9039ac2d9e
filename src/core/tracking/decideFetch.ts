// When the files that an attempt has left elsewhere are fetched, and how long that is tried: whoever has succeeded is waited for patiently.
import type { JobSeen, UndertakingSeen } from '../undertakings/undertaking'
import { act, patientTries, type TrackEffect, usualTries, waitLeftMs } from './trackAct'
import type { Track } from './trackState'

/** Null: they are here, or were asked for long enough. Whoever stops the track does not wait. */
export function fetchBefore(
  { spec, state, stopRequestedAtMs }: Track,
  number: number,
  job: JobSeen,
  { nowMs }: Pick<UndertakingSeen, 'nowMs'>,
): readonly TrackEffect[] | null {
  if (spec.plan.results.fetch === undefined || job.kind !== 'known') return null
  const fetched = state.attempts.find((one) => one.number === number)?.fetched ?? null
  const doing = act(`fetch-${number}`, { kind: 'fetch_results', attempt: number })
  if (fetched === null) return doing
  const hasSucceeded = job.job.state.kind === 'ended' && job.job.state.outcome === 'succeeded'
  const maxTries = stopRequestedAtMs !== null ? 1 : hasSucceeded ? patientTries : usualTries
  if (!fetched.last.passing || fetched.tries >= maxTries) return null
  const leftMs = waitLeftMs(fetched.tries, fetched.atMs, nowMs)
  return leftMs === null ? doing : [{ kind: 'look_again', afterMs: leftMs }]
}
