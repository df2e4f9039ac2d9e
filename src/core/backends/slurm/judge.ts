// What is true of a SLURM job, given its own records and what squeue, sacct and scontrol know of it. Pure. A query that
// failed is no row, and says nothing: then a job is what it was, and is watched on.
import { type Exit, exitFromStatus, renderExit } from '../../jobs/exit'
import { endOf, neverBegan } from './ending'
import { type Judgement, type SlurmKnown, taskOf, wordWithinMs } from './known'
import { judgeArray } from './judgeArray'
import { isForgotten, judgeGone, judgeMissing } from './judgeMissing'
import { mergeRows } from './mergeRows'
import { meaningOf } from './states'
import type { SlurmRow } from './tables'
import { tell } from './tell'

/** What is seen of it, and whether more should be asked. */
export function judgeSlurm(known: SlurmKnown): Judgement {
  const rows = mergeRows(known)
  const isArray = rows.some(({ task }) => task !== null) || [...known.records.exits.keys()].some((task) => task !== '')
  if (isArray && !known.handle.id.includes('_')) return judgeArray(known, rows)
  const row = rows.at(-1) ?? null
  const exit = known.records.exits.get(taskOf(known.handle)) ?? null
  const started = known.records.started.get(taskOf(known.handle)) ?? null
  const kind = row === null ? null : meaningOf(row.state).kind
  // Begun anew, or about to be, its old record counts no more: a preemption leaves one, and the script removes it late.
  const queued = (known.queue ?? []).filter(({ id }) => id === row?.id)
  const goesOn = queued.some(({ state }) => meaningOf(state).kind !== 'over')
  const isBack = known.requeues && goesOn
  if (known.requeues && exit !== null && exit.status !== 0 && known.queue === null)
    return { seen: { kind: 'unknown', why: 'The scheduler could not be asked.' }, asks: false }
  if (exit !== null && !isBack) return judgeRecorded(known, row, exit, started)
  if (row === null) return judgeMissing(known, started)
  // Accounting may say for ever that what nobody has any more still runs.
  const isUntold = known.queue !== null && queued.length === 0
  if (isUntold && kind !== 'over' && isForgotten(known))
    return judgeGone(known, started, `accounting (sacct) still says ${row.state} of it`)
  const service = { handle: known.handle, seen: tell(row, known) }
  const begun = beginning(known, row, started)
  switch (kind) {
    case 'waiting':
      // It ran before, and will again.
      return {
        seen:
          begun !== null && started !== null
            ? { kind: 'alive', started: begun, service }
            : { kind: 'submitted', service },
        asks: isUntold,
      }
    case 'over': {
      if (
        !isTold(row, known) &&
        known.sinceEndMs < (row.state === 'COMPLETED' ? wordWithinMs.good : wordWithinMs.bad)
      ) {
        // Why it ends is told with its end.
        const ending = { handle: known.handle, seen: null }
        return { seen: { kind: 'unknown', why: 'It has ended; how is being asked.', service: ending }, asks: true }
      }
      const ended = endOf(row, known)
      return {
        seen: {
          kind: 'over',
          exit: ended,
          atMs: row.endMs ?? known.nowMs,
          started: neverBegan(row) ? null : (begun ?? startedNow(known)),
          service,
        },
        asks: false,
      }
    }
    default:
      // One that the queue does not list, as those of other users, is told of by the others alone.
      return { seen: { kind: 'alive', started: begun ?? startedNow(known), service }, asks: isUntold }
  }
}

/** Somebody knows with what it ended. After an outage of the database a row was seen to say `FAILED 0:0` first. */
function isTold({ state, exit, isWhole }: SlurmRow, { use, account }: SlurmKnown): boolean {
  if (exit === null || !isWhole) return false
  if (state !== 'FAILED') return true
  // Killed for its memory it is known by what it has used, which accounting tells a little later.
  const mayBeMemory = exit.signal === 9 && use === null && Array.isArray(account) && account.length > 0
  return !mayBeMemory && (exit.code !== 0 || exit.signal !== 0)
}

/**
 * A controller that died right after a submission takes the job for one that waits: it was seen to call its end a cancellation, and to begin
 * it once more, which runs nothing. What it says of that is not how the run of this record ended.
 */
function isOfNoRun(row: SlurmRow, record: { readonly atMs: number }, { requeues }: SlurmKnown): boolean {
  if (requeues || meaningOf(row.state).kind !== 'over') return false
  // Of two clocks, and in whole seconds.
  return neverBegan(row) || (row.startMs !== null && row.startMs > record.atMs + 2_000)
}

/** Its own record is the truth on how the command ended; the scheduler may know why. */
function judgeRecorded(
  known: SlurmKnown,
  row: SlurmRow | null,
  record: { readonly status: number; readonly atMs: number },
  started: { readonly atMs: number } | null,
): Judgement {
  const isOther = row !== null && isOfNoRun(row, record, known)
  const isOver = row !== null && !isOther && meaningOf(row.state).kind === 'over'
  const limitMs = record.status === 0 ? wordWithinMs.good : wordWithinMs.bad
  const hasWaited = known.sinceEndMs >= limitMs
  const began = { handle: known.handle, atMs: started?.atMs ?? row?.startMs ?? record.atMs }
  if (!isOther && !(isOver && isTold(row, known)) && !hasWaited) {
    const seen = row === null ? null : tell(row, known)
    return {
      seen: { kind: 'alive', started: began, service: { handle: known.handle, seen: isOver ? null : seen } },
      asks: true,
    }
  }
  const own = exitFromStatus(record.status)
  // The script may have ended well although a node or a limit ended what came after.
  const why =
    record.status !== 0 && row !== null && isOver && !['FAILED', 'COMPLETED'].includes(row.state)
      ? endOf(row, known)
      : null
  const exit: Exit =
    why?.kind === 'service' ? { ...why, status: record.status, words: `${why.words} (${renderExit(own)})` } : own
  const seen =
    row === null
      ? { state: record.status === 0 ? 'COMPLETED' : 'FAILED', words: 'ended, as its own record says', facts: {} }
      : tell(isOver ? row : { ...row, state: record.status === 0 ? 'COMPLETED' : 'FAILED' }, known)
  return {
    seen: { kind: 'over', exit, atMs: record.atMs, started: began, service: { handle: known.handle, seen } },
    asks: false,
    ...(row !== null && meaningOf(row.state).kind === 'waiting' ? { isLeftOver: true as const } : {}),
  }
}

function beginning(known: SlurmKnown, row: SlurmRow, started: { readonly atMs: number } | null) {
  const atMs = started?.atMs ?? row.startMs
  return atMs === null ? null : { handle: known.handle, atMs }
}

function startedNow({ handle, nowMs }: SlurmKnown) {
  return { handle, atMs: nowMs }
}
