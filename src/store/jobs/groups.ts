// The groups of the queue of one host: how many of each may run at once, and which are paused. The supervisor alone writes it.
import { readChains } from '../followUps/chains'
import fs from 'node:fs'
import * as z from 'zod'
import type { Job } from '../../core/jobs/job'
import type { JobId } from '../../core/jobs/jobId'
import type { GroupState, QueueWorld } from '../../core/jobs/turn'
import { readIfExists, writeDurably } from '../durableFile'
import type { StateFolder } from '../stateFolder'
import type { StoredJob, UnreadableJob } from './jobFiles'

export const maxGroupLimit = 1000
export const groupLimitSchema = z.int().min(1).max(maxGroupLimit)
const groupsSchema = z.object({
  v: z.literal(1),
  groups: z.record(z.string(), z.strictObject({ limit: groupLimitSchema, paused: z.boolean() })),
})

/** What a group is of which nobody has said anything. */
const usualGroup: GroupState = { limit: 1, paused: false }

export interface Groups {
  /** Those of which somebody has said something, by `groupKey`. */
  readonly known: ReadonlyMap<string, GroupState>
  /** Why nothing can be told of them, in a sentence. */
  readonly problem: string | null
}

/** Throws RelayError if the file is there and cannot be read just now. */
export function readGroups(state: StateFolder): Groups {
  const text = readIfExists(state.groups)
  if (text === null) return { known: new Map(), problem: null }
  try {
    const { groups } = groupsSchema.parse(JSON.parse(text))
    return { known: new Map(Object.entries(groups)), problem: null }
  } catch {
    const problem = `Cannot read ${state.groups}: it is damaged. Nothing of any group begins until one of them is set anew: relay queue resume GROUP.`
    return { known: new Map(), problem }
  }
}

/** A group as it counts now. Which were paused is not known any more where the file cannot be read, so all are. */
export function groupOf({ known, problem }: Groups, key: string): GroupState {
  return problem === null ? (known.get(key) ?? usualGroup) : { ...usualGroup, paused: true }
}

/** Changes one group, durably; what cannot be read is kept beside it. Throws RelayError. */
export function writeGroup(state: StateFolder, groups: Groups, key: string, change: Partial<GroupState>): Groups {
  if (groups.problem !== null) fs.renameSync(state.groups, `${state.groups}.damaged`)
  const changed = { ...(groups.known.get(key) ?? usualGroup), ...change }
  const known = new Map(groups.known).set(key, changed)
  if (changed.limit === usualGroup.limit && changed.paused === usualGroup.paused) known.delete(key)
  writeDurably(state.groups, `${JSON.stringify({ v: 1, groups: Object.fromEntries(known) })}\n`)
  return { known, problem: null }
}

/** What the turn of a job depends on, as of now; `live` are all jobs of the host that have not ended. Each job is read once. */
export function queueWorldOf(
  state: StateFolder,
  groups: Groups,
  live: readonly Job[],
  read: (id: JobId) => StoredJob | UnreadableJob | null,
): QueueWorld {
  const found = new Map<JobId, ReturnType<QueueWorld['find']>>()
  const find = (id: JobId) => {
    const stored = read(id)
    return stored === null ? null : 'job' in stored ? stored.job : 'unreadable'
  }
  return {
    live,
    group: (key) => groupOf(groups, key),
    areChainsStopped: readChains(state).stoppedAtMs !== null,
    find: (id) => {
      const known = found.get(id)
      if (known !== undefined) return known
      const job = find(id)
      found.set(id, job)
      return job
    },
  }
}
