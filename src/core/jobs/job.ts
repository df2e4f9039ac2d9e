// A job as its journal tells it. State is only ever computed here, by everyone who wants to know it.
import type { Approval, Handle, JobEvent, RecordedEvent, Source } from './event'
import type { answerMarkers } from './event'
import type { CheckFinding } from './checkFinding'
import type { Exit } from './exit'
import type { FileFinding } from './fileFinding'
import type { FilePrint } from './filePrint'
import type { JobId } from './jobId'
import type { JobSpec } from './spec'
import type { Outcome } from './outcome'

export type AnswerMarker = (typeof answerMarkers)[number]

/** A command that ended: what the wrapper's record and a look at the processes said. */
export interface Ending {
  readonly exit: Exit
  readonly atMs: number
  readonly leftBehind: readonly string[]
  /** It was asked to stop before. Told by the order of the journal, not by clocks. */
  readonly afterStop: boolean
}

/**
 * - `requested`: known, not yet allowed to do anything.
 * - `checking`: approved; its preflight checks run. A dry run ends from here.
 * - `launching`: about to be started. A crash here leaves open whether it was; the wrapper's claim tells.
 * - `running`: its wrapper, or (`orphaned`) only processes that it left, are alive.
 * - `settling`: the command ended; its required files are awaited.
 * - `ended`: nothing will change any more but the delivery of what was promised, until somebody restarts it.
 */
export type JobState =
  | { readonly kind: 'requested' }
  | { readonly kind: 'checking'; readonly sinceMs: number }
  | { readonly kind: 'launching'; readonly sinceMs: number }
  | { readonly kind: 'running'; readonly handle: Handle; readonly orphaned: string | null }
  | { readonly kind: 'settling'; readonly ending: Ending }
  | {
      readonly kind: 'ended'
      readonly outcome: Outcome
      readonly reason: string
      readonly atMs: number
      readonly files: readonly FileFinding[]
      readonly answer: AnswerMarker | null
    }

/** One run of the command. `startedAtMs` is null until the wrapper was seen, `ending` until the exit is known. */
export interface Attempt {
  readonly number: number
  readonly before: readonly FilePrint[]
  readonly startedAtMs: number | null
  readonly ending: Ending | null
  readonly outcome: Outcome | null
}

/** What was promised at the last end. */
export interface FollowUp {
  readonly jobId: JobId
  readonly run: boolean
  readonly created: boolean
}

export interface Job {
  readonly spec: JobSpec
  readonly state: JobState
  readonly approval: Approval | null
  /** How often it was allowed to run: the number of the attempt that `state` speaks of, from 1; 0 before approval. */
  readonly attempt: number
  /** The request that began this attempt, if it is not the first. */
  readonly restartRequest: string | null
  readonly checks: readonly CheckFinding[] | null
  /** Those that were launched, oldest first. */
  readonly attempts: readonly Attempt[]
  readonly source: Source | null
  readonly look: { readonly logBytes: number; readonly lastLine: string; readonly atMs: number } | null
  readonly stopRequestedAtMs: number | null
  readonly timeLimitReached: boolean
  readonly followUp: FollowUp | null
  /** The document edits that are done, or (`problem`) that could not be done and will not be tried again. */
  readonly edits: readonly { readonly id: string; readonly problem: string | null }[]
  readonly updatedAtMs: number
}

/** A job of which nothing but its spec is known. */
export function initialJob(spec: JobSpec): Job {
  return {
    spec,
    state: { kind: 'requested' },
    approval: null,
    attempt: 0,
    restartRequest: null,
    checks: null,
    attempts: [],
    source: null,
    look: null,
    stopRequestedAtMs: null,
    timeLimitReached: false,
    followUp: null,
    edits: [],
    updatedAtMs: spec.createdAtMs,
  }
}

/**
 * The job after one more event. Never throws and accepts events in any order: a journal with a damaged line must still
 * tell as much as its other lines know.
 */
export function reduce(job: Job, { atMs, event }: RecordedEvent): Job {
  return { ...job, ...changes(job, atMs, event), updatedAtMs: atMs }
}

function changes(job: Job, atMs: number, event: JobEvent): Partial<Job> {
  switch (event.type) {
    case 'requested':
      return {}
    case 'approved':
      return { approval: event.approval, attempt: 1, state: { kind: 'checking', sinceMs: atMs } }
    case 'checked':
      return { checks: event.findings }
    case 'launch_intended':
      return {
        state: { kind: 'launching', sinceMs: atMs },
        attempt: event.attempt,
        attempts: withAttempt(job, event.attempt, { before: event.before }),
      }
    case 'launched':
      return {
        state: { kind: 'running', handle: event.handle, orphaned: null },
        attempts: withAttempt(job, event.attempt, { startedAtMs: event.startedAtMs }),
      }
    case 'source_recorded':
      return { source: event.source }
    case 'looked':
      return { look: { logBytes: event.logBytes, lastLine: event.lastLine, atMs } }
    case 'wrapper_lost':
      return job.state.kind === 'running' ? { state: { ...job.state, orphaned: event.evidence } } : {}
    case 'stop_requested':
      return { stopRequestedAtMs: job.stopRequestedAtMs ?? atMs }
    case 'time_limit_reached':
      return { timeLimitReached: true }
    case 'exited': {
      const { exit, atMs: endedAtMs, leftBehind } = event
      const ending: Ending = { exit, atMs: endedAtMs, leftBehind, afterStop: job.stopRequestedAtMs !== null }
      return { state: { kind: 'settling', ending }, attempts: withAttempt(job, event.attempt, { ending }) }
    }
    case 'ended': {
      const { outcome, reason, files, answer } = event
      return {
        state: { kind: 'ended', outcome, reason, files, answer, atMs },
        attempts: job.attempts.map((one) => (one.number === event.attempt ? { ...one, outcome } : one)),
        followUp: event.followUp === null ? null : { ...event.followUp, created: false },
      }
    }
    case 'follow_up_created':
      return job.followUp?.jobId === event.jobId ? { followUp: { ...job.followUp, created: true } } : {}
    case 'document_edited':
      return { edits: [...job.edits, { id: event.edit, problem: event.problem }] }
    case 'restart_requested':
      return {
        state: { kind: 'checking', sinceMs: atMs },
        approval: event.approval,
        attempt: job.attempt + 1,
        restartRequest: event.request,
        checks: null,
        source: null,
        look: null,
        stopRequestedAtMs: null,
        timeLimitReached: false,
        followUp: null,
      }
  }
}

/** The attempts with one of them changed; it is made up if the journal lost the line that began it. */
function withAttempt(job: Job, number: number, change: Partial<Attempt>): readonly Attempt[] {
  const known = job.attempts.find((attempt) => attempt.number === number)
  const attempt = known ?? { number, before: [], startedAtMs: null, ending: null, outcome: null }
  return [...job.attempts.filter((other) => other.number !== number), { ...attempt, ...change }]
}

/** The attempt that `state` speaks of, or null if it was never about to be launched. */
export function currentAttempt(job: Job): Attempt | null {
  return job.attempts.find(({ number }) => number === job.attempt) ?? null
}

/** Nothing is left to do for this job: it ended, and all that its end promised is delivered. */
export function isSettled(job: Job): boolean {
  return job.state.kind === 'ended' && !owesFollowUp(job) && pendingEdits(job).length === 0
}

/** Its end promised a follow-up that does not exist yet and is to run by itself. */
export function owesFollowUp(job: Job): boolean {
  return job.followUp !== null && job.followUp.run && !job.followUp.created
}

/** The document edits that an ended job owes and has not made, by id. A follow-up writes its handoff entry. */
export function pendingEdits(job: Job): readonly string[] {
  if (job.state.kind !== 'ended' || job.state.outcome === 'stopped' || job.spec.plan.work.kind !== 'agent') return []
  const edit = `handoff-${job.spec.id}-${job.attempt}`
  return job.edits.some(({ id }) => id === edit) ? [] : [edit]
}
