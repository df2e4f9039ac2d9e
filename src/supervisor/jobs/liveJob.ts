// One job that is not over: observe, decide, record, act, and again. What it holds in memory is a cache of disk and of
// time waited; it may be thrown away at any instant and made again from the job's directory.
import fs from 'node:fs'
import { decide, type Effect } from '../../core/jobs/decide'
import type { BackendKind } from '../../core/backends/backendPlan'
import type { JobEvent } from '../../core/jobs/event'
import { type Job, lastStage, type Next, planOf, reduce } from '../../core/jobs/job'
import { isSettled } from '../../core/jobs/owed'
import type { Turn } from '../../core/jobs/turn'
import type { RunPart } from '../../core/experiments/runParts'
import { RelayError } from '../../core/relayError'
import { planDigest } from '../../store/approval'
import { bootId } from '../../store/processIdentity'
import { appendFinished } from '../../store/jobs/finishedIndex'
import { readEnvironment, type StoredJob } from '../../store/jobs/jobFiles'
import { JournalWriter } from '../../store/journal'
import type { JobPaths } from '../../store/jobPaths'
import type { FolderPaths } from '../../store/stateFolder'
import { supervisorEnvironment } from '../../store/wake'
import { keepEnvironment } from './createJob'
import { Alarm } from '../alarm'
import { describeTrouble, type Logger } from '../logger'
import { checkDirectory, runChecks } from './preflight'
import type { AttemptRef, Backend } from '../backends/backend'
import { JobObserver } from './jobObserver'
import type { WatchTools } from './jobWatch'
import { enteredAtMs, Phase } from './phase'
import { writeRunState } from '../documents/runStateFile'
import { readSource } from './source'

/** What a job needs of the rest of the supervisor. */
export interface LiveJobContext {
  /** What runs jobs of that kind. */
  backend(kind: BackendKind): Backend
  readonly log: Logger
  readonly watchTools: WatchTools
  /** What is run for a plan, or for a stage before its work: the bytes of `command.sh`. */
  script(job: Job): string
  /** Whether a job that waits may begin. */
  turn(job: Job): Turn
  /** Does one part of the work after a run, so that doing it again does no harm. */
  doPart(job: Job, part: RunPart): Promise<{ detail: string; problem: string | null }>
  /** Starts what the answer of a follow-up asks for, or leaves it to a person; doing it again does no harm. */
  decideNext(job: Job, folder: FolderPaths): Promise<Next>
  createFollowUp(job: Job, folder: FolderPaths): void
  /** Whether its follow-up is there; if so it is looked after from now on. Throws RelayError if that cannot be told now. */
  takeUpFollowUp(job: Job, folder: FolderPaths): boolean
  editDocument(job: Job, edit: string): Promise<{ path: string; problem: string | null }>
  /** Its journal is not as it was left: it has to be read anew. */
  onBroken(live: LiveJob): void
  /** Its state is another: jobs that wait for it may go on. */
  onChanged(live: LiveJob): void
  /** Called once, when nothing is left to do. */
  onSettled(live: LiveJob): void
}

/** How long after trouble with the disk a job is looked at again. */
const retryMs = 1_000

export class LiveJob {
  private current: Job
  private readonly writer: JournalWriter
  private readonly alarm = new Alarm(() => this.step())
  phase: Phase
  private lastTrouble = ''
  private closed = false
  /** Git has been asked, and the job is not put away before it has answered. */
  private sourcePending = false
  private readonly observer: JobObserver

  constructor(
    stored: StoredJob,
    private readonly folder: FolderPaths,
    private readonly context: LiveJobContext,
  ) {
    this.current = stored.job
    this.paths = stored.paths
    this.backend = context.backend(stored.job.spec.plan.backend.kind)
    this.hasProblems = stored.problems.length > 0
    this.writer = JournalWriter.open(stored.paths.journal, bootId()).writer
    this.phase = new Phase(stored.job.state.kind, enteredAtMs(stored.job))
    this.observer = new JobObserver(this, this.backend, context, folder)
  }

  readonly paths: JobPaths
  private readonly backend: Backend
  private readonly hasProblems: boolean

  get job(): Job {
    return this.current
  }

  /** Looks at the world and does what is to be done now. Never throws; trouble is logged and tried again. */
  step(): void {
    if (this.closed) return
    try {
      this.settleOrGoOn()
      this.lastTrouble = ''
    } catch (error) {
      this.trouble(error)
    }
  }

  /** Its wrapper says that it has ended. From a full disk the record can be read only when the wrapper is gone. */
  ring(): void {
    this.backend.nudge(this.attemptRef())
    this.step()
    if (this.current.state.kind === 'running') this.lookAgain(200)
  }

  /** Appends events that somebody asked for. Throws RelayError, with nothing recorded. */
  record(events: readonly JobEvent[]): void {
    const recorded = this.writer.append(events, Date.now())
    this.current = recorded.reduce(reduce, this.current)
    const { kind } = this.current.state
    const restarted = events.some(({ type }) => type === 'restart_requested')
    const began = events.some(({ type }) => type === 'launch_intended')
    if (kind !== this.phase.kind || restarted || began) {
      this.phase.close()
      this.phase = new Phase(kind, Date.now())
      if (restarted) this.observer.restarted()
      this.context.log(`${this.current.spec.id} became ${kind === 'ended' ? this.current.state.outcome : kind}`)
      this.context.onChanged(this)
    }
    touch(this.folder.changed)
    // What it is to write may be something else now.
    if (events.some(({ type }) => type === 'watch_patched')) this.phase.forgetFiles()
    for (const event of events)
      if (event.type === 'alerted' && event.kind === 'pattern') this.observer.told(Number(event.key.split(':')[1]))
    const hasLaunched = events.some(({ type }) => type === 'launched')
    if (hasLaunched && this.current.source === null) this.recordSource()
    // Only for whoever looks at it meanwhile; what it says at the end is an edit that is owed.
    if (hasLaunched && this.current.spec.plan.runState !== undefined)
      void writeRunState(this.current).catch(() => undefined)
  }

  /** Stops looking. The work itself goes on. */
  close(): void {
    this.closed = true
    this.backend.forget(this.attemptRef())
    this.phase.close()
    this.alarm.close()
  }

  private settleOrGoOn(): void {
    for (;;) {
      const effects = decide(this.current, this.observer.observe())
      const events = effects.flatMap((effect) => (effect.kind === 'record' ? [effect.event] : []))
      if (events.length > 0) this.record(events)
      for (const effect of effects) this.carryOut(effect)
      // After a record the state may be another one: decide again with a fresh look.
      if (events.length === 0) break
      if (effects.some(({ kind }) => kind === 'launch')) break
    }
    if (isSettled(this.current) && !this.sourcePending) this.settle()
  }

  private carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'record':
        return
      case 'run_checks':
        return this.startChecks()
      case 'launch':
        return this.launch(effect.attempt)
      case 'signal':
        return this.signal(effect.hard)
      case 'retry':
        return this.retry()
      case 'run_part':
        return this.startBeside('part', async () => {
          const { attempt } = this.current
          const result = await this.context.doPart(this.current, effect.part)
          return { type: 'part_done', attempt, part: effect.part, ...result }
        })
      case 'decide_next':
        return this.startBeside('next', async () => {
          const next = await this.context.decideNext(this.current, this.folder)
          return { type: 'next_decided', next }
        })
      case 'create_follow_up':
        this.context.createFollowUp(this.current, this.folder)
        return this.lookAgain(0)
      case 'edit_document':
        return this.startBeside('edit', async () => {
          const result = await this.context.editDocument(this.current, effect.edit)
          return { type: 'document_edited', edit: effect.edit, ...result }
        })
      case 'look_again':
        return this.lookAgain(effect.afterMs)
    }
  }

  /** The stage that its state speaks of. */
  get stage(): number {
    const { state } = this.current
    return 'stage' in state ? state.stage : lastStage(this.current.spec)
  }

  private startChecks(): void {
    const { phase } = this
    if (phase.checksRunning) return
    phase.checksRunning = true
    const { spec } = this.current
    // A crash leaves checks of an earlier supervisor alive; they are run anew.
    this.endLeftovers()
    const env = {
      ...this.environment(),
      ...spec.plan.env,
      RELAY_JOB_ID: spec.id,
      RELAY_ATTEMPT: String(this.current.attempt),
    }
    const directory = spec.dryRun === true ? [checkDirectory(spec.plan.cwd)] : []
    const checks = runChecks(spec.plan.preflight.checks, { cwd: spec.plan.cwd, env })
    void Promise.all([Promise.all(directory), checks]).then(([first, findings]) => {
      phase.checks = [...first, ...findings]
      if (this.phase !== phase) return
      this.endLeftovers()
      this.step()
    })
  }

  /** What checks have put into sessions of their own ends with them. */
  private endLeftovers(): void {
    try {
      // Checks run here, wherever their job will.
      this.context.backend('local').stop(this.attemptRef(), true)
    } catch (error) {
      this.trouble(error)
    }
  }

  private launch(attempt: number): void {
    const { spec, approval } = this.current
    const { phase } = this
    const env = readEnvironment(this.paths, attempt)
    // Whatever a damaged journal says.
    if (spec.dryRun === true) phase.launchProblem = 'this is a dry run, which starts nothing.'
    // What was approved is what runs: a spec changed on disk is refused.
    else if (approval?.digest !== planDigest(planOf(this.current)))
      phase.launchProblem = 'its spec is not what was approved. Start it again from its block.'
    else if (env === null) phase.launchProblem = 'the environment kept for it is gone. Restart it.'
    else {
      const launch = {
        ...this.attemptRef(),
        script: this.context.script(this.current),
        cwd: spec.plan.cwd,
        env: { ...env, ...spec.plan.env },
      }
      this.backend.launch(launch, (why) => {
        phase.launchProblem = why
        this.lookAgain(0)
      })
      phase.launchedAtMs = performance.now()
    }
    this.lookAgain(5)
  }

  /** The environment comes first: without it there is nothing to be had once more. */
  private retry(): void {
    const { spec, attempt } = this.current
    const env = readEnvironment(this.paths, attempt) ?? supervisorEnvironment(process.env)
    keepEnvironment(this.folder, spec, attempt + 1, env)
    const approval = { digest: this.current.approval?.digest ?? '', how: 'retry' } as const
    this.record([{ type: 'restart_requested', approval, request: `retry-${spec.id}` }])
    this.lookAgain(0)
  }

  /** Something that takes its time, one of its kind in a phase: what came of it is recorded. */
  private startBeside(kind: 'part' | 'next' | 'edit', work: () => Promise<JobEvent>): void {
    const { phase } = this
    if (phase.underWay.has(kind)) return
    phase.underWay.add(kind)
    void work()
      .then((event) => {
        // Whoever has taken the job up in the meantime has asked for the same, too, and records it.
        if (!this.closed) this.record([event])
      })
      .catch((error: unknown) => {
        if (!this.closed) this.trouble(error)
      })
      .finally(() => {
        phase.underWay.delete(kind)
        this.lookAgain(this.lastTrouble === '' ? 0 : retryMs)
      })
  }

  private recordSource(): void {
    if (this.current.spec.plan.work.kind === 'agent') return
    this.sourcePending = true
    void readSource(this.current.spec.plan.cwd)
      .then((source) => {
        if (!this.closed) this.record([{ type: 'source_recorded', source }])
      })
      .catch((error: unknown) => this.trouble(error))
      .finally(() => {
        this.sourcePending = false
        this.lookAgain(0)
      })
  }

  private signal(hard: boolean): void {
    // TERM is sent once; KILL until nothing is left.
    if (!hard && this.phase.terminated) return
    this.phase.terminated = true
    this.backend.stop(this.attemptRef(), hard)
  }

  /** Everything is delivered: the environment goes, and readers get a summary. */
  private settle(): void {
    for (let attempt = 1; attempt <= this.current.attempt; attempt++)
      fs.rmSync(this.paths.attempt(attempt).env, { force: true })
    // A summary would hide that something could not be read.
    if (!this.hasProblems) appendFinished(this.folder, { journalBytes: this.writer.size, job: this.current })
    this.close()
    this.context.onSettled(this)
  }

  lookAgain(afterMs: number): void {
    this.alarm.set(afterMs)
  }

  trouble(error: unknown): void {
    const message = describeTrouble(error)
    this.lastTrouble = message
    if (error instanceof RelayError && error.code === 'foreign_write') return this.context.onBroken(this)
    this.lookAgain(retryMs)
  }

  private readonly wake = () => this.lookAgain(0)

  private environment(): Record<string, string> {
    return readEnvironment(this.paths, this.current.attempt) ?? {}
  }

  attemptRef(): AttemptRef {
    const { attempt, spec } = this.current
    const { stage } = this
    const paths = stage < lastStage(spec) ? this.paths.stage(attempt, stage) : this.paths.attempt(attempt)
    return { jobId: spec.id, attempt, paths, job: this.current, wake: this.wake }
  }
}

function touch(file: string): void {
  try {
    fs.writeFileSync(file, '', { mode: 0o600 })
  } catch {
    // A full disk: readers have their slow sweep.
  }
}
