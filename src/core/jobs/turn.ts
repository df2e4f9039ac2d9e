// Whether a job that waits may begin: the policy of the queue. Pure; the same jobs give the same answer to everybody.
import { conversationOf, type Job } from './job'
import { owesRetry } from './owed'
import type { JobId } from './jobId'
import type { QueuePlan } from './queuePlan'
import type { JobSpec } from './spec'

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
  /** The switch that stops everything that starts by itself. */
  readonly areChainsStopped: boolean
  /** Any job, ended ones too; null: it was removed. `unreadable`: nothing can be told of it now. */
  find(id: JobId): Job | 'unreadable' | null
}

/** One name for the jobs that are counted together. */
export function groupKey({ name, scope }: NonNullable<QueuePlan['group']>, folder: string): string {
  return scope === 'host' ? `host ${name}` : `folder ${folder} ${name}`
}

/** The other way round; `folder` is null for a group of the host. Null: it is no such key. */
export function readGroupKey(key: string): { readonly name: string; readonly folder: string | null } | null {
  const [, host, folder, name] = /^(?:host (\S+)|folder (.*) (\S+))$/s.exec(key) ?? []
  if (host !== undefined) return { name: host, folder: null }
  return folder === undefined || name === undefined ? null : { name, folder }
}

/**
 * Jobs take turns in the order in which they were asked for; one that is held back, or that waits for another job, keeps
 * nobody waiting.
 */
export function turnOf(job: Job, world: QueueWorld): Turn {
  const { queue } = job.spec.plan
  if (isStoppedByChains(job, world)) return { kind: 'wait', why: 'all chains are stopped' }
  const after = turnAfterOthers(job, world)
  if (after.kind !== 'go') return after
  const lane = conversationOf(job.spec.plan)
  if (lane !== null && isBehind(job, world, (other) => conversationOf(other.spec.plan) === lane, 1))
    return { kind: 'wait', why: 'for an earlier turn of its conversation' }
  const group = queue?.group
  if (group === undefined) return { kind: 'go' }
  const key = groupKey(group, job.spec.folder)
  const { limit, paused } = world.group(key)
  if (paused) return { kind: 'wait', why: `the group ${group.name} is paused` }
  return isBehind(job, world, ({ spec }) => groupKeyOf(spec) === key, limit)
    ? { kind: 'wait', why: `for a place in the group ${group.name}` }
    : { kind: 'go' }
}

/** Whether the jobs that it comes after have ended as it wants. */
function turnAfterOthers(job: Job, world: QueueWorld): Turn {
  if (waitsForItself(job, world)) return { kind: 'never', why: 'it was to start after itself.' }
  for (const { jobId, on } of job.spec.plan.queue?.after ?? []) {
    const other = world.find(jobId)
    if (other === 'unreadable') return { kind: 'wait', why: `for ${jobId}, which cannot be read just now` }
    if (other === null) return { kind: 'never', why: `it was to start after ${jobId}, which is not there any more.` }
    if (other.state.kind !== 'ended' || owesRetry(other)) return { kind: 'wait', why: `for ${jobId} to end` }
    if (on === 'succeeded' && other.state.outcome !== 'succeeded')
      return {
        kind: 'never',
        why: `it was to start after ${jobId} had succeeded, and that has ${endWords[other.state.outcome]}.`,
      }
  }
  return { kind: 'go' }
}

/** The group that a job is counted in, or null. Of a dry run nothing begins. */
export function groupKeyOf({ plan, folder, dryRun }: JobSpec): string | null {
  const group = plan.queue?.group
  return group === undefined || dryRun === true ? null : groupKey(group, folder)
}

/** Why a job that is not over has not begun, in words after “waiting”; null: it does not wait. */
export function whyWaiting(job: Job, world: QueueWorld): string | null {
  if (job.state.kind !== 'queued') return null
  if (job.state.held) return 'held back: let it go to have it run'
  const turn = turnOf(job, world)
  return turn.kind === 'go' ? 'its turn has come' : turn.why
}

/** Nobody can ask for it in a block, for what a job waits for is there before it; but a file can be made to say it. */
function waitsForItself(job: Job, world: QueueWorld): boolean {
  const seen = new Set<JobId>()
  const left = [...(job.spec.plan.queue?.after ?? [])]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (next.jobId === job.spec.id) return true
    if (seen.has(next.jobId)) continue
    seen.add(next.jobId)
    const other = world.find(next.jobId)
    // What has begun waits for nothing any more.
    if (other !== null && other !== 'unreadable' && other.state.kind === 'queued')
      left.push(...(other.spec.plan.queue?.after ?? []))
  }
  return false
}

const endWords = {
  succeeded: 'succeeded',
  failed: 'failed',
  stopped: 'been stopped',
  lost: 'been lost',
  blocked: 'been blocked',
} as const

/** Whether those before it, which run or wait to, take all `limit` places. */
function isBehind(job: Job, world: QueueWorld, isMember: (other: Job) => boolean, limit: number): boolean {
  const waitsBefore = (other: Job) =>
    other.state.kind === 'queued' &&
    !other.state.held &&
    !isStoppedByChains(other, world) &&
    comesBefore(other, job) &&
    turnAfterOthers(other, world).kind === 'go'
  let ahead = 0
  for (const other of world.live) {
    if (other.spec.id === job.spec.id || !isMember(other)) continue
    if (isUnderWay(other) || waitsBefore(other)) ahead += 1
    if (ahead >= limit) return true
  }
  return false
}

function isStoppedByChains({ approval }: Job, { areChainsStopped }: QueueWorld): boolean {
  return areChainsStopped && approval?.how === 'chain'
}

function isUnderWay({ state }: Job): boolean {
  return ['checking', 'launching', 'running', 'settling'].includes(state.kind)
}

export function comesBefore(a: Job, b: Job): boolean {
  const [first, second] = [askedAtMs(a), askedAtMs(b)]
  return first !== second ? first < second : a.spec.id < b.spec.id
}

/** When this attempt was asked for: one that is run again goes behind those that waited meanwhile. */
function askedAtMs({ spec, state, attempt }: Job): number {
  return attempt > 1 && state.kind === 'queued' ? state.sinceMs : spec.createdAtMs
}
