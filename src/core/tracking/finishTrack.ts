// The last acts of a track: its results are shown, discussed, and told of.
import { agentKindNames } from '../followUps/agent'
import type { Outcome } from '../jobs/outcome'
import type { UndertakingSeen } from '../undertakings/undertaking'
import { publish } from './decidePublication'
import { renderPlainDiscussion } from './plainDiscussion'
import { act, isOver, type TrackEffect } from './trackAct'
import { attemptJobId, changesOf, discussionJobId, summarize, type Track } from './trackState'
import { discussionTask } from './trackTasks'
import { turnPlan } from './turnPlan'

/** Its last acts, in their order. Once stopped nobody is asked to discuss anything. */
export function finish(track: Track, seen: UndertakingSeen, outcome: Outcome): readonly TrackEffect[] {
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

function decideDiscussion(track: Track, seen: UndertakingSeen): readonly TrackEffect[] | null {
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
