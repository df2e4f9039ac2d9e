// An end that nobody saw: of a process that someone else started only its absence is known here, and with what exit status its parent alone
// was told. That is no failure and no success, and is said as it is; its results are what it is judged by.
import type { Outcome } from '../jobs/outcome'
import { failureWords } from './diagnose'
import type { TrackEvent } from './trackEvent'
import type { TrackPlan } from './trackPlan'

type Examined = Extract<TrackEvent, { type: 'examined' }>

/** In few words, beside what has ended. */
export const unseenStatus = 'exit status not known'

/** Nothing tells whether it failed: no exit status, and no last lines that speak of it. */
export function isUnseen({ outcome, failure }: Pick<Examined, 'outcome' | 'failure'>): boolean {
  return outcome === 'lost' && failure?.class === 'unknown'
}

/** A process of somebody else's that has come to an end by itself, as far as that can be told: a machine that was restarted ends all. */
export function hasJustEnded(
  { job }: Pick<TrackPlan, 'job'>,
  { attempt, outcome, reason }: Pick<Examined, 'attempt' | 'outcome' | 'reason'>,
): boolean {
  // What is launched again is ours, and its end is recorded.
  return job.backend.kind === 'process' && attempt === 1 && outcome === 'lost' && /\bhas ended, and with\b/.test(reason)
}

/** `ended`, where `lost` would say more than is known. */
export function endWord(plan: TrackPlan, examined: Examined): Outcome | 'ended' {
  return hasJustEnded(plan, examined) ? 'ended' : examined.outcome
}

/** Numbers that are none are a failure all the same. */
export function outcomeOfExamined({ outcome, failure }: Examined): Outcome {
  return outcome === 'succeeded' && failure !== null ? 'failed' : outcome
}

/** Why it ended as it did, in few words; null: nothing is to be said. */
export function whyWords(plan: TrackPlan, examined: Examined): string | null {
  const { failure } = examined
  if (hasJustEnded(plan, examined))
    return failure === null || isUnseen(examined)
      ? unseenStatus
      : `${unseenStatus}, its last lines: ${failureWords[failure.class]}`
  if (isUnseen(examined)) return 'how it ended is not known'
  return failure === null ? null : failureWords[failure.class]
}

/** What its results say, where nothing else can. */
export function judgeResults({ metrics }: TrackPlan, { metrics: found, missing }: Examined): string {
  if (found.length === 0) return 'No metrics were found in its results.'
  if (metrics.length === 0) return 'Its results have numbers.'
  if (missing.length > 0)
    return `Of the ${metrics.length} metrics that were asked for, ${missing.length} were not found.`
  return 'All metrics that were asked for were found.'
}
