// What happens next to a tracked job. In this order: the tree is kept, the pull request opened, the job launched or adopted; when it ends it is
// looked at, run again as far as that was approved, its results are shown, discussed, and told of. All pure: the acts are in
// `supervisor/tracking`.
import { isAdopted } from '../backends/backendPlan'
import type { JobId } from '../jobs/jobId'
import type { AskedOf, JobSeen, UndertakingKind, UndertakingSeen } from '../undertakings/undertaking'
import { canRaise, planAttempt } from './attemptPlan'
import { fetchBefore } from './decideFetch'
import { publish } from './decidePublication'
import { finish } from './finishTrack'
import { decideRelaunch } from './relaunch'
import { act, isOver, type TrackAct, type TrackEffect } from './trackAct'
import { type TrackEvent, trackEventSchema } from './trackEvent'
import { type TrackPlan, trackPlanSchema } from './trackPlan'
import {
  attemptJobId,
  changesOf,
  currentNumber,
  discussionJobId,
  fixJobId,
  outcomeOf,
  reduceTrack,
  type Track,
  type TrackAttempt,
  type TrackState,
} from './trackState'
import { fixTask } from './trackTasks'
import { turnPlan } from './turnPlan'

export const trackKind: UndertakingKind<TrackPlan, TrackEvent, TrackState, TrackAct> = {
  name: 'track',
  planSchema: trackPlanSchema,
  eventSchema: trackEventSchema,
  initial: () => ({
    snapshot: null,
    attempts: [],
    publications: [],
    discussion: null,
    handedOver: null,
    ended: null,
  }),
  reduce: reduceTrack,
  decide: (track, seen) => decideTrack(track, seen),
  isAtRest: ({ state }) => state.ended !== null,
  refusal: (track, asked) => refuse(track, asked),
}

function refuse({ spec, state }: Track, { kind }: AskedOf): string | null {
  if (kind === 'stop') return state.ended === null ? null : `The track ${spec.id} has ended already.`
  return kind === 'continue'
    ? `A track is not continued: begin another one with relay track.`
    : `A track understands no word but stop.`
}

function decideTrack(track: Track, seen: UndertakingSeen): readonly TrackEffect[] {
  const { spec, state } = track
  if (track.approval === null || state.ended !== null) return []
  if (track.stopRequestedAtMs !== null) return decideStop(track, seen)
  const { plan } = spec
  if (plan.pullRequest !== null && state.snapshot === null) return act('snapshot', { kind: 'take_snapshot' })
  const opening = publish(track, 'opened', seen)
  // One that cannot be opened now is tried again beside the job, which does not wait for it.
  if (opening.kind === 'begin') return opening.effects
  const later = opening.kind === 'wait' ? opening.effects : []
  const number = currentNumber(state)
  const next = decideAttempt(track, number, seen)
  if (next !== null) return [...later, ...next]
  return finish(track, seen, outcomeOf(track))
}

/** What that attempt needs; null: it was the last, and is over. */
function decideAttempt(track: Track, number: number, seen: UndertakingSeen): readonly TrackEffect[] | null {
  const { spec, state } = track
  const attempt = state.attempts.find((one) => one.number === number)
  const before = state.attempts.find((one) => one.number === number - 1)
  if (before?.decided?.how === 'agent') {
    const prepared = prepareFix(track, number, before, attempt, seen)
    if (prepared !== null) return prepared
  }
  if (attempt?.examined === undefined || attempt.examined === null) return runAttempt(track, number, seen)
  if (attempt.decided !== null) return null
  if (attempt.examined.failure === null && attempt.examined.outcome === 'succeeded') return null
  const failed = state.attempts.flatMap(({ examined }) =>
    examined === null || examined.failure === null
      ? []
      : [
          {
            // A success whose numbers are none has failed all the same.
            outcome: examined.outcome === 'succeeded' ? ('failed' as const) : examined.outcome,
            diagnosis: examined.failure,
            resources: examined.resources,
          },
        ],
  )
  const decision = decideRelaunch(failed, spec.plan.relaunch, canRaise(spec.plan.relaunch.again))
  return [
    {
      kind: 'record',
      event: {
        type: 'relaunch_decided',
        attempt: number,
        how: decision.kind,
        changes: decision.kind === 'rule' ? decision.changes : { memoryMb: null, timeSec: null },
        why: decision.why.slice(0, 1000),
      },
    },
  ]
}

function runAttempt(track: Track, number: number, seen: UndertakingSeen): readonly TrackEffect[] {
  const { spec, state } = track
  const id = attemptJobId(spec.id, number)
  const job = seen.job(id)
  // One that is there, but not in the journal, was made by a supervisor that died: asked for again, it is that one.
  if (job.kind === 'absent' || (job.kind === 'known' && !track.jobs.includes(id))) {
    // What the attempt before has shown is told before the next begins, so that nothing is shown too late.
    const told = number === 1 ? null : publish(track, number === 2 ? 'attempt-1' : 'attempt-2', seen)
    if (told?.kind === 'begin') return told.effects
    const plan = planAttempt(spec.plan, number, changesOf(state, number), spec.folder)
    // A decision to go on is only made where there is something to be launched.
    if (plan === null) return []
    const description = `${spec.plan.experiment}${number === 1 ? '' : ` (attempt ${number})`}`
    return [
      { kind: 'start_job', id, plan, description, origin: { kind: 'track', run: spec.id, act: `attempt-${number}` } },
    ]
  }
  if (job.kind === 'unreadable') return [{ kind: 'look_again', afterMs: 10_000 }]
  return isOver(job) ? lookAtEnd(track, number, job, seen) : []
}

/** What it has left elsewhere is fetched before it is looked at. */
function lookAtEnd(track: Track, number: number, job: JobSeen, seen: UndertakingSeen): readonly TrackEffect[] {
  return fetchBefore(track, number, job, seen) ?? act(`examine-${number}`, { kind: 'examine', attempt: number })
}

/** Null: the worktree is ready, and the attempt can be made. */
function prepareFix(
  track: Track,
  number: number,
  before: TrackAttempt,
  attempt: TrackAttempt | undefined,
  seen: UndertakingSeen,
): readonly TrackEffect[] | null {
  const { spec } = track
  const { agent } = spec.plan.relaunch
  if (attempt?.fix !== undefined && attempt.fix !== null)
    return attempt.fix.problem === null ? null : stopAfterFix(before, attempt.fix.problem)
  if (attempt?.worktree === undefined || attempt.worktree === null)
    return act(`worktree-${number}`, { kind: 'make_worktree', attempt: number })
  if (attempt.worktree.folder === null || agent === null)
    return stopAfterFix(before, attempt.worktree.problem ?? 'A worktree for the fix could not be made.')
  const id = fixJobId(spec.id, number)
  const job = seen.job(id)
  if (job.kind === 'unreadable') return [{ kind: 'look_again', afterMs: 10_000 }]
  if (job.kind !== 'absent' && track.jobs.includes(id))
    return isOver(job) ? act(`fix-${number}`, { kind: 'take_fix', attempt: number }) : []
  const about = { jobId: attemptJobId(spec.id, before.number), attempt: 1 }
  return [
    {
      kind: 'start_job',
      id,
      plan: turnPlan(agent, fixTask(spec.plan, before), about, attempt.worktree.folder, spec.plan.job.env),
      description: `Fix for ${spec.plan.experiment} (attempt ${number})`,
      origin: { kind: 'track', run: spec.id, act: `fix-${number}` },
    },
  ]
}

/** The decision of the attempt before is taken back: nothing can be run of it. */
function stopAfterFix(before: TrackAttempt, problem: string): readonly TrackEffect[] {
  const changes = { memoryMb: null, timeSec: null }
  const event = {
    type: 'relaunch_decided' as const,
    attempt: before.number,
    how: 'stop' as const,
    changes,
    why: problem.slice(0, 1000),
  }
  return [{ kind: 'record', event }]
}

function decideStop(track: Track, seen: UndertakingSeen): readonly TrackEffect[] {
  const { spec, state } = track
  const isLive = (id: JobId) => {
    const job = seen.job(id)
    return job.kind === 'known' && !isOver(job)
  }
  const number = currentNumber(state)
  const ids = [discussionJobId(spec.id), fixJobId(spec.id, number), attemptJobId(spec.id, number)]
  // What was adopted is somebody else's: it goes on, and is watched as any job.
  const ours = ids.filter(
    (id) => !(id === attemptJobId(spec.id, number) && number === 1 && isAdopted(spec.plan.job.backend)),
  )
  const live = ours.filter(isLive)
  if (live.length > 0) return live.map((id) => ({ kind: 'stop_job', id }))
  const attempt = seen.job(attemptJobId(spec.id, number))
  const isExamined = state.attempts.some((one) => one.number === number && one.examined !== null)
  if (!isExamined && attempt.kind === 'known' && isOver(attempt)) return lookAtEnd(track, number, attempt, seen)
  if (track.jobs.length === 0 && attempt.kind === 'absent' && hasShownNothing(state)) return endUnbegun(track)
  return finish(track, seen, 'stopped')
}

/** There is nothing of it to be shown, and no branch or pull request is made to say so. */
function endUnbegun({ spec, state }: Track): readonly TrackEffect[] {
  // The tree that was kept is given back.
  if (state.snapshot !== null && state.handedOver === null) return act('hand-over', { kind: 'hand_over' })
  const summary = `${spec.plan.experiment} was stopped before anything began.`
  return [{ kind: 'record', event: { type: 'track_ended', outcome: 'stopped', summary } }]
}

/** One that was only intended may have been begun. */
function hasShownNothing({ publications }: TrackState): boolean {
  return publications.every(({ done }) => done !== null && done.commit === null && done.url === null)
}
