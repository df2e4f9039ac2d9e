// One job that is not over: observe, decide, record, act, and again. What it holds in memory is a cache of disk and of
// time waited; it may be thrown away at any instant and made again from the job's directory.
import fs from 'node:fs'
import { decide, type AttemptSeen, type Effect, type Seen } from '../../core/jobs/decide'
import type { BackendKind } from '../../core/backends/backendPlan'
import type { JobEvent } from '../../core/jobs/event'
import { currentAttempt, isSettled, type Job, lastStage, type Next, planOf, reduce, stageAt } from '../../core/jobs/job'
import type { Turn } from '../../core/jobs/turn'
import type { RunPart } from '../../core/experiments/runParts'
import { RelayError } from '../../core/relayError'
import { defaultAlertPatterns } from '../../core/logs/alertPatterns'
import { planDigest } from '../../store/approval'
import { bootId } from '../../store/processIdentity'
import { readMarker } from '../../store/followUps/readReport'
import { appendFinished } from '../../store/jobs/finishedIndex'
import { readEnvironment, type StoredJob } from '../../store/jobs/jobFiles'
import { JournalWriter } from '../../store/journal'
import type { JobPaths } from '../../store/jobPaths'
import type { FolderPaths } from '../../store/stateFolder'
import { supervisorEnvironment } from '../../store/wake'
import { keepEnvironment } from './createJob'
import type { Logger } from '../logger'
import { checkDirectory, runChecks } from './preflight'
import type { AttemptRef, Backend } from '../backends/backend'
import { enteredAtMs, type FilesLook, Phase } from './phase'
import { JobWatch, type WatchTools } from './jobWatch'
import { Question } from './question'
import { printFiles, RequiredFiles } from './requiredFiles'
import { writeRunState } from '../documents/runStateFile'
import { readSource } from './source'
import { watchPaths } from './watchPaths'

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
/** A wrapper that has not made its claim by then never will; another one is started. */
const claimWithinMs = 5_000
/** Whatever its block says, a running job is looked after this often: to be told of, not to be written down. */
const maxWatchMs = 60_000
/** A timer may come a little early. */
const timerSlackMs = 20

export class LiveJob {
  private current: Job
  private readonly writer: JournalWriter
  private timer: NodeJS.Timeout | null = null
  private phase: Phase
  private stopSeenAtMs: number | null = null
  private lastTrouble = ''
  private closed = false
  /** Git has been asked, and the job is not put away before it has answered. */
  private sourcePending = false
  private watch: { readonly attempt: number; stage: number; readonly watch: JobWatch } | null = null

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
      if (restarted) this.stopSeenAtMs = null
      this.context.log(`${this.current.spec.id} became ${kind === 'ended' ? this.current.state.outcome : kind}`)
      this.context.onChanged(this)
    }
    touch(this.folder.changed)
    // What it is to write may be something else now.
    if (events.some(({ type }) => type === 'watch_patched')) this.phase.forgetFiles()
    for (const event of events)
      if (event.type === 'alerted' && event.kind === 'pattern') this.watch?.watch.told(Number(event.key.split(':')[1]))
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
    if (this.timer !== null) clearTimeout(this.timer)
  }

  private settleOrGoOn(): void {
    for (;;) {
      const effects = decide(this.current, this.observe())
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
        return this.startPart(effect.part)
      case 'decide_next':
        return this.startDecidingNext()
      case 'create_follow_up':
        this.context.createFollowUp(this.current, this.folder)
        return this.lookAgain(0)
      case 'edit_document':
        return this.startEdit(effect.edit)
      case 'look_again':
        return this.lookAgain(effect.afterMs)
    }
  }

  private observe(): Seen {
    const { state } = this.current
    switch (state.kind) {
      case 'requested':
        return { kind: 'nothing' }
      case 'queued':
        return { kind: 'queued', turn: this.context.turn(this.current) }
      case 'checking':
        return this.observeChecking()
      case 'launching':
        return { kind: 'launching', attempt: this.observeLaunch() }
      case 'running':
        return this.observeRunning()
      case 'settling':
        return this.observeSettling()
      case 'ended':
        return { kind: 'ended', followUpExists: this.context.takeUpFollowUp(this.current, this.folder) }
    }
  }

  private observeLaunch(): AttemptSeen {
    const seen = this.backend.observe(this.attemptRef())
    const isToEnd = this.phase.launchProblem !== null || this.current.stopRequestedAtMs !== null
    // Of one that is being submitted elsewhere it is not known whether it is there.
    const isUncertain = seen.kind === 'unknown' && isToEnd
    if (seen.kind !== 'absent' && !isUncertain) return seen
    // A wrapper may still be on its way: what is to end without having run must not run afterwards.
    if (isToEnd && !this.backend.revoke(this.attemptRef())) return isUncertain ? seen : { kind: 'starting' }
    if (this.phase.launchProblem !== null) return { kind: 'not_startable', why: this.phase.launchProblem }
    if (isToEnd) return { kind: 'absent' }
    const { launchedAtMs } = this.phase
    return launchedAtMs !== null && performance.now() - launchedAtMs < claimWithinMs ? { kind: 'starting' } : seen
  }

  private observeChecking(): Seen {
    const { phase } = this
    const { spec, stopRequestedAtMs } = this.current
    const { checks } = phase
    const isLooked = checks !== null || (spec.plan.preflight.checks.length === 0 && spec.dryRun !== true)
    const asked = isLooked && stopRequestedAtMs === null ? this.printFilesOf(0) : { before: null, askedMs: 0 }
    const processes = this.aliveWhenStopping()
    return { kind: 'checking', checks, before: asked.before, beforeAskedMs: asked.askedMs, processes }
  }

  /** What the files of a stage look like before it; null as long as there is no answer. */
  private printFilesOf(stage: number) {
    const paths = this.requiredOf(stage)
    if (paths.length === 0) return { before: [], askedMs: 0 }
    this.phase.prints ??= this.question(() => printFiles(this.current.spec.plan.cwd, paths))
    return { before: this.phase.prints.take()?.value ?? null, askedMs: this.phase.prints.askedForMs }
  }

  private observeRunning(): Seen {
    const now = performance.now()
    const { phase } = this
    const everyMs = planOf(this.current).watch.everySec * 1000
    const watchEveryMs = Math.min(everyMs, maxWatchMs)
    const isDue = now - phase.watchedAtMs >= watchEveryMs
    // With a look under way nothing is due: it brings a step of its own.
    const look = isDue ? this.takeLook(watchEveryMs) : null
    if (look !== null) phase.watchedAtMs = now
    const sinceLookMs = look?.isNoted === true ? Math.max(everyMs, now - phase.lookedAtMs) : 0
    if (look?.isNoted === true) phase.lookedAtMs = now
    if (!isDue || look !== null) this.lookAgain(Math.max(10, phase.watchedAtMs + watchEveryMs - now))
    return {
      kind: 'running',
      attempt: this.backend.observe(this.attemptRef()),
      log: look?.log ?? { bytes: 0, lastLine: '' },
      ...(look === null ? {} : { look: { usage: look.usage, watched: look.watched, nowMs: Date.now() } }),
      ranForMs: phase.waitedMs(),
      sinceLookMs,
      sinceStopMs: this.sinceStopMs(),
    }
  }

  private takeLook(everyMs: number) {
    const { plan } = this.current.spec
    const { alertOn = defaultAlertPatterns } = planOf(this.current).watch
    const patterns = plan.work.kind === 'command' ? alertOn : []
    const watch = this.jobWatch()
    const { phase } = this
    phase.look ??= this.question(async () => {
      const isNoted = performance.now() - phase.lookedAtMs >= planOf(this.current).watch.everySec * 1000 - timerSlackMs
      return { ...(await watch.look({ ...this.attemptRef(), patterns }, everyMs, isNoted)), isNoted }
    })
    return phase.look.take()?.value ?? null
  }

  /** One for each attempt, for its stages write into one log. */
  private jobWatch(): JobWatch {
    const { attempt, look } = this.current
    if (this.watch?.attempt !== attempt)
      this.watch = {
        attempt,
        stage: this.stage,
        watch: new JobWatch(this.context.watchTools, this.backend, look?.logBytes ?? 0),
      }
    if (this.watch.stage !== this.stage) {
      this.watch.watch.beginStage(this.attemptRef())
      this.watch.stage = this.stage
    }
    return this.watch.watch
  }

  /** Its answer brings a step of this phase, or trouble. */
  private question<Value>(ask: () => Promise<Value>): Question<Value> {
    const { phase } = this
    return new Question(ask, (error) => {
      if (this.closed || this.phase !== phase) return
      if (error === null) this.step()
      else this.trouble(error)
    })
  }

  /** How long this supervisor has known that the job is to end. */
  private sinceStopMs(): number {
    if (this.current.stopRequestedAtMs === null && !this.current.timeLimitReached) return 0
    this.stopSeenAtMs ??= performance.now()
    return performance.now() - this.stopSeenAtMs
  }

  private aliveWhenStopping(): readonly string[] {
    if (this.current.stopRequestedAtMs === null) return []
    const here = this.current.state.kind === 'checking' ? this.context.backend('local') : this.backend
    return here.listAlive(this.attemptRef())
  }

  private observeSettling(): Seen {
    const answer =
      this.current.spec.plan.work.kind === 'agent' ? readMarker(this.paths.attempt(this.current.attempt)) : null
    const look = this.lookAtFiles()
    return {
      kind: 'settling',
      files: look?.files ?? null,
      waitedMs: this.phase.waitedMs(),
      lookedForMs: this.phase.lookedForMs(),
      processes: this.aliveWhenStopping(),
      sinceStopMs: this.sinceStopMs(),
      answer,
      beforeNext: look?.beforeNext ?? null,
    }
  }

  /** Null as long as they are being looked at. */
  private lookAtFiles(): FilesLook | null {
    const { stage } = this
    const { cwd } = this.current.spec.plan
    const next = stage < lastStage(this.current.spec) ? this.requiredOf(stage + 1) : []
    if (this.requiredOf(stage).length === 0 && next.length === 0) return { files: [], beforeNext: [] }
    const files = this.requiredFiles()
    this.phase.filesLook ??= this.question(async () => {
      const [found, beforeNext] = await Promise.all([files.look(), printFiles(cwd, next)])
      return { files: found, beforeNext }
    })
    return this.phase.filesLook.take()?.value ?? null
  }

  /** The stage that its state speaks of. */
  private get stage(): number {
    const { state } = this.current
    return 'stage' in state ? state.stage : lastStage(this.current.spec)
  }

  private requiredOf(stage: number): readonly string[] {
    return (stageAt(this.current, stage) ?? planOf(this.current).watch).requireFiles
  }

  private requiredFiles(): RequiredFiles {
    if (this.phase.files !== null) return this.phase.files
    const { cwd } = this.current.spec.plan
    const required = this.requiredOf(this.stage)
    const { before = [], startedAtMs = null } = currentAttempt(this.current) ?? {}
    const files = new RequiredFiles(cwd, this.current.spec.folder, before, required, startedAtMs)
    this.phase.files = files
    if (required.length > 0) {
      const phase = this.phase
      void watchPaths(files.absolutePaths, () => this.lookAgain(20)).then((watch) => phase.adopt(watch))
    }
    return files
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

  private startPart(part: RunPart): void {
    if (this.phase.doingPart) return
    const { phase } = this
    const { attempt } = this.current
    phase.doingPart = true
    void this.context
      .doPart(this.current, part)
      .then((result) => {
        if (!this.closed) this.record([{ type: 'part_done', attempt, part, ...result }])
      })
      .catch((error: unknown) => {
        if (!this.closed) this.trouble(error)
      })
      .finally(() => {
        phase.doingPart = false
        this.lookAgain(this.lastTrouble === '' ? 0 : retryMs)
      })
  }

  private startDecidingNext(): void {
    if (this.phase.decidingNext) return
    const { phase } = this
    phase.decidingNext = true
    void this.context
      .decideNext(this.current, this.folder)
      .then((next) => {
        if (!this.closed) this.record([{ type: 'next_decided', next }])
      })
      .catch((error: unknown) => {
        if (!this.closed) this.trouble(error)
      })
      .finally(() => {
        phase.decidingNext = false
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

  private startEdit(edit: string): void {
    if (this.phase.editing) return
    const { phase } = this
    phase.editing = true
    void this.context
      .editDocument(this.current, edit)
      .then((result) => {
        // Whoever has taken the job up in the meantime has asked for the edit, too, and records it.
        if (!this.closed) this.record([{ type: 'document_edited', edit, ...result }])
      })
      .catch((error: unknown) => {
        if (!this.closed) this.trouble(error)
      })
      .finally(() => {
        phase.editing = false
        this.lookAgain(this.lastTrouble === '' ? 0 : retryMs)
      })
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

  private lookAgain(afterMs: number): void {
    if (this.closed) return
    const atMs = performance.now() + afterMs
    if (this.timer !== null && this.timerAtMs <= atMs) return
    if (this.timer !== null) clearTimeout(this.timer)
    this.timerAtMs = atMs
    this.timer = setTimeout(
      () => {
        this.timer = null
        this.step()
      },
      Math.min(afterMs, 2 ** 31 - 1),
    )
  }
  private timerAtMs = 0

  private trouble(error: unknown): void {
    const message =
      error instanceof RelayError ? error.message : error instanceof Error ? (error.stack ?? '') : String(error)
    if (message !== this.lastTrouble) this.context.log(`${this.current.spec.id} met trouble: ${message}`)
    this.lastTrouble = message
    if (error instanceof RelayError && error.code === 'foreign_write') return this.context.onBroken(this)
    this.lookAgain(retryMs)
  }

  private readonly wake = () => this.lookAgain(0)

  private environment(): Record<string, string> {
    return readEnvironment(this.paths, this.current.attempt) ?? {}
  }

  private attemptRef(): AttemptRef {
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
