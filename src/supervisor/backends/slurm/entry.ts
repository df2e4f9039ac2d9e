// One job that is watched on a cluster: what is known of it, kept in memory and thrown away at any instant.
import { hasTask, sizeOf } from '../../../core/backends/slurm/arrayTasks'
import { judgeSlurm } from '../../../core/backends/slurm/judge'
import type { Judgement, SlurmRecords } from '../../../core/backends/slurm/known'
import type { SlurmRow } from '../../../core/backends/slurm/tables'
import type { SlurmPlan } from '../../../core/backends/backendPlan'
import { meaningOf } from '../../../core/backends/slurm/states'
import { namesOutput } from '../../../core/backends/slurm/scriptLines'
import { slurmName } from '../../../core/backends/slurm/submission'
import type { AttemptSeen } from '../../../core/jobs/seen'
import type { SlurmHandle } from '../../../core/jobs/handle'
import type { AttemptRef } from '../backend'
import { noRecords } from './records'

/** What has ended so long ago and is not told by then is asked about ever more rarely. */
const settleWithinMs = 120_000

export class Entry {
  readonly name: string
  readonly key: string
  seen: AttemptSeen = { kind: 'unknown', why: 'It was not looked at yet.' }
  records: SlurmRecords = noRecords
  account: readonly SlurmRow[] | 'none' | null = null
  control: readonly SlurmRow[] | null = null
  use: { readonly memoryBytes: number; readonly cpuSec: number } | null = null
  /** Where it writes to, as the scheduler says; null: not asked, or our own log. */
  output: string | null = null
  /** When the scheduler took it, by the first row that told: one that is requeued is taken anew. */
  submittedMs: number | null = null
  isLinking = false
  /** The end of its log, which is elsewhere, is wanted; the last look has read its log. */
  isLogAwaited = false
  isLogRead = false
  isLeftOverCancelled = false
  /** What squeue said last of tasks that have ended: it forgets them long before the array is over. */
  private readonly endedTasks = new Map<string, SlurmRow>()
  private endSinceMs: number | null = null
  private askedAtMs = -Infinity
  private timesAsked = 0

  constructor(
    public ref: AttemptRef,
    readonly plan: SlurmPlan,
    public handle: SlurmHandle | null,
  ) {
    this.name = slurmName(ref.jobId, ref.attempt)
    this.key = `${ref.jobId} ${ref.attempt}`
  }

  /** Its log is that of its attempt, which our script writes to. */
  get hasOwnLog(): boolean {
    const { ask } = this.plan
    const { work } = this.ref.job.spec.plan
    return ask.act === 'submit' && work.kind === 'command' && !namesOutput(work.command, ask.options.extra)
  }

  /** The number by which the whole job, or array, is asked for. */
  get base(): string {
    return this.handle?.id.split('_')[0] ?? ''
  }

  get requeues(): boolean {
    // Of one that was submitted by others nobody knows.
    return this.plan.ask.act === 'adopt' || this.plan.ask.options.requeue === true
  }

  /** What is true of it with these rows of squeue (null: it could not be asked). */
  judge(rows: readonly SlurmRow[] | null, uid: string | null): Judgement | null {
    if (this.handle === null) return null
    const queue = rows === null ? null : this.withEnded(this.ownRows(rows))
    const now = performance.now()
    const isActive = queue?.some(({ state }) => meaningOf(state).kind !== 'over') === true
    // What a run before a requeue has left says nothing of this one.
    const isBack = this.requeues && isActive
    // The record of a task is not that of the array.
    const hasRecord = [...this.records.exits.keys()].some((task) => task === (this.handle?.id.split('_')[1] ?? ''))
    const isEnding = (hasRecord && !isBack) || (queue !== null && !isActive)
    // What accounting said of an array before it has ended is not how it ended.
    if (isEnding && this.endSinceMs === null && this.isArray && Array.isArray(this.account)) {
      this.account = null
      this.timesAsked = 0
    }
    this.endSinceMs = isEnding ? (this.endSinceMs ?? now) : null
    const { handle, records, use, requeues } = this
    const account = Array.isArray(this.account) ? this.ownRows(this.account) : this.account
    const control = this.control === null ? null : this.ownRows(this.control)
    this.noteSubmission([
      ...(queue ?? []),
      ...(account === null || account === 'none' ? [] : account),
      ...(control ?? []),
    ])
    return judgeSlurm({
      handle,
      records,
      queue,
      account,
      control,
      use,
      requeues,
      uid,
      ...(this.taskCount === null ? {} : { taskCount: this.taskCount }),
      sinceEndMs: this.endSinceMs === null ? 0 : now - this.endSinceMs,
      nowMs: Date.now(),
    })
  }

  private noteSubmission(rows: readonly SlurmRow[]): void {
    const told = rows.flatMap(({ submitMs }) => (submitMs === null ? [] : [submitMs]))
    if (told.length > 0) this.submittedMs = Math.min(this.submittedMs ?? Infinity, ...told)
  }

  /** With the tasks that squeue has forgotten since. */
  private withEnded(rows: readonly SlurmRow[]): readonly SlurmRow[] {
    for (const row of rows)
      if (row.task !== null && meaningOf(row.state).kind === 'over') this.endedTasks.set(row.id, row)
    if (this.endedTasks.size === 0) return rows
    const ids = new Set(rows.map(({ id }) => id))
    const together = rows.flatMap(({ task }) => (task === null || /^\d+$/.test(task) ? [] : [task]))
    // One that was requeued waits with others again.
    const isBack = ({ task }: SlurmRow) => together.some((tasks) => hasTask(tasks, task ?? ''))
    return [...rows, ...[...this.endedTasks.values()].filter((row) => !ids.has(row.id) && !isBack(row))]
  }

  private get isArray(): boolean {
    const { handle, records } = this
    if (handle?.id.includes('_') === true) return false
    return this.taskCount !== null || this.endedTasks.size > 0 || [...records.exits.keys()].some((task) => task !== '')
  }

  private get taskCount(): number | null {
    const { ask } = this.plan
    return ask.act === 'submit' && ask.options.array !== undefined ? sizeOf(ask.options.array) : null
  }

  /** A controller that lost its state gives a number again: of a job of ours only what has its name counts. */
  private ownRows(rows: readonly SlurmRow[]): readonly SlurmRow[] {
    return this.plan.ask.act === 'adopt' ? rows : rows.filter((row) => row.name === this.name || !row.isWhole)
  }

  /** It has ended a short while ago. */
  get isEnding(): boolean {
    return this.endSinceMs !== null && performance.now() - this.endSinceMs < settleWithinMs
  }

  /** Its log has to be copied before it is told that it is over; not for ever. */
  awaitLog(): boolean {
    this.isLogAwaited = !this.isLogRead && this.endSinceMs !== null && this.isEnding
    return this.isLogAwaited
  }

  get isAskedNewly(): boolean {
    return this.timesAsked < 10
  }

  /** Whether sacct and scontrol may be asked about it again: ever more rarely. */
  mayAsk(): boolean {
    const waitMs = Math.min(60_000, 1_000 * 2 ** Math.max(0, this.timesAsked - 3))
    if (performance.now() - this.askedAtMs < waitMs - 50) return false
    this.askedAtMs = performance.now()
    this.timesAsked += 1
    return true
  }
}
