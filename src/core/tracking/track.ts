// What happens next to a tracked job. In this order: the tree is kept, the pull request opened, the job launched or adopted; when it ends it is
// looked at, run again as far as that was approved, its results are shown, discussed, and told of. All pure: the acts are in
// `supervisor/tracking`.
import { isAdopted } from '../backends/backendPlan'
import { agentKindNames, jobLimitSec } from '../followUps/agent'
import { owesRetry } from '../jobs/owed'
import type { JobId } from '../jobs/jobId'
import type { Outcome } from '../jobs/outcome'
import type { Plan } from '../jobs/plan'
import type { AskedOf, JobSeen, UndertakingEffect, UndertakingKind, UndertakingSeen } from '../undertakings/undertaking'
import { canRaise, planAttempt } from './attemptPlan'
import { renderPlainDiscussion } from './plainDiscussion'
import { decideRelaunch } from './relaunch'
import { type PublicationKey, type TrackEvent, trackEventSchema } from './trackEvent'
import { type TrackPlan, trackPlanSchema } from './trackPlan'
import {
  attemptJobId,
  changesOf,
  currentNumber,
  discussionJobId,
  fixJobId,
  outcomeOf,
  reduceTrack,
  summarize,
  type Track,
  type TrackAttempt,
  type TrackState,
} from './trackState'
import { discussionTask, fixTask } from './trackTasks'

/** What the supervisor does besides jobs. Each looks first whether it was done. */
export type TrackAct =
  | { readonly kind: 'take_snapshot' }
  | { readonly kind: 'publish'; readonly key: PublicationKey }
  | { readonly kind: 'examine'; readonly attempt: number }
  | { readonly kind: 'make_worktree'; readonly attempt: number }
  | { readonly kind: 'take_fix'; readonly attempt: number }
  | { readonly kind: 'take_discussion' }
  | { readonly kind: 'hand_over' }

type Effect = UndertakingEffect<TrackEvent, TrackAct>

const maxPublishTries = 6
/**
 * Of the last that is shown, which nothing comes after: at the longest wait a day and more in which this machine is awake, so that a night
 * without a network leaves no pull request pending for ever.
 */
const maxLastTries = 300
/** Between the tries of what failed for a reason that may pass, the last of them for all that follow. */
const publishWaitsMs = [5_000, 15_000, 60_000, 180_000, 300_000]

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

function decideTrack(track: Track, seen: UndertakingSeen): readonly Effect[] {
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
function decideAttempt(track: Track, number: number, seen: UndertakingSeen): readonly Effect[] | null {
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

function runAttempt(track: Track, number: number, seen: UndertakingSeen): readonly Effect[] {
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
  return isOver(job) ? act(`examine-${number}`, { kind: 'examine', attempt: number }) : []
}

/** Null: the worktree is ready, and the attempt can be made. */
function prepareFix(
  track: Track,
  number: number,
  before: TrackAttempt,
  attempt: TrackAttempt | undefined,
  seen: UndertakingSeen,
): readonly Effect[] | null {
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
function stopAfterFix(before: TrackAttempt, problem: string): readonly Effect[] {
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

function decideStop(track: Track, seen: UndertakingSeen): readonly Effect[] {
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
  if (!isExamined && attempt.kind === 'known' && isOver(attempt))
    return act(`examine-${number}`, { kind: 'examine', attempt: number })
  if (track.jobs.length === 0 && attempt.kind === 'absent' && hasShownNothing(state)) return endUnbegun(track)
  return finish(track, seen, 'stopped')
}

/** There is nothing of it to be shown, and no branch or pull request is made to say so. */
function endUnbegun({ spec, state }: Track): readonly Effect[] {
  // The tree that was kept is given back.
  if (state.snapshot !== null && state.handedOver === null) return act('hand-over', { kind: 'hand_over' })
  const summary = `${spec.plan.experiment} was stopped before anything began.`
  return [{ kind: 'record', event: { type: 'track_ended', outcome: 'stopped', summary } }]
}

/** One that was only intended may have been begun. */
function hasShownNothing({ publications }: TrackState): boolean {
  return publications.every(({ done }) => done !== null && done.commit === null && done.url === null)
}

/** Its last acts, in their order. Once stopped nobody is asked to discuss anything. */
function finish(track: Track, seen: UndertakingSeen, outcome: Outcome): readonly Effect[] {
  const { state } = track
  const isDiscussed = outcome !== 'stopped' && track.spec.plan.discussion !== null
  const isLast = !isDiscussed || (state.discussion !== null && state.discussion.text === null)
  const results = publish(track, 'results', seen, isLast)
  if (results.kind !== 'done') return results.effects
  if (isDiscussed) {
    const discussion = decideDiscussion(track, seen)
    if (discussion !== null) return discussion
    if (state.discussion?.text !== null) {
      const discussed = publish(track, 'discussed', seen, true)
      if (discussed.kind !== 'done') return discussed.effects
    }
  }
  if (state.handedOver === null) return act('hand-over', { kind: 'hand_over' })
  return [{ kind: 'record', event: { type: 'track_ended', outcome, summary: summarize(track, outcome) } }]
}

function decideDiscussion(track: Track, seen: UndertakingSeen): readonly Effect[] | null {
  const { spec, state } = track
  if (state.discussion !== null) return null
  if (spec.plan.discussion === null || spec.plan.discussion.kind === 'builtin') {
    const event = {
      type: 'discussed' as const,
      by: agentKindNames.builtin,
      text: renderPlainDiscussion(track).slice(0, 20_000),
      problem: null,
    }
    return [{ kind: 'record', event }]
  }
  const id = discussionJobId(spec.id)
  const job = seen.job(id)
  if (job.kind === 'unreadable') return [{ kind: 'look_again', afterMs: 10_000 }]
  if (job.kind !== 'absent' && track.jobs.includes(id))
    return isOver(job) ? act('discussion', { kind: 'take_discussion' }) : []
  const last = state.attempts.filter(({ examined }) => examined !== null).at(-1)
  const agent = spec.plan.discussion
  const about = { jobId: attemptJobId(spec.id, last?.number ?? 1), attempt: 1 }
  const cwd = changesOf(state, last?.number ?? 1).worktree ?? spec.folder
  return [
    {
      kind: 'start_job',
      id,
      plan: turnPlan(agent, discussionTask(spec.plan, state), about, cwd, spec.plan.job.env),
      description: `Discussion of ${spec.plan.experiment}`,
      origin: { kind: 'track', run: spec.id, act: 'discussion' },
    },
  ]
}

function turnPlan(
  agent: Exclude<TrackPlan['discussion'], null>,
  task: string,
  about: { readonly jobId: JobId; readonly attempt: number },
  cwd: string,
  env: Plan['env'],
): Plan {
  return {
    work: { kind: 'agent', agent, task, about },
    backend: { kind: 'local' },
    cwd,
    env,
    timeLimitSec: jobLimitSec(agent),
    preflight: { checks: [], onFail: 'reject' },
    watch: {
      everySec: 300,
      tailLines: 30,
      requireFiles: [],
      readyTimeoutSec: 900,
      readyPollSec: 15,
      onMissing: 'block',
    },
    followUp: null,
  }
}

type Publishing =
  | { readonly kind: 'begin'; readonly effects: readonly Effect[] }
  | { readonly kind: 'wait'; readonly effects: readonly Effect[] }
  | { readonly kind: 'done' }

/** It is intended before it is done, and done at most so often. What has failed for good is done, too. Whoever stops the track does not wait. */
function publish(track: Track, key: PublicationKey, seen: UndertakingSeen, isLast = false): Publishing {
  const { state } = track
  const maxTries = isLast && track.stopRequestedAtMs === null ? maxLastTries : maxPublishTries
  const known = state.publications.find((one) => one.key === key)
  const doing = act(`publish`, { kind: 'publish', key })
  if (known === undefined)
    return { kind: 'begin', effects: [{ kind: 'record', event: { type: 'publish_intended', key } }] }
  if (known.done === null) return { kind: 'begin', effects: doing }
  if (known.done.problem === null || !known.done.passing || known.tries >= maxTries) return { kind: 'done' }
  // One that comes later tells all that this one would have.
  if (key !== 'results' && key !== 'discussed' && state.publications.some((one) => isLater(one.key, key)))
    return { kind: 'done' }
  const waitMs = publishWaitsMs[known.tries - 1] ?? 300_000
  const sinceMs = seen.nowMs - known.atMs
  // A clock that was set back is not waited for.
  if (sinceMs >= waitMs || sinceMs < 0)
    return { kind: 'wait', effects: [{ kind: 'record', event: { type: 'publish_intended', key } }] }
  return { kind: 'wait', effects: [{ kind: 'look_again', afterMs: waitMs - sinceMs }] }
}

const order: readonly PublicationKey[] = ['opened', 'attempt-1', 'attempt-2', 'results', 'discussed']
function isLater(one: PublicationKey, than: PublicationKey): boolean {
  return order.indexOf(one) > order.indexOf(than)
}

function act(key: string, one: TrackAct): readonly Effect[] {
  return [{ kind: 'act', key, act: one }]
}

/** Nothing will happen to it any more; a turn that a crash interrupted is had once more. */
function isOver(seen: Exclude<JobSeen, { kind: 'absent' | 'unreadable' }>): boolean {
  return seen.kind === 'removed' || (seen.job.state.kind === 'ended' && !owesRetry(seen.job))
}
