// What is known of a SLURM job when it is judged, what the judgement is, and for how long the scheduler is given time to tell.
import type { AttemptSeen } from '../../jobs/seen'
import type { SlurmHandle } from '../../jobs/handle'
import type { SlurmRow } from './tables'

/** What the job itself has written, of each task (`''`: it is no array). */
export interface SlurmRecords {
  readonly started: ReadonlyMap<string, { readonly atMs: number; readonly restarts: number }>
  readonly exits: ReadonlyMap<string, { readonly status: number; readonly atMs: number }>
}

/** Where a question was not asked, or could not be answered, `rows` is null. */
export interface SlurmKnown {
  readonly handle: SlurmHandle
  readonly records: SlurmRecords
  /** What squeue has of it; null: it could not be asked. */
  readonly queue: readonly SlurmRow[] | null
  /** `none`: there is no accounting here. */
  readonly account: readonly SlurmRow[] | 'none' | null
  readonly control: readonly SlurmRow[] | null
  readonly use: { readonly memoryBytes: number; readonly cpuSec: number } | null
  /** The scheduler may begin it anew. */
  readonly requeues: boolean
  /** The user that submits, by number, where it is known. */
  readonly uid: string | null
  /** How many tasks it was asked to have; absent: it is no array, or nobody told. */
  readonly taskCount?: number
  /** So long it has been known to have ended, or to be in the queue no more. */
  readonly sinceEndMs: number
  readonly nowMs: number
}

/** So long the scheduler has, after a record, to say why: a time limit and a full memory look like any signal. */
export const wordWithinMs = { good: 2_000, bad: 10_000 }
/** Nobody knows of it for so long: then it is gone. A database may come late, and did within 5 s of its return. */
export const goneAfterMs = { database: 60_000, none: 10_000 }

export interface Judgement {
  readonly seen: AttemptSeen
  /** sacct or scontrol may know more. */
  readonly asks: boolean
  /** It is over, and the scheduler would begin it once more all the same. */
  readonly isLeftOver?: true
}

/** `3` of the task `17_3`; `''`: it is no array, or all of it. */
export function taskOf({ id }: SlurmHandle): string {
  return id.split('_')[1] ?? ''
}
