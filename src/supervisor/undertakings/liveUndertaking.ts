// One undertaking that is not at rest: observe its jobs, decide, record, act, and again. What it holds in memory is a cache of
// disk; it may be thrown away at any instant and made again from its directory.
import fs from 'node:fs'
import type { Approval } from '../../core/jobs/event'
import type { Job } from '../../core/jobs/job'
import { isSettled } from '../../core/jobs/owed'
import type { JobId } from '../../core/jobs/jobId'
import type { Plan } from '../../core/jobs/plan'
import type { JobSpec, Origin } from '../../core/jobs/spec'
import {
  type AskedOf,
  type CommonEvent,
  type JobSeen,
  reduceUndertaking,
  type Undertaking,
  type UndertakingEffect,
  type UndertakingPlan,
  type UndertakingSeen,
} from '../../core/undertakings/undertaking'
import { RelayError } from '../../core/relayError'
import { planDigest } from '../../store/approval'
import { JournalWriter } from '../../store/journal'
import { bootId } from '../../store/processIdentity'
import type { FolderPaths } from '../../store/stateFolder'
import {
  readUndertakingEnvironment,
  sayAtRest,
  type StoredUndertaking,
  undertakingEventSchema,
} from '../../store/undertakings/undertakingFiles'
import { supervisorEnvironment } from '../../store/wake'
import type { JobStore } from '../../store/jobs/jobStore'
import type { DocumentEditor } from '../documents/documentEditor'
import type { LocalBackend } from '../jobs/localBackend'
import type { PatternMatcher } from '../jobs/patternMatcher'
import { Alarm } from '../alarm'
import { describeTrouble, type Logger } from '../logger'
import type { ActTools, UndertakingActor } from './actor'

/** What an undertaking needs of the rest of the supervisor. */
export interface UndertakingWorld {
  readonly editor: DocumentEditor
  readonly store: JobStore
  readonly log: Logger
  readonly matcher: PatternMatcher
  readonly backend: LocalBackend
  /** A job that is live here. */
  liveJob(id: JobId): Job | null
  /** Makes a job durable and takes it up; one that is there is left as it is. Throws RelayError. */
  startJob(spec: JobSpec, approval: Approval, env: Readonly<Record<string, string>>): void
  /** Asks for the end of a live job; one that is over is left as it is. */
  stopJob(id: JobId): void
  /** Called once, when nothing is left to do. */
  onAtRest(id: JobId): void
  /** Its journal is not as it was left: it has to be read anew. */
  onBroken(id: JobId): void
}

/** How long after trouble it is looked at again: twice as long each time, up to the second. */
const retryMs = { first: 1_000, longest: 60_000 }
/** A bug in a policy must not keep a supervisor from everything else. */
const maxRounds = 1_000

/** Whatever its kind. */
export interface LiveAnyUndertaking {
  readonly id: JobId
  readonly folder: FolderPaths
  readonly isAtRest: boolean
  step(): void
  hasTaken(request: string): boolean
  /** The jobs that it has started. */
  listJobs(): readonly JobId[]
  /** Throws RelayError with the reason if its kind does not do that now. */
  requireAccepted(asked: AskedOf): void
  /** Throws RelayError if another with this plan must not begin beside it. */
  requireRoomFor(plan: UndertakingPlan): void
  /** What of its plan would be done if it went on. */
  openPlan(): UndertakingPlan
  /** Appends events that somebody asked for. Throws RelayError, with nothing recorded. */
  recordAsked(event: CommonEvent): void
  close(): void
}

export class LiveUndertaking<P extends UndertakingPlan, Own, State, Act> implements LiveAnyUndertaking {
  private current: Undertaking<P, State>
  private readonly writer: JournalWriter<CommonEvent | Own>
  private readonly alarm = new Alarm(() => this.step())
  private closed = false
  private stepping = false
  private readonly troubles = new Map<string, Trouble>()
  private readonly underWay = new Set<string>()
  private readonly doneAtMs = new Map<string, number>()
  /** Jobs that were over when they were read: they are not read again. */
  private readonly settled = new Map<JobId, Job>()
  private readonly abort = new AbortController()

  constructor(
    stored: StoredUndertaking<P, State>,
    readonly folder: FolderPaths,
    private readonly actor: UndertakingActor<P, Own, State, Act>,
    private readonly world: UndertakingWorld,
  ) {
    this.current = stored.undertaking
    this.paths = stored.paths
    this.writer = JournalWriter.open(stored.paths.journal, bootId(), undertakingEventSchema(actor.kind)).writer
  }

  private readonly paths

  get id(): JobId {
    return this.current.spec.id
  }

  get isAtRest(): boolean {
    return this.actor.kind.isAtRest(this.current)
  }

  hasTaken(request: string): boolean {
    return this.current.requests.includes(request)
  }

  listJobs(): readonly JobId[] {
    return this.current.jobs
  }

  requireAccepted(asked: AskedOf): void {
    const why = this.actor.kind.refusal(this.current, asked)
    if (why !== null) throw new RelayError('refused', why)
  }

  requireRoomFor(plan: UndertakingPlan): void {
    const { kind } = this.actor
    const parsed = kind.planSchema.safeParse(plan)
    if (!parsed.success || this.isAtRest) return
    const why = kind.conflict?.(this.current, parsed.data) ?? null
    if (why !== null) throw new RelayError('already_running', why)
  }

  openPlan(): UndertakingPlan {
    return this.actor.kind.openPlan?.(this.current) ?? this.current.spec.plan
  }

  recordAsked(event: CommonEvent): void {
    this.record([event])
  }

  /** Looks at the world and does what is to be done now. Never throws; trouble is logged and tried again. */
  step(): void {
    // What it does to a job may bring a step of its own.
    if (this.closed || this.stepping) return
    this.stepping = true
    try {
      this.goOn()
      this.troubles.delete(stepping)
    } catch (error) {
      this.trouble(stepping, error)
    } finally {
      this.stepping = false
    }
  }

  /** Stops looking. Its jobs go on. */
  close(): void {
    this.closed = true
    this.abort.abort()
    this.alarm.close()
  }

  private goOn(): void {
    for (let round = 0; ; round++) {
      if (round === maxRounds) throw new Error(`${this.id} does not come to rest`)
      const effects = this.actor.kind.decide(this.current, this.seen())
      const events = effects.flatMap((effect) => (effect.kind === 'record' ? [effect.event] : []))
      if (events.length > 0) this.record(events)
      // What is recorded may change what else is to be done: only what was decided on it is carried out.
      else if (!effects.map((effect) => this.carryOut(effect)).includes('again')) break
    }
    if (this.isAtRest && this.underWay.size === 0) this.rest()
  }

  /** `again`: something has changed at once, and it is to be decided anew. */
  private carryOut(effect: UndertakingEffect<Own, Act>): 'again' | 'done' {
    switch (effect.kind) {
      case 'record':
        return 'done'
      case 'start_job':
        this.startJob(effect)
        return 'again'
      case 'stop_job':
        this.world.stopJob(effect.id)
        return 'done'
      case 'act':
        this.startAct(effect.key, effect.act)
        return 'done'
      case 'look_again':
        this.alarm.set(effect.afterMs)
        return 'done'
    }
  }

  private startJob({ id, plan, description, origin }: StartJob): void {
    if (this.current.jobs.includes(id)) throw new Error(`${id} was started before`)
    const { host, folder } = this.current.spec
    const spec: JobSpec = { v: 1, id, createdAtMs: Date.now(), host, folder, origin, description, plan }
    this.world.startJob(spec, { digest: planDigest(plan), how: 'parent' }, this.environment())
    this.record([{ type: 'job_started', job: id }])
  }

  private startAct(key: string, act: Act): void {
    if (this.underWay.has(key)) return
    // Whatever else brings a step meanwhile, an act that met trouble has its wait.
    const leftMs = (this.troubles.get(key)?.untilMs ?? 0) - performance.now()
    if (leftMs > 0) return this.alarm.set(leftMs)
    this.underWay.add(key)
    let isTrouble = false
    void this.actor
      .act(this.current, act, this.tools())
      .then((events) => {
        if (this.closed) return
        if (events.length > 0) this.record(events)
        this.doneAtMs.set(key, performance.now())
        this.troubles.delete(key)
      })
      .catch((error: unknown) => {
        isTrouble = true
        if (!this.closed) this.trouble(key, error)
      })
      .finally(() => {
        this.underWay.delete(key)
        // With trouble it is looked at after a while, which is arranged.
        if (!isTrouble) this.step()
      })
  }

  private tools(): ActTools {
    const { editor, store, log, matcher, backend } = this.world
    const { folder, paths } = this
    const env = () => this.environment()
    return { folder, paths, editor, store, log, matcher, backend, env, signal: this.abort.signal }
  }

  private environment(): Record<string, string> {
    return readUndertakingEnvironment(this.paths) ?? supervisorEnvironment(process.env)
  }

  private seen(): UndertakingSeen {
    return {
      nowMs: Date.now(),
      job: (id) => this.lookAtJob(id),
      sinceActMs: (key) => {
        const at = this.doneAtMs.get(key)
        return at === undefined ? null : performance.now() - at
      },
    }
  }

  private lookAtJob(id: JobId): JobSeen {
    const live = this.world.liveJob(id)
    if (live !== null) {
      // Restarted, it is another than the one that is known to be over.
      this.settled.delete(id)
      return { kind: 'known', job: live }
    }
    const known = this.settled.get(id)
    if (known !== undefined) return { kind: 'known', job: known }
    const stored = this.world.store.tryRead(id)
    if (stored === null || ('job' in stored && stored.job.state.kind === 'requested'))
      return { kind: this.current.jobs.includes(id) ? 'removed' : 'absent' }
    if (!('job' in stored)) return { kind: 'unreadable', problem: stored.problem }
    if (isSettled(stored.job)) this.settled.set(id, stored.job)
    return { kind: 'known', job: stored.job }
  }

  private record(events: readonly (CommonEvent | Own)[]): void {
    const recorded = this.writer.append(events, Date.now())
    for (const { atMs, event } of recorded) this.current = reduceUndertaking(this.actor.kind, this.current, atMs, event)
    try {
      fs.writeFileSync(this.folder.changed, '', { mode: 0o600 })
    } catch {
      // A full disk: readers have their slow sweep.
    }
  }

  private rest(): void {
    for (const edit of this.actor.editsOf?.(this.current) ?? []) this.world.editor.forget(this.folder, edit)
    fs.rmSync(this.paths.env, { force: true })
    sayAtRest(this.paths, this.writer.size)
    this.close()
    this.world.onAtRest(this.id)
  }

  /** `what`: the key of an act, or the step itself. */
  private trouble(what: string, error: unknown): void {
    const message = describeTrouble(error)
    const before = this.troubles.get(what)
    if (message !== before?.message) this.world.log(`${this.id} met trouble: ${message}`)
    if (error instanceof RelayError && error.code === 'foreign_write') return this.world.onBroken(this.id)
    const waitMs = before === undefined ? retryMs.first : Math.min(before.waitMs * 2, retryMs.longest)
    this.troubles.set(what, { message, waitMs, untilMs: performance.now() + waitMs })
    this.alarm.set(waitMs)
  }
}

interface Trouble {
  readonly message: string
  readonly waitMs: number
  readonly untilMs: number
}

/** Trouble that is none of an act's. */
const stepping = ''

interface StartJob {
  readonly id: JobId
  readonly plan: Plan
  readonly description: string | null
  readonly origin: Origin
}
