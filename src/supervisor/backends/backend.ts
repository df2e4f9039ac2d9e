// What runs the attempts of jobs, here or elsewhere. The loop never waits for a backend: what it is told is what was seen last.
import type { AttemptSeen } from '../../core/jobs/seen'
import type { Job } from '../../core/jobs/job'
import type { JobId } from '../../core/jobs/jobId'
import type { Sample } from '../../core/jobs/usage'
import type { AttemptPaths } from '../../store/jobPaths'

export interface AttemptRef {
  readonly jobId: JobId
  readonly attempt: number
  readonly paths: AttemptPaths
  /** What its journal says: the plan, and what it is known by elsewhere. */
  readonly job: Job
  /** There is something new to be seen. */
  readonly wake: () => void
}

/** What an attempt is started with. `script` are the exact bytes that were approved. */
export interface Launch extends AttemptRef {
  readonly script: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

export interface Backend {
  /**
   * Starts it; safe to repeat, for it is looked up first whether it was started. Throws RelayError where its files cannot be
   * written. `onProblem` is called, now or later, if it will never start.
   */
  launch(launch: Launch, onProblem: (why: string) => void): void
  /** Sees to it that it will never start; false if it is too late for that, or not certain yet. */
  revoke(ref: AttemptRef): boolean
  /** What has become of it, as far as was seen. Never waits for anything. */
  observe(ref: AttemptRef): AttemptSeen
  /** What is alive of it on this machine, as `pid command`. Throws RelayError. */
  listAlive(ref: AttemptRef): readonly string[]
  /** What it has used of this machine so far; null where that is not known. */
  sample(ref: AttemptRef, maxAgeMs: number): Sample | null
  /** Asks it to end, or (`hard`) ends it. Repeated until it is seen to be over. */
  stop(ref: AttemptRef, hard: boolean): void
  /** It says itself that there is something to be seen. */
  nudge(ref: AttemptRef): void
  /** It is looked after no more. */
  forget(ref: AttemptRef): void
}
