// What a supervisor remembers of a job while the job is in one state. None of it need survive.
import type { CheckFinding } from '../../core/jobs/checkFinding'
import type { Job, JobState } from '../../core/jobs/job'
import type { FileFinding } from '../../core/jobs/fileFinding'
import type { FilePrint } from '../../core/jobs/filePrint'
import type { JobLook } from './jobWatch'
import type { Question } from './question'
import type { RequiredFiles } from './requiredFiles'
import type { PathWatch } from './watchPaths'

export interface FilesLook {
  readonly files: readonly FileFinding[]
  readonly beforeNext: readonly FilePrint[] | null
}

/**
 * Thrown away when the state changes. Time is waited on a clock that neither steps nor counts the sleep of
 * a laptop; only what passed before this supervisor is taken from the wall clock.
 */
export class Phase {
  private readonly enteredAtMs = performance.now()
  private readonly waitedBeforeMs: number
  private watch: PathWatch | null = null
  isClosed = false

  checks: readonly CheckFinding[] | null = null
  checksRunning = false
  launchedAtMs: number | null = null
  launchProblem: string | null = null
  lookedAtMs = performance.now()
  terminated = false
  /** What is being done beside the loop. */
  readonly underWay = new Set<string>()
  files: RequiredFiles | null = null
  /** What the files of the first stage look like before it. */
  prints: Question<readonly FilePrint[] | null> | null = null
  /** What the files look like after the end, and those of the next stage before it. */
  filesLook: Question<FilesLook> | null = null
  look: Question<JobLook & { readonly isNoted: boolean }> | null = null
  /** When it was last looked after, to be told of or to be written down. */
  watchedAtMs = performance.now()

  constructor(
    readonly kind: JobState['kind'],
    sinceWallMs: number,
  ) {
    this.waitedBeforeMs = Math.max(0, Date.now() - sinceWallMs)
  }

  waitedMs(): number {
    return this.waitedBeforeMs + this.lookedForMs()
  }

  /** The part of it in this process. */
  lookedForMs(): number {
    return performance.now() - this.enteredAtMs
  }

  adopt(watch: PathWatch): void {
    this.watch?.close()
    if (this.isClosed) watch.close()
    else this.watch = watch
  }

  forgetFiles(): void {
    this.watch?.close()
    this.watch = null
    this.files = null
    this.filesLook = null
  }

  close(): void {
    this.isClosed = true
    this.watch?.close()
  }
}

/** When the state of a job began, in wall time. */
export function enteredAtMs(job: Job): number {
  if (job.state.kind === 'running') return job.state.sinceMs
  return job.state.kind === 'settling' ? job.state.ending.atMs : job.updatedAtMs
}
