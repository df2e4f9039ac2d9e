// What is true of an array: its tasks counted, and how all of it ended.
import { type Exit, exitFromStatus, renderExit } from '../../jobs/exit'
import type { SlurmHandle } from '../../jobs/handle'
import type { RemoteSeen } from '../../jobs/remote'
import { hasTask, sizeOf } from './arrayTasks'
import { endOf } from './ending'
import { goneAfterMs, type Judgement, type SlurmKnown, wordWithinMs } from './known'
import { isForgotten, judgeGone, judgeMissing } from './judgeMissing'
import { meaningOf, renderReason } from './states'
import type { SlurmRow } from './tables'
import { factsOf } from './tell'

/** A task that did not succeed. */
interface Failure {
  readonly task: string
  readonly words: string
  readonly state: string
  readonly status: number | null
  readonly verdict: 'failed' | 'stopped'
}

/** An array ends when every task of it has: those that have a row, and those of which only their own record is left. */
export function judgeArray(known: SlurmKnown, told: readonly SlurmRow[]): Judgement {
  const { handle, records } = known
  const isToldOf = (task: string) => told.some((row) => hasTask(row.task ?? '', task))
  const untold = [...records.exits].flatMap(([task, { status }]) =>
    task === '' || isToldOf(task) ? [] : [rowOfRecord(task, status, known)],
  )
  const rows = [...told, ...untold]
  const ended = (row: SlurmRow) =>
    meaningOf(row.state).kind === 'over' || (records.exits.has(row.task ?? '') && !known.requeues)
  const active = rows.filter((row) => !ended(row))
  const counts = { waiting: 0, running: 0, succeeded: 0, failed: 0 }
  const failures: Failure[] = []
  for (const row of rows) {
    const size = sizeOfRow(row, rows)
    const record = records.exits.get(row.task ?? '')
    if (!ended(row)) {
      counts[meaningOf(row.state).kind === 'waiting' ? 'waiting' : 'running'] += size
      continue
    }
    const exit = record === undefined ? endOf(row, known) : recordedEnd(row, record.status, known)
    if (exit.kind === 'code' && exit.code === 0) counts.succeeded += size
    else {
      counts.failed += size
      failures.push({ task: row.task ?? '', words: renderExit(exit), ...summary(exit, row) })
    }
  }
  const starts = [
    ...[...records.started.values()].map(({ atMs }) => atMs),
    ...rows.flatMap(({ startMs, state }) => (startMs === null || meaningOf(state).kind === 'waiting' ? [] : [startMs])),
  ]
  const startMs = starts.length === 0 ? null : Math.min(...starts)
  const lead = active.find(({ state }) => meaningOf(state).kind === 'going') ?? active[0] ?? rows.at(-1)
  const { waiting, running, succeeded, failed } = counts
  const words = [
    running > 0 ? `${running} running` : '',
    waiting > 0 ? `${waiting} waiting` : '',
    succeeded > 0 ? `${succeeded} succeeded` : '',
    failed > 0 ? `${failed} failed` : '',
  ]
    .filter((part) => part !== '')
    .join(', ')
  const facts = lead === undefined ? {} : factsOf(lead, known)
  const seen: RemoteSeen = {
    state: active.length > 0 ? (lead?.state ?? 'PENDING') : failed > 0 ? 'FAILED' : 'COMPLETED',
    words: `tasks: ${words}${waiting > 0 && running === 0 && lead?.reason ? `; waits ${renderReason(lead.reason)}` : ''}`,
    facts: { ...facts, ...(startMs === null ? {} : { beganAtMs: startMs }), tasks: counts },
  }
  const service = { handle, seen }
  if (active.length > 0) {
    const inQueue = new Set((known.queue ?? []).map(({ id }) => id))
    const isUntold = known.queue !== null && active.every(({ id }) => !inQueue.has(id))
    if (isUntold && isForgotten(known))
      return judgeGone(known, null, 'accounting (sacct) still says that tasks of it go on')
    return {
      seen:
        startMs === null
          ? { kind: 'submitted', service }
          : { kind: 'alive', started: { handle, atMs: startMs }, service },
      asks: isUntold,
    }
  }
  // Tasks that wait may have no row in accounting, so only a queue that was asked tells that there are none; and what the
  // queue has forgotten already, accounting knows. Where that does not answer, only records of all tasks tell enough.
  const endedCount = succeeded + failed
  const isWhole = known.taskCount !== undefined && endedCount >= known.taskCount
  const isSettled = known.sinceEndMs >= wordWithinMs.bad
  const isComplete =
    known.queue !== null && (Array.isArray(known.account) || (isSettled && (known.account === 'none' || isWhole)))
  const asking: Judgement = {
    seen: { kind: 'unknown', why: 'Its tasks have left the queue; how they ended is being asked.' },
    asks: true,
  }
  if (!isComplete) return asking
  if (rows.length === 0) return judgeMissing(known, null)
  // Those that have begun, and those that it was asked to have, of which nobody knows the end.
  const silent = [...records.started.keys()].filter(
    (task) => task !== '' && !rows.some((row) => hasTask(row.task ?? '', task)),
  )
  const lost = Math.max(silent.length, (known.taskCount ?? 0) - endedCount)
  if (lost > 0 && known.sinceEndMs < goneAfterMs[known.account === 'none' ? 'none' : 'database']) return asking
  const atMs =
    Math.max(...rows.map(({ endMs }) => endMs ?? 0), ...[...records.exits.values()].map((one) => one.atMs)) ||
    known.nowMs
  return {
    seen: {
      kind: 'over',
      exit: endOfArray(failures, { handle, failed, count: endedCount + lost, lost, silent }),
      atMs,
      started: { handle, atMs: startMs ?? atMs },
      service,
    },
    asks: false,
  }
}

function endOfArray(
  failures: readonly Failure[],
  {
    handle,
    failed,
    count,
    lost,
    silent,
  }: {
    readonly handle: SlurmHandle
    readonly failed: number
    readonly count: number
    /** So many ended nobody knows how; of some it is known which. */
    readonly lost: number
    readonly silent: readonly string[]
  },
): Exit {
  const [first] = failures
  const whose = silent.length === 0 ? '' : ` (${silent.slice(0, 5).join(', ')}${silent.length > 5 ? ', …' : ''})`
  if (first === undefined)
    return lost === 0
      ? { kind: 'code', code: 0 }
      : {
          kind: 'unknown',
          evidence: `Nobody knows how ${lost} of ${count} tasks of SLURM job ${handle.id} ended${whose}: they are not in the queue, and they left no record`,
        }
  const list = failures.slice(0, 5).map(({ task, words }) => `${task}: ${words}`)
  const more = failures.length > 5 ? `; and ${failures.length - 5} more` : ''
  const worst = failures.find(({ verdict }) => verdict === 'failed') ?? first
  return {
    kind: 'service',
    by: 'slurm',
    state: worst.state,
    status: worst.status,
    verdict: worst.verdict,
    words: `${failed} of ${count} tasks did not succeed (${list.join('; ')}${more})${lost === 0 ? '' : `; of ${lost} nobody knows`}`,
  }
}

function summary(exit: Exit, row: SlurmRow): Omit<Failure, 'task' | 'words'> {
  if (exit.kind === 'service') return { state: exit.state, status: exit.status, verdict: exit.verdict }
  return {
    state: meaningOf(row.state).kind === 'over' ? row.state : 'FAILED',
    status: exit.kind === 'code' ? exit.code : exit.kind === 'signal' ? exit.status : null,
    verdict: 'failed',
  }
}

function recordedEnd(row: SlurmRow, status: number, known: SlurmKnown): Exit {
  if (status === 0 || ['FAILED', 'COMPLETED'].includes(row.state) || meaningOf(row.state).kind !== 'over')
    return exitFromStatus(status)
  return endOf(row, known)
}

/** A task that nobody has a row of any more, by its own record. */
function rowOfRecord(task: string, status: number, { handle, records }: SlurmKnown): SlurmRow {
  return {
    id: `${handle.id}_${task}`,
    base: handle.id,
    task,
    state: status === 0 ? 'COMPLETED' : 'FAILED',
    cancelledBy: null,
    reason: null,
    submitMs: null,
    startMs: records.started.get(task)?.atMs ?? null,
    endMs: records.exits.get(task)?.atMs ?? null,
    elapsedSec: null,
    limitSec: null,
    exit: exitPair(status),
    partition: null,
    nodes: null,
    cpus: null,
    askedMemoryBytes: null,
    restarts: null,
    name: null,
    isWhole: true,
  }
}

function exitPair(status: number): SlurmRow['exit'] {
  return status > 128 ? { code: 0, signal: status - 128 } : { code: status, signal: 0 }
}

/** The tasks of a row that have none of their own. */
function sizeOfRow(row: SlurmRow, rows: readonly SlurmRow[]): number {
  const tasks = row.task ?? ''
  if (/^\d*$/.test(tasks)) return 1
  return Math.max(
    0,
    sizeOf(tasks) - rows.filter(({ task }) => /^\d+$/.test(task ?? '') && hasTask(tasks, task ?? '')).length,
  )
}
