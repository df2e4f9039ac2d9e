// What is done about an attempt that did not succeed: run again by a rule where one is safe, else by an agent's fix, else not at all.
// It never goes beyond what was approved: attempts, memory, time, the agent.
import { formatDuration } from '../followUps/quantities'
import type { Outcome } from '../jobs/outcome'
import type { Diagnosis, TrackFailure } from './diagnose'
import type { TrackPlan } from './trackPlan'

/** What an attempt was given; null: not known, or no limit. */
export interface Resources {
  readonly memoryMb: number | null
  readonly timeSec: number | null
}

export interface FailedAttempt {
  readonly outcome: Outcome
  readonly diagnosis: Pick<Diagnosis, 'class' | 'signature'>
  readonly resources: Resources
}

export type RelaunchDecision =
  /** `changes`: what the next attempt gets more of; both null: as it was. */
  | { readonly kind: 'rule'; readonly changes: Resources; readonly why: string }
  | { readonly kind: 'agent'; readonly why: string }
  | { readonly kind: 'stop'; readonly why: string }

/** Nothing of the work was at fault: the same thing may well succeed elsewhere. */
const asItIs: ReadonlySet<TrackFailure> = new Set(['node_failure', 'preempted'])

/** `failed`: those that ended, oldest first, the last of which is decided about. */
export function decideRelaunch(
  failed: readonly FailedAttempt[],
  relaunch: TrackPlan['relaunch'],
  canRaise: { readonly memory: boolean; readonly time: boolean },
): RelaunchDecision {
  const last = failed.at(-1)
  if (last === undefined) return stop('No attempt has failed.')
  const { outcome, diagnosis, resources } = last
  if (outcome === 'stopped') return stop('It was stopped on request.')
  if (outcome === 'succeeded') return stop('It succeeded.')
  // Of a process that somebody else started nobody may ever know: it may as well have done all of its work.
  if (outcome === 'lost' && diagnosis.class === 'unknown')
    return stop('How it ended is not known, and nothing says that it failed: it is not run again.')
  // Whoever ended it meant to: a scheduler that had to is told apart before.
  if (diagnosis.class === 'interrupted') return stop('It was cancelled from outside: it is not run again.')
  if (failed.length >= relaunch.attempts)
    return stop(
      relaunch.attempts === 1
        ? 'It was approved to be run once.'
        : `All ${relaunch.attempts} attempts that were approved have been made.`,
    )
  const before = failed.slice(0, -1).findIndex((one) => one.diagnosis.signature === diagnosis.signature)
  if (before >= 0) return stop(`Attempts ${before + 1} and ${failed.length} failed in the same way.`)
  if (relaunch.again === null)
    return stop(`It cannot be run again: ${relaunch.onceFor ?? 'how it was launched is not known'}.`)
  const rule = findRule(diagnosis.class, resources, relaunch, canRaise)
  if (rule !== null) return rule
  if (relaunch.agent === null || relaunch.agent.kind === 'builtin')
    return stop('No rule helps with that, and no agent was approved to look for a fix.')
  return { kind: 'agent', why: 'No safe rule helps with that: the agent looks for a fix.' }
}

function findRule(
  failure: TrackFailure,
  { memoryMb, timeSec }: Resources,
  { maxMemoryMb, maxTimeSec }: TrackPlan['relaunch'],
  canRaise: { readonly memory: boolean; readonly time: boolean },
): RelaunchDecision | null {
  const none = { memoryMb: null, timeSec: null }
  if (asItIs.has(failure))
    return {
      kind: 'rule',
      changes: none,
      why:
        failure === 'preempted'
          ? 'It had to give way: it is run again as it is.'
          : 'Its node failed: it is run again as it is.',
    }
  if (failure === 'oom' && canRaise.memory) {
    const more = twice(memoryMb, maxMemoryMb)
    if (more !== null)
      return {
        kind: 'rule',
        changes: { memoryMb: more, timeSec: null },
        why: `It was out of memory: it gets ${more} MB${memoryMb === null ? '' : ` instead of ${memoryMb} MB`}.`,
      }
  }
  if (failure === 'timeout' && canRaise.time && timeSec !== null) {
    const more = twice(timeSec, maxTimeSec)
    if (more !== null)
      return {
        kind: 'rule',
        changes: { memoryMb: null, timeSec: more },
        why: `Its time was over: it gets ${formatDuration(more * 1000)} instead of ${formatDuration(timeSec * 1000)}.`,
      }
  }
  return null
}

/** Twice as much, at most what was approved; null where that is no more than it had. */
function twice(had: number | null, most: number | null): number | null {
  if (most === null) return null
  if (had === null) return most
  const more = Math.min(had * 2, most)
  return more > had ? more : null
}

function stop(why: string): RelaunchDecision {
  return { kind: 'stop', why }
}
