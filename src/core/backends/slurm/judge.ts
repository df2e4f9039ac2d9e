// What is true of a SLURM job, given its own records and what squeue, sacct and scontrol know of it. Pure. A query that
// failed is no row, and says nothing: then a job is what it was, and is watched on.
import type { AttemptSeen } from '../../jobs/seen'
import { type Exit, exitFromStatus, renderExit } from '../../jobs/exit'
import type { SlurmHandle } from '../../jobs/handle'
import type { RemoteFacts, RemoteSeen } from '../../jobs/remote'
import { meaningOf, renderReason } from './states'
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
const wordWithinMs = { good: 2_000, bad: 10_000 }
/** Nobody knows of it for so long: then it is gone. A database may come late, and did within 5 s of its return. */
const goneAfterMs = { database: 60_000, none: 10_000 }

export interface Judgement {
  readonly seen: AttemptSeen
  /** sacct or scontrol may know more. */
  readonly asks: boolean
  /** It is over, and the scheduler would begin it once more all the same. */
  readonly isLeftOver?: true
}

/** What is seen of it, and whether more should be asked. */
export function judgeSlurm(known: SlurmKnown): Judgement {
  const rows = tasksOf(known)
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
    return gone(known, started, `accounting (sacct) still says ${row.state} of it`)
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

/** Its own record is the truth on how the command ended; the scheduler may know why. */
function judgeRecorded(
  known: SlurmKnown,
  row: SlurmRow | null,
  record: { readonly status: number; readonly atMs: number },
  started: { readonly atMs: number } | null,
): Judgement {
  const isOver = row !== null && meaningOf(row.state).kind === 'over'
  const limitMs = record.status === 0 ? wordWithinMs.good : wordWithinMs.bad
  const hasWaited = known.sinceEndMs >= limitMs
  const began = { handle: known.handle, atMs: started?.atMs ?? row?.startMs ?? record.atMs }
  if (!(isOver && isTold(row, known)) && !hasWaited) {
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

/** squeue knows it no more, or could not be asked; and it has left no record. */
function judgeMissing(known: SlurmKnown, started: { readonly atMs: number } | null): Judgement {
  const { queue, account, control } = known
  if (queue === null) return { seen: { kind: 'unknown', why: 'The scheduler could not be asked.' }, asks: false }
  const everybodyAnswered = account !== null && control !== null
  if (!everybodyAnswered || known.sinceEndMs < goneAfterMs[account === 'none' ? 'none' : 'database'])
    return {
      seen: { kind: 'unknown', why: 'It is not in the queue any more; how it ended is being asked.' },
      asks: true,
    }
  return gone(
    known,
    started,
    account === 'none' ? 'there is no accounting here' : 'accounting (sacct) has no row of it',
  )
}

/** Everybody who must know of a job that goes on was asked, and does not. */
function isForgotten({ queue, control, sinceEndMs }: SlurmKnown): boolean {
  return queue !== null && control?.length === 0 && sinceEndMs >= goneAfterMs.database
}

function gone(known: SlurmKnown, started: { readonly atMs: number } | null, accounting: string): Judgement {
  const { handle } = known
  const evidence = `SLURM job ${handle.id} is gone: it is not in the queue, ${accounting}, the controller (scontrol) has forgotten it, and it left no record of its own`
  return {
    seen: {
      kind: 'over',
      exit: { kind: 'unknown', evidence },
      atMs: known.nowMs,
      started: { handle, atMs: started?.atMs ?? known.nowMs },
      service: { handle, seen: null },
    },
    asks: false,
  }
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

/** An array ends when every task of it has: those that have a row, and those of which only their own record is left. */
function judgeArray(known: SlurmKnown, told: readonly SlurmRow[]): Judgement {
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
  const failures: {
    task: string
    words: string
    state: string
    status: number | null
    verdict: 'failed' | 'stopped'
  }[] = []
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
    if (isUntold && isForgotten(known)) return gone(known, null, 'accounting (sacct) still says that tasks of it go on')
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
  failures: readonly {
    task: string
    words: string
    state: string
    status: number | null
    verdict: 'failed' | 'stopped'
  }[],
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

function summary(exit: Exit, row: SlurmRow): { state: string; status: number | null; verdict: 'failed' | 'stopped' } {
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

/** How a job that is over ended, by the scheduler's word. Its exit code lies for most states: 0:0 of a TIMEOUT is no success. */
function endOf(row: SlurmRow, known: SlurmKnown): Exit {
  const { state, exit } = row
  const service = (words: string, verdict: 'failed' | 'stopped' = 'failed', as = state): Exit => ({
    kind: 'service',
    by: 'slurm',
    state: as,
    words,
    status: null,
    verdict,
  })
  if (state === 'COMPLETED') return { kind: 'code', code: 0 }
  if (state === 'FAILED' && neverBegan(row))
    return service(
      `SLURM did not begin it${row.reason === null ? '' : `: ${renderReason(row.reason).replace(/^for ever: /, '')} (${row.reason})`}`,
    )
  if (state === 'FAILED') {
    const { use } = known
    const asked = row.askedMemoryBytes
    const isOverMemory = exit?.signal === 9 && use !== null && asked !== null && use.memoryBytes > asked
    if (isOverMemory)
      return service(
        `SLURM killed it: it used ${renderBytes(use.memoryBytes)} of memory and had asked for ${renderBytes(asked)}`,
        'failed',
        'OUT_OF_MEMORY',
      )
    if (exit !== null && exit.signal > 0 && exit.signal < 65) return exitFromStatus(128 + exit.signal)
    if (exit !== null && exit.code > 0 && exit.code < 256) return exitFromStatus(exit.code)
    // `FAILED 0:0` was seen after an outage of the database; a reason says more than that.
    return service(`SLURM says FAILED${row.reason === null ? ', and not how' : ` (${row.reason})`}`)
  }
  if (state === 'CANCELLED') {
    const byOwner = row.cancelledBy !== null && row.cancelledBy === known.uid
    const who = byOwner
      ? 'by its owner (scancel)'
      : row.cancelledBy === null
        ? 'in SLURM'
        : `in SLURM by user ${row.cancelledBy}`
    return service(`cancelled ${who}${neverBegan(row) ? ' before it began' : ''}`, byOwner ? 'stopped' : 'failed')
  }
  if (state === 'TIMEOUT')
    return service(
      `SLURM ended it at its time limit${row.limitSec === null ? '' : ` of ${renderSeconds(row.limitSec)}`}`,
    )
  if (state === 'OUT_OF_MEMORY')
    return service(
      `SLURM killed it for it used more memory than the ${row.askedMemoryBytes === null ? '' : `${renderBytes(row.askedMemoryBytes)} `}it had asked for`,
    )
  return service(`SLURM says ${state}: it ${meaningOf(state).words}`)
}

function neverBegan(row: SlurmRow): boolean {
  return row.state !== 'COMPLETED' && (row.startMs === null || row.elapsedSec === 0) && row.nodes === null
}

/** What is told of a job in one state. */
function tell(row: SlurmRow, known: SlurmKnown): RemoteSeen {
  const { kind, words } = meaningOf(row.state)
  const why = kind === 'waiting' && row.reason !== null ? ` ${renderReason(row.reason)}` : ''
  return { state: row.state, words: `${words}${why}`.trimEnd(), facts: factsOf(row, known) }
}

function factsOf(row: SlurmRow, { use, records, handle }: SlurmKnown): RemoteFacts {
  const { kind } = meaningOf(row.state)
  const began = records.started.get(taskOf(handle))?.atMs ?? (kind === 'waiting' ? null : row.startMs)
  const facts: Record<keyof RemoteFacts, unknown> = {
    name: row.name,
    partition: row.partition,
    nodes: row.nodes,
    limitSec: row.limitSec,
    beganAtMs: began,
    expectedAtMs: kind === 'waiting' ? row.startMs : null,
    // While it runs that is told by the clock.
    elapsedSec: kind === 'over' ? row.elapsedSec : null,
    cpus: row.cpus,
    cpuSec: use?.cpuSec ?? null,
    memoryBytes: use === null || use.memoryBytes === 0 ? null : use.memoryBytes,
    askedMemoryBytes: row.askedMemoryBytes,
    restarts: records.started.get(taskOf(handle))?.restarts || row.restarts || null,
    tasks: null,
    url: null,
  }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null))
}

/** The rows that count, of all who were asked: for each task who knows most, the last being the newest. */
function tasksOf({ handle, queue, account, control }: SlurmKnown): readonly SlurmRow[] {
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

function beginning(known: SlurmKnown, row: SlurmRow, started: { readonly atMs: number } | null) {
  const atMs = started?.atMs ?? row.startMs
  return atMs === null ? null : { handle: known.handle, atMs }
}

function startedNow({ handle, nowMs }: SlurmKnown) {
  return { handle, atMs: nowMs }
}

function taskOf({ id }: SlurmHandle): string {
  return id.split('_')[1] ?? ''
}

/** Whether `task` is one of `4-9%2` or `1,3,5-7:2`. */
export function hasTask(tasks: string, task: string): boolean {
  const number = Number(task)
  return tasks
    .replace(/%\d+$/, '')
    .split(',')
    .some((part) => {
      const [, from, to, step] = /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(part) ?? []
      if (from === undefined) return false
      if (to === undefined) return number === Number(from)
      return (
        number >= Number(from) && number <= Number(to) && (number - Number(from)) % Math.max(1, Number(step ?? 1)) === 0
      )
    })
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

/** How many tasks `4-9%2` or `1,3,5-7:2` are. */
export function sizeOf(tasks: string): number {
  let count = 0
  for (const part of tasks.replace(/%\d+$/, '').split(',')) {
    const [, from, to, step] = /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(part) ?? []
    if (from === undefined) count += 1
    else
      count +=
        to === undefined ? 1 : Math.max(1, Math.floor((Number(to) - Number(from)) / Math.max(1, Number(step ?? 1))) + 1)
  }
  return Math.max(1, count)
}

export function renderBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  const power = bytes <= 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${value >= 100 || power === 0 ? Math.round(value) : Number(value.toFixed(1))} ${units[power] ?? 'B'}`
}

function renderSeconds(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}
