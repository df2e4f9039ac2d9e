// What a track does besides jobs, and how it is asked for.
import { owesRetry } from '../jobs/owed'
import type { JobSeen, UndertakingEffect } from '../undertakings/undertaking'
import type { PublicationKey, TrackEvent } from './trackEvent'

/** What the supervisor does besides jobs. Each looks first whether it was done. */
export type TrackAct =
  | { readonly kind: 'take_snapshot' }
  | { readonly kind: 'publish'; readonly key: PublicationKey }
  | { readonly kind: 'fetch_results'; readonly attempt: number }
  | { readonly kind: 'examine'; readonly attempt: number }
  | { readonly kind: 'make_worktree'; readonly attempt: number }
  | { readonly kind: 'take_fix'; readonly attempt: number }
  | { readonly kind: 'take_discussion' }
  | { readonly kind: 'hand_over' }

export type TrackEffect = UndertakingEffect<TrackEvent, TrackAct>

/** Between the tries of what failed for a reason that may pass, the last of them for all that follow. */
const waitsMs = [5_000, 15_000, 60_000, 180_000, 300_000]

/**
 * Tries of what nothing comes after: at the longest wait a day and more in which this machine is awake, so that a night without a network
 * leaves no pull request pending for ever.
 */
export const patientTries = 300
export const usualTries = 6

/** So long after a try that began at `atMs` is the next one; null: now. A clock that was set back is not waited for. */
export function waitLeftMs(tries: number, atMs: number, nowMs: number): number | null {
  const waitMs = waitsMs[tries - 1] ?? 300_000
  const sinceMs = nowMs - atMs
  return sinceMs >= waitMs || sinceMs < 0 ? null : waitMs - sinceMs
}

export function act(key: string, one: TrackAct): readonly TrackEffect[] {
  return [{ kind: 'act', key, act: one }]
}

/** Nothing will happen to it any more; a turn that a crash interrupted is had once more. */
export function isOver(seen: Exclude<JobSeen, { kind: 'absent' | 'unreadable' }>): boolean {
  return seen.kind === 'removed' || (seen.job.state.kind === 'ended' && !owesRetry(seen.job))
}
