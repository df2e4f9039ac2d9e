// One job that is watched on a cluster: what is known of it, kept in memory and thrown away at any instant.
import { judgeSlurm, type Judgement, type SlurmRecords } from '../../../core/backends/slurm/judge'
import type { SlurmRow } from '../../../core/backends/slurm/tables'
import type { SlurmPlan } from '../../../core/backends/backendPlan'
import { meaningOf } from '../../../core/backends/slurm/states'
import { namesOutput } from '../../../core/backends/slurm/scriptLines'
import { slurmName } from '../../../core/backends/slurm/submission'
import type { AttemptSeen } from '../../../core/jobs/decide'
import type { SlurmHandle } from '../../../core/jobs/handle'
import type { AttemptRef } from '../backend'
import { noRecords } from './records'

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
  isCancelled = false
  isLeftOverCancelled = false
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
    const queue = rows === null ? null : this.ownRows(rows)
    const now = performance.now()
    const isActive = queue?.some(({ state }) => meaningOf(state).kind !== 'over') === true
    // What a run before a requeue has left says nothing of this one.
    const isBack = this.requeues && queue?.some(({ state }) => meaningOf(state).kind === 'waiting') === true
    const isEnding = (this.records.exits.size > 0 && !isBack) || (queue !== null && !isActive)
    this.endSinceMs = isEnding ? (this.endSinceMs ?? now) : null
    const { handle, records, use, requeues } = this
    const account = Array.isArray(this.account) ? this.ownRows(this.account) : this.account
    const control = this.control === null ? null : this.ownRows(this.control)
    return judgeSlurm({
      handle,
      records,
      queue,
      account,
      control,
      use,
      requeues,
      uid,
      sinceEndMs: this.endSinceMs === null ? 0 : now - this.endSinceMs,
      nowMs: Date.now(),
    })
  }

  /** A controller that lost its state gives a number again: of a job of ours only what has its name counts. */
  private ownRows(rows: readonly SlurmRow[]): readonly SlurmRow[] {
    return this.plan.ask.act === 'adopt' ? rows : rows.filter((row) => row.name === this.name || !row.isWhole)
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
