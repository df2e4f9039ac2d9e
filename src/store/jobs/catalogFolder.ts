// The jobs of one folder, by name: which there are, and what was last seen of each. Holds no job that has ended.
import fs from 'node:fs'
import { isTask } from '../../core/followUps/taskState'
import { reduce } from '../../core/jobs/job'
import { isSettled } from '../../core/jobs/owed'
import { type JobId, jobIdSchema } from '../../core/jobs/jobId'
import { isCheckOfStep } from '../../core/jobs/spec'
import { RelayError } from '../../core/relayError'
import { readAppendedEvents } from '../appendedEvents'
import { chainRootOf } from '../followUps/chains'
import type { FolderPaths } from '../stateFolder'
import { LazyFinishedIndex } from './finishedIndex'
import { type StoredJob, tryReadJob, type UnreadableJob } from './jobFiles'

/** What was seen of a job when its journal had `bytes` bytes (-1: that could not be told). */
export type Sight =
  /** `isExact`: these bytes, no more and no less, are what `stored` was read from, and nothing is wrong with them. */
  | { readonly kind: 'live'; readonly bytes: number; readonly stored: StoredJob; readonly isExact: boolean }
  | { readonly kind: 'settled'; readonly bytes: number }
  | { readonly kind: 'unreadable'; readonly bytes: number; readonly unreadable: UnreadableJob }
  /** A directory that is no job: one that is being created, or what was left of it. */
  | { readonly kind: 'absent'; readonly bytes: number }

export interface CatalogEntry {
  readonly id: JobId
  readonly folder: CatalogFolder
  /** Null: not looked at yet, and taken for settled until then. */
  sight: Sight | null
  isFollowUp: boolean
  followUps: CatalogEntry[]
  /** The jobs that its chain has led to, if it began one. */
  chain: CatalogEntry[]
  /** Whether an agent does it; null: not known yet. */
  isTask: boolean | null
  /** Whether it is a check of a step; null: not known yet. */
  isCheckOfStep: boolean | null
}

/**
 * Clocks of file systems are coarse, and those of other hosts may be wrong: only when a directory had been at rest for
 * this long when it was listed, an unchanged time of change says that nothing has changed.
 */
const restMs = 2_000

export class CatalogFolder {
  /** Why the jobs cannot be listed, in a sentence; those that were known stay. */
  problem: string | null = null
  private readonly index: LazyFinishedIndex
  private known = new Map<string, CatalogEntry>()
  /** Time of change of the directory of jobs when it was listed; null: it was not at rest. */
  private listedMtimeMs: number | null = null

  constructor(readonly paths: FolderPaths) {
    this.index = new LazyFinishedIndex(paths.finishedIndex)
  }

  get entries(): ReadonlyMap<string, CatalogEntry> {
    return this.known
  }

  /** Looks for jobs that came or went, and for more summaries; true if any job came or went. `thorough`: trusts no time. */
  refresh(thorough: boolean): boolean {
    this.index.refresh()
    const problem = this.problem
    try {
      const mtimeMs = fs.statSync(this.paths.jobs, { throwIfNoEntry: false })?.mtimeMs ?? 0
      if (!thorough && mtimeMs === this.listedMtimeMs) return false
      this.listedMtimeMs = Math.abs(Date.now() - mtimeMs) > restMs ? mtimeMs : null
      this.problem = null
      return this.take(this.paths.listJobs()) || problem !== null
    } catch (error) {
      this.listedMtimeMs = null
      this.problem = error instanceof RelayError ? error.message : `Cannot list ${this.paths.jobs}: ${String(error)}.`
      return this.problem !== problem
    }
  }

  /**
   * Looks at a job again if its journal has another size; `thorough`: also if it could not be read. True if views may
   * have to draw it anew.
   */
  look(entry: CatalogEntry, thorough: boolean): boolean {
    const { sight } = entry
    const bytes = this.journalBytes(entry)
    const isUncertain = sight?.kind === 'unreadable' || sight?.kind === 'absent'
    if (sight?.bytes === bytes && !(thorough && isUncertain)) return false
    const wasCheck = this.isCheckOfStep(entry)
    entry.sight = this.see(entry, bytes)
    return !isSame(sight, entry.sight) || wasCheck !== this.isCheckOfStep(entry)
  }

  /** Whether its summary says that it has ended, as far as can be told without looking at its journal. */
  isSummedUp({ id }: CatalogEntry): boolean {
    return this.index.journalBytes(id) !== undefined
  }

  /** Whether an agent does the job, as far as was seen. */
  isTask({ id, isTask: known }: CatalogEntry): boolean {
    return known ?? this.index.isTask(id) ?? false
  }

  /** Whether the job is a check of a step, as far as was seen. */
  isCheckOfStep({ id, isCheckOfStep: known }: CatalogEntry): boolean {
    return known ?? this.index.isCheckOfStep(id) ?? false
  }

  /** Size of the journal now. */
  journalBytes({ id }: CatalogEntry): number {
    try {
      return fs.statSync(this.paths.job(id).journal, { throwIfNoEntry: false })?.size ?? 0
    } catch {
      return -1 // Reading it will say why.
    }
  }

  /** The job as it is when its journal has `bytes` bytes. */
  read({ id }: CatalogEntry, bytes: number): StoredJob | UnreadableJob | null {
    const job = this.index.journalBytes(id) === bytes ? this.index.read(id) : null
    return job === null ? tryReadJob(this.paths, id) : { job, paths: this.paths.job(id), newer: false, problems: [] }
  }

  private see(entry: CatalogEntry, bytes: number): Sight {
    if (this.index.journalBytes(entry.id) === bytes) return { kind: 'settled', bytes }
    const followed = follow(entry.sight, bytes)
    const read = followed ?? tryReadJob(this.paths, entry.id)
    if (read === null) return { kind: 'absent', bytes }
    if (!('job' in read)) return { kind: 'unreadable', bytes, unreadable: read }
    entry.isTask = isTask(read.job)
    entry.isCheckOfStep = isCheckOfStep(read.job.spec.origin)
    if (isSettled(read.job)) return { kind: 'settled', bytes }
    const isWhole = !read.newer && read.problems.length === 0
    const isExact = followed !== null || (isWhole && this.journalBytes(entry) === bytes)
    return { kind: 'live', bytes, stored: read, isExact }
  }

  private take(names: readonly string[]): boolean {
    const before = this.known
    const entries = names.flatMap((name) => before.get(name) ?? this.newEntry(name) ?? [])
    if (entries.length === before.size && entries.every(({ id }) => before.has(id))) return false
    this.known = new Map(entries.map((entry) => [entry.id, entry]))
    for (const entry of entries) {
      entry.followUps = []
      entry.chain = []
    }
    for (const entry of entries) {
      const parent = this.parentOf(entry.id)
      const root = this.known.get(chainRootOf(entry.id) ?? '')
      entry.isFollowUp = parent !== undefined
      if (entry.isFollowUp) entry.isTask = true
      parent?.followUps.push(entry)
      root?.chain.push(entry)
    }
    return true
  }

  private newEntry(name: string): CatalogEntry | null {
    const id = jobIdSchema.safeParse(name) // Others are no directories of ours.
    if (!id.success) return null
    const family = { isFollowUp: false, followUps: [], chain: [] }
    return { id: id.data, folder: this, sight: null, ...family, isTask: null, isCheckOfStep: null }
  }

  /** An id may look like a follow-up's by chance, so the parent must be there. */
  private parentOf(id: JobId): CatalogEntry | undefined {
    const [, parent] = /^(.+)-f\d+$/.exec(id) ?? []
    return parent === undefined ? undefined : this.known.get(parent)
  }
}

/** A live job of which more was written since, or null if it is to be read as a whole. */
function follow(sight: Sight | null, bytes: number): StoredJob | null {
  if (sight?.kind !== 'live' || !sight.isExact || bytes <= sight.bytes) return null
  const { stored } = sight
  const events = readAppendedEvents(stored.paths.journal, sight.bytes, bytes)
  return events === null ? null : { ...stored, job: events.reduce(reduce, stored.job) }
}

function isSame(before: Sight | null, after: Sight): boolean {
  // What was not looked at was taken for settled.
  if (before === null) return after.kind === 'settled'
  if (before.kind === 'unreadable' && after.kind === 'unreadable')
    return before.unreadable.problem === after.unreadable.problem
  return before.kind === 'absent' && after.kind === 'absent'
}
