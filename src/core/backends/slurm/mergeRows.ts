// One row of each task, of what squeue, sacct and scontrol have of a job.
import type { SlurmKnown } from './known'
import { meaningOf } from './states'
import type { SlurmRow } from './tables'

/** The rows that count, of all who were asked: for each task who knows most, the last being the newest. */
export function mergeRows({ handle, queue, account, control }: SlurmKnown): readonly SlurmRow[] {
  const base = handle.id.split('_')[0] ?? handle.id
  const mine = (row: SlurmRow) => (handle.id.includes('_') ? row.id === handle.id : row.base === base)
  const found = new Map<string, SlurmRow>()
  const sources: readonly (readonly SlurmRow[])[] = [
    control ?? [],
    account === null || account === 'none' ? [] : account,
    queue ?? [],
  ]
  for (const rows of sources)
    for (const row of rows.filter(mine)) {
      const known = found.get(row.id)
      found.set(row.id, known === undefined ? row : merge(known, row, rows === queue))
    }
  // Before its tasks are known apart, accounting has a row of the whole array.
  const all = [...found.values()]
  const isArray = all.some(({ task }) => task !== null)
  const isWaitingTogether = ({ task }: SlurmRow) => task !== null && !/^\d+$/.test(task)
  const inQueue = new Set((queue ?? []).map(({ id }) => id))
  return all
    .filter(
      (row) =>
        (row.task !== null || !isArray) &&
        !(isWaitingTogether(row) && queue !== null && !inQueue.has(row.id) && meaningOf(row.state).kind !== 'over'),
    )
    .sort((a, b) => firstOf(a) - firstOf(b))
}

function firstOf({ task }: SlurmRow): number {
  return Number(/^\d+/.exec(task ?? '')?.[0] ?? 0)
}

/** `newer` is from whoever is asked first; what it does not tell, the other does. */
function merge(older: SlurmRow, newer: SlurmRow, isQueue: boolean): SlurmRow {
  // Accounting may lag behind the controller, and says RUNNING of what has ended: an end is an end, but for the queue.
  const isLagging = !isQueue && meaningOf(older.state).kind === 'over' && meaningOf(newer.state).kind !== 'over'
  const state = isLagging ? older.state : newer.state
  const pick = <Key extends keyof SlurmRow>(key: Key): SlurmRow[Key] => (newer[key] === null ? older[key] : newer[key])
  return {
    id: newer.id,
    base: newer.base,
    task: newer.task,
    state,
    cancelledBy: pick('cancelledBy'),
    reason: pick('reason'),
    submitMs: pick('submitMs'),
    startMs: pick('startMs'),
    endMs: pick('endMs'),
    elapsedSec: pick('elapsedSec'),
    limitSec: pick('limitSec'),
    // Of a row that is not over it is 0:0.
    exit: meaningOf(older.state).kind === 'over' ? pick('exit') : newer.exit,
    partition: pick('partition'),
    nodes: pick('nodes'),
    cpus: pick('cpus'),
    askedMemoryBytes: pick('askedMemoryBytes'),
    restarts: pick('restarts'),
    name: pick('name'),
    isWhole: newer.isWhole && older.isWhole,
  }
}
