// The one switch that stops all chains of a user, and the names and numbers of the jobs that start by themselves.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import * as z from 'zod'
import { type ChainLimits, defaultChainLimits } from '../../core/followUps/decideNext'
import { type JobId, jobIdSchema } from '../../core/jobs/jobId'
import { readIfExists, writeDurably } from '../durableFile'
import { tryReadJob } from '../jobs/jobFiles'
import type { FolderPaths, StateFolder } from '../stateFolder'

const chainsSchema = z.looseObject({
  v: z.literal(1),
  /** Since when nothing starts by itself; null: it may. */
  stoppedAtMs: z.number().nullable(),
  maxDepth: z.int().min(0).optional(),
  startsPerHour: z.int().min(0).optional(),
})

export interface Chains {
  readonly stoppedAtMs: number | null
  readonly limits: ChainLimits
}

const hourMs = 3_600_000

/** How it stands now. What cannot be read stops all chains: it was written by somebody who wanted to. */
export function readChains(state: StateFolder): Chains {
  const known = readFile(state)
  if (known === 'damaged') return { stoppedAtMs: 0, limits: defaultChainLimits }
  return {
    stoppedAtMs: known?.stoppedAtMs ?? null,
    limits: {
      maxDepth: known?.maxDepth ?? defaultChainLimits.maxDepth,
      startsPerHour: known?.startsPerHour ?? defaultChainLimits.startsPerHour,
    },
  }
}

/** Nothing starts by itself any more, over restarts too. Throws RelayError. */
export function stopChains(state: StateFolder, nowMs: number): void {
  const { stoppedAtMs } = readChains(state)
  write(state, { stoppedAtMs: stoppedAtMs ?? nowMs })
}

/** Throws RelayError. */
export function resumeChains(state: StateFolder): void {
  write(state, { stoppedAtMs: null })
}

/** Throws RelayError. */
export function limitChains(state: StateFolder, limits: ChainLimits): void {
  const known = readChains(state)
  if (known.limits.maxDepth === limits.maxDepth && known.limits.startsPerHour === limits.startsPerHour) return
  write(state, limits)
}

function write(state: StateFolder, change: Partial<ChainLimits> & { readonly stoppedAtMs?: number | null }): void {
  const known = readFile(state)
  // What cannot be read has stopped all: only a word about just that lets them go on.
  const before = known === 'damaged' ? { stoppedAtMs: 0 } : (known ?? { stoppedAtMs: null })
  writeDurably(state.chains, `${JSON.stringify({ ...before, ...change, v: 1 })}\n`)
}

function readFile(state: StateFolder): z.infer<typeof chainsSchema> | 'damaged' | null {
  const text = readIfExists(state.chains)
  if (text === null) return null
  try {
    return chainsSchema.parse(JSON.parse(text))
  } catch {
    return 'damaged'
  }
}

/**
 * The job that follows from the answer of one attempt of a follow-up, always the same; `nth` counts the blocks of the answer
 * from 0. It begins with the id of its root, so that a thread is told from names alone.
 */
export function chainJobId(root: JobId, depth: number, followUp: JobId, attempt: number, nth = 0): JobId {
  const digest = createHash('sha256')
    .update(JSON.stringify([followUp, attempt, nth]))
    .digest()
  const suffix = (digest.readUIntBE(0, 6) % 36 ** 6).toString(36).padStart(6, '0')
  return jobIdSchema.parse(`${root.slice(0, 60)}-c${depth}-${suffix}`)
}

const chained = /^(.+?)-c\d{1,3}-[a-z0-9]{6}$/

/** The id of the root, if the name is that of a job in a chain. An id may look like one by chance. */
export function chainRootOf(name: string): string | null {
  return chained.exec(name)?.[1] ?? null
}

/** How many jobs of this host have started by themselves in the last hour, as their specs and journals tell. */
export function countAutomaticStarts(state: StateFolder, nowMs: number): number {
  return state
    .listFolders()
    .flatMap((folder) => folder.listJobs().map((name) => ({ folder, name })))
    .filter(({ folder, name }) => chainRootOf(name) !== null && isRecent(folder, name, nowMs))
    .filter(({ folder, name }) => {
      const read = tryReadJob(folder, name)
      // One that cannot be read may have started: it counts.
      if (read === null || !('job' in read)) return read !== null
      const { spec, approval } = read.job
      return spec.host === state.host && approval?.how === 'chain' && spec.createdAtMs > nowMs - hourMs
    }).length
}

/** Whether it may have been made in the last hour: its spec is written once. */
function isRecent(folder: FolderPaths, name: string, nowMs: number): boolean {
  const id = jobIdSchema.safeParse(name)
  if (!id.success) return false
  const stat = fs.statSync(folder.job(id.data).spec, { throwIfNoEntry: false })
  return stat !== undefined && stat.mtimeMs > nowMs - 2 * hourMs
}
