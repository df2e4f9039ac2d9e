// Whether a job that waits may begin: the policy of the queue. Pure; the same jobs give the same answer to everybody.
import { conversationOf, type Job } from './job'
import type { JobId } from './jobId'
import type { QueuePlan } from './queuePlan'

export type Turn =
  | { readonly kind: 'go' }
  | { readonly kind: 'wait'; readonly why: string }
  /** What it waits for will not happen any more. */
  | { readonly kind: 'never'; readonly why: string }

export interface GroupState {
  /** How many of its jobs may run at once. */
  readonly limit: number
  readonly paused: boolean
}

/** What the turn of a job depends on. */
export interface QueueWorld {
  /** All jobs of this host that have not ended, the one that asks among them. */
  readonly live: readonly Job[]
  /** By `groupKey`. */
  group(key: string): GroupState
  /** Any job, ended ones too; null: it was removed or cannot be read. */
  find(id: JobId): Job | null
}

/** One name for the jobs that are counted together. */
export function groupKey({ name, scope }: NonNullable<QueuePlan['group']>, folder: string): string {
  return scope === 'host' ? `host ${name}` : `folder ${folder} ${name}`
}

/** Jobs take turns in the order in which they were asked for; one that is held back keeps no other waiting. */
export function turnOf(job: Job, world: QueueWorld): Turn {
  const { queue } = job.spec.plan
  for (const { jobId, on } of queue?.after ?? []) {
    const other = world.find(jobId)
    if (other === null) return { kind: 'never', why: `it was to start after ${jobId}, which is not there any more.` }
    if (other.state.kind !== 'ended') return { kind: 'wait', why: `for ${jobId} to end` }
    if (on === 'succeeded' && other.state.outcome !== 'succeeded')
      return {
        kind: 'never',
        why: `it was to start after ${jobId} had succeeded, and that has ${endWords[other.state.outcome]}.`,
      }
  }
  const lane = conversationOf(job.spec.plan)
  if (lane !== null && isBehind(job, world.live, (other) => conversationOf(other.spec.plan) === lane, 1))
    return { kind: 'wait', why: 'for an earlier turn of its conversation' }
  const group = queue?.group
  if (group === undefined) return { kind: 'go' }
  const key = groupKey(group, job.spec.folder)
  const { limit, paused } = world.group(key)
  if (paused) return { kind: 'wait', why: `the group ${group.name} is paused` }
  const isMember = ({ spec }: Job) =>
    spec.plan.queue?.group !== undefined && groupKey(spec.plan.queue.group, spec.folder) === key
  return isBehind(job, world.live, isMember, limit)
    ? { kind: 'wait', why: `for a place in the group ${group.name}` }
    : { kind: 'go' }
}

const endWords = {
  succeeded: 'succeeded',
  failed: 'failed',
  stopped: 'been stopped',
  lost: 'been lost',
  blocked: 'been blocked',
} as const

/** Whether those before it, which run or wait to, take all `limit` places. */
function isBehind(job: Job, live: readonly Job[], isMember: (other: Job) => boolean, limit: number): boolean {
  const ahead = live.filter(
    (other) =>
      other.spec.id !== job.spec.id &&
      isMember(other) &&
      (isUnderWay(other) || (other.state.kind === 'queued' && !other.state.held && comesBefore(other, job))),
  )
  return ahead.length >= limit
}

function isUnderWay({ state }: Job): boolean {
  return ['checking', 'launching', 'running', 'settling'].includes(state.kind)
}

function comesBefore({ spec: a }: Job, { spec: b }: Job): boolean {
  return a.createdAtMs !== b.createdAtMs ? a.createdAtMs < b.createdAtMs : a.id < b.id
}
