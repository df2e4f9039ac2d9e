// What is seen of one job at a step of its loop: its attempt, its processes, its log, its required files, in the words that the
// policy decides on. It remembers since when it looks, and no more.
import type { AttemptSeen, Seen } from '../../core/jobs/seen'
import { currentAttempt, type Job, lastStage, planOf, stageAt } from '../../core/jobs/job'
import { defaultAlertPatterns } from '../../core/logs/alertPatterns'
import { readMarker } from '../../store/followUps/readReport'
import type { JobPaths } from '../../store/jobPaths'
import type { FolderPaths } from '../../store/stateFolder'
import type { AttemptRef, Backend } from '../backends/backend'
import { JobWatch } from './jobWatch'
import type { LiveJobContext } from './liveJob'
import type { FilesLook, Phase } from './phase'
import { Question } from './question'
import { printFiles, RequiredFiles } from './requiredFiles'
import { watchPaths } from './watchPaths'

/** The loop that looks, as far as looking needs it. */
export interface JobLoop {
  readonly job: Job
  readonly paths: JobPaths
  readonly phase: Phase
  /** The stage that its state speaks of. */
  readonly stage: number
  attemptRef(): AttemptRef
  step(): void
  lookAgain(afterMs: number): void
  trouble(error: unknown): void
}

/** A wrapper that has not made its claim by then never will; another one is started. */
const claimWithinMs = 5_000
/** Whatever its block says, a running job is looked after this often: to be told of, not to be written down. */
const maxWatchMs = 60_000
/** A timer may come a little early. */
const timerSlackMs = 20

export class JobObserver {
  private watch: { readonly attempt: number; stage: number; readonly watch: JobWatch } | null = null
  private stopSeenAtMs: number | null = null

  constructor(
    private readonly loop: JobLoop,
    private readonly backend: Backend,
    private readonly context: Pick<LiveJobContext, 'backend' | 'turn' | 'takeUpFollowUp' | 'watchTools'>,
    private readonly folder: FolderPaths,
  ) {}

  /** What was asked of its last attempt is not asked of the next. */
  restarted(): void {
    this.stopSeenAtMs = null
  }

  /** An alert of that pattern is recorded. */
  told(pattern: number): void {
    this.watch?.watch.told(pattern)
  }

  /** Never waits: what takes longer is asked beside the loop, and brings a step of it. */
  observe(): Seen {
    const { state } = this.loop.job
    switch (state.kind) {
      case 'requested':
        return { kind: 'nothing' }
      case 'queued':
        return { kind: 'queued', turn: this.context.turn(this.loop.job) }
      case 'checking':
        return this.observeChecking()
      case 'launching':
        return { kind: 'launching', attempt: this.observeLaunch() }
      case 'running':
        return this.observeRunning()
      case 'settling':
        return this.observeSettling()
      case 'ended':
        return { kind: 'ended', followUpExists: this.context.takeUpFollowUp(this.loop.job, this.folder) }
    }
  }

  private observeLaunch(): AttemptSeen {
    const seen = this.backend.observe(this.loop.attemptRef())
    const isToEnd = this.loop.phase.launchProblem !== null || this.loop.job.stopRequestedAtMs !== null
    // Of one that is being submitted elsewhere it is not known whether it is there.
    const isUncertain = seen.kind === 'unknown' && isToEnd
    if (seen.kind !== 'absent' && !isUncertain) return seen
    // A wrapper may still be on its way: what is to end without having run must not run afterwards.
    if (isToEnd && !this.backend.revoke(this.loop.attemptRef())) return isUncertain ? seen : { kind: 'starting' }
    if (this.loop.phase.launchProblem !== null) return { kind: 'not_startable', why: this.loop.phase.launchProblem }
    if (isToEnd) return { kind: 'absent' }
    const { launchedAtMs } = this.loop.phase
    return launchedAtMs !== null && performance.now() - launchedAtMs < claimWithinMs ? { kind: 'starting' } : seen
  }

  private observeChecking(): Seen {
    const { phase } = this.loop
    const { spec, stopRequestedAtMs } = this.loop.job
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
    this.loop.phase.prints ??= this.question(() => printFiles(this.loop.job.spec.plan.cwd, paths))
    return { before: this.loop.phase.prints.take()?.value ?? null, askedMs: this.loop.phase.prints.askedForMs }
  }

  private observeRunning(): Seen {
    const now = performance.now()
    const { phase } = this.loop
    const everyMs = planOf(this.loop.job).watch.everySec * 1000
    const watchEveryMs = Math.min(everyMs, maxWatchMs)
    const isDue = now - phase.watchedAtMs >= watchEveryMs
    // With a look under way nothing is due: it brings a step of its own.
    const look = isDue ? this.takeLook(watchEveryMs) : null
    if (look !== null) phase.watchedAtMs = now
    const sinceLookMs = look?.isNoted === true ? Math.max(everyMs, now - phase.lookedAtMs) : 0
    if (look?.isNoted === true) phase.lookedAtMs = now
    if (!isDue || look !== null) this.loop.lookAgain(Math.max(10, phase.watchedAtMs + watchEveryMs - now))
    return {
      kind: 'running',
      attempt: this.backend.observe(this.loop.attemptRef()),
      log: look?.log ?? { bytes: 0, lastLine: '' },
      ...(look === null ? {} : { look: { usage: look.usage, watched: look.watched, nowMs: Date.now() } }),
      ranForMs: phase.waitedMs(),
      sinceLookMs,
      sinceStopMs: this.sinceStopMs(),
    }
  }

  private takeLook(everyMs: number) {
    const { plan } = this.loop.job.spec
    const { alertOn = defaultAlertPatterns } = planOf(this.loop.job).watch
    const patterns = plan.work.kind === 'command' ? alertOn : []
    const watch = this.jobWatch()
    const { phase } = this.loop
    phase.look ??= this.question(async () => {
      const isNoted = performance.now() - phase.lookedAtMs >= planOf(this.loop.job).watch.everySec * 1000 - timerSlackMs
      return { ...(await watch.look({ ...this.loop.attemptRef(), patterns }, everyMs, isNoted)), isNoted }
    })
    return phase.look.take()?.value ?? null
  }

  /** One for each attempt, for its stages write into one log. */
  private jobWatch(): JobWatch {
    const { attempt, look } = this.loop.job
    if (this.watch?.attempt !== attempt)
      this.watch = {
        attempt,
        stage: this.loop.stage,
        watch: new JobWatch(this.context.watchTools, this.backend, look?.logBytes ?? 0),
      }
    if (this.watch.stage !== this.loop.stage) {
      this.watch.watch.beginStage(this.loop.attemptRef())
      this.watch.stage = this.loop.stage
    }
    return this.watch.watch
  }

  /** Its answer brings a step of this phase, or trouble. */
  private question<Value>(ask: () => Promise<Value>): Question<Value> {
    const { phase } = this.loop
    return new Question(ask, (error) => {
      if (phase.isClosed) return
      if (error === null) this.loop.step()
      else this.loop.trouble(error)
    })
  }

  /** How long this supervisor has known that the job is to end. */
  private sinceStopMs(): number {
    if (this.loop.job.stopRequestedAtMs === null && !this.loop.job.timeLimitReached) return 0
    this.stopSeenAtMs ??= performance.now()
    return performance.now() - this.stopSeenAtMs
  }

  private aliveWhenStopping(): readonly string[] {
    if (this.loop.job.stopRequestedAtMs === null) return []
    const here = this.loop.job.state.kind === 'checking' ? this.context.backend('local') : this.backend
    return here.listAlive(this.loop.attemptRef())
  }

  private observeSettling(): Seen {
    const answer =
      this.loop.job.spec.plan.work.kind === 'agent' ? readMarker(this.loop.paths.attempt(this.loop.job.attempt)) : null
    const look = this.lookAtFiles()
    return {
      kind: 'settling',
      files: look?.files ?? null,
      waitedMs: this.loop.phase.waitedMs(),
      lookedForMs: this.loop.phase.lookedForMs(),
      processes: this.aliveWhenStopping(),
      sinceStopMs: this.sinceStopMs(),
      answer,
      beforeNext: look?.beforeNext ?? null,
    }
  }

  /** Null as long as they are being looked at. */
  private lookAtFiles(): FilesLook | null {
    const { stage } = this.loop
    const { cwd } = this.loop.job.spec.plan
    const next = stage < lastStage(this.loop.job.spec) ? this.requiredOf(stage + 1) : []
    if (this.requiredOf(stage).length === 0 && next.length === 0) return { files: [], beforeNext: [] }
    const files = this.requiredFiles()
    this.loop.phase.filesLook ??= this.question(async () => {
      const [found, beforeNext] = await Promise.all([files.look(), printFiles(cwd, next)])
      return { files: found, beforeNext }
    })
    return this.loop.phase.filesLook.take()?.value ?? null
  }

  private requiredOf(stage: number): readonly string[] {
    return (stageAt(this.loop.job, stage) ?? planOf(this.loop.job).watch).requireFiles
  }

  private requiredFiles(): RequiredFiles {
    if (this.loop.phase.files !== null) return this.loop.phase.files
    const { cwd } = this.loop.job.spec.plan
    const required = this.requiredOf(this.loop.stage)
    const { before = [], startedAtMs = null } = currentAttempt(this.loop.job) ?? {}
    const files = new RequiredFiles(cwd, this.loop.job.spec.folder, before, required, startedAtMs)
    this.loop.phase.files = files
    if (required.length > 0) {
      const phase = this.loop.phase
      void watchPaths(files.absolutePaths, () => this.loop.lookAgain(20)).then((watch) => phase.adopt(watch))
    }
    return files
  }
}
