// A job as its journal tells it. State is only ever computed here, by everyone who wants to know it.
import type { Approval, JobEvent, RecordedEvent, Source } from './event'
import type { answerMarkers } from './event'
import type { CheckFinding } from './checkFinding'
import type { Exit } from './exit'
import type { FileFinding } from './fileFinding'
import type { FilePrint } from './filePrint'
import type { AnyHandle, RemoteHandle } from './handle'
import type { JobId } from './jobId'
import type { Plan, Stage } from './plan'
import type { RemoteSeen } from './remote'
import type { JobSpec } from './spec'
import type { Outcome } from './outcome'
import type { Usage } from './usage'
import type { RunPart } from '../experiments/runParts'

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
 * - `queued`: approved; its turn has not come, or (`held`) a person has to let it go.
 * - `checking`: approved; its preflight checks run. A dry run ends from here.
 * - `launching`: about to be started. A crash here leaves open whether it was; the wrapper's claim tells.
 * - `running`: its wrapper, or (`orphaned`) only processes that it left, are alive.
 * - `settling`: the command ended; its required files are awaited.
 * The three in between are of one `stage` of the plan: from 0 those before the work, and last the work itself.
 * - `ended`: nothing will change any more but the delivery of what was promised, until somebody restarts it.
 */
export type JobState =
  | { readonly kind: 'requested' }
  | { readonly kind: 'queued'; readonly sinceMs: number; readonly held: boolean }
  | { readonly kind: 'checking'; readonly sinceMs: number }
  | { readonly kind: 'launching'; readonly sinceMs: number; readonly stage: number }
  | {
      readonly kind: 'running'
      readonly handle: AnyHandle
      readonly orphaned: string | null
      readonly stage: number
      readonly sinceMs: number
    }
  | { readonly kind: 'settling'; readonly ending: Ending; readonly stage: number }
  | {
      readonly kind: 'ended'
      readonly outcome: Outcome
      readonly reason: string
      readonly atMs: number
      readonly files: readonly FileFinding[]
      readonly answer: AnswerMarker | null
    }

/**
 * One run of the plan. `startedAtMs` is null until the first wrapper was seen; `before` and `ending` (null until the exit
 * is known) are of the stage that was begun last.
 */
export interface Attempt {
  readonly number: number
  /** The stages that have passed, with the files they were to write. */
  readonly passed: readonly { readonly stage: number; readonly atMs: number; readonly files: readonly FileFinding[] }[]
  readonly before: readonly FilePrint[]
  readonly startedAtMs: number | null
  readonly ending: Ending | null
  readonly outcome: Outcome | null
}

/** What was promised at the last end. */
export interface FollowUp {
  readonly jobId: JobId
  readonly run: boolean
  /** Not to run by itself, it is made and waits for a person. Jobs of the first release have none such. */
  readonly held: boolean
  readonly created: boolean
}

/** Something to know about a job that goes on. `clearedAtMs` is null while it holds. */
export interface Alert {
  readonly key: string
  readonly kind: Extract<JobEvent, { type: 'alerted' }>['kind']
  readonly text: string
  readonly atMs: number
  readonly clearedAtMs: number | null
}

/** A part of the work after a run that is done, or (`problem`) could not be. */
export interface DonePart {
  readonly part: RunPart
  readonly detail: string
  readonly problem: string | null
}

/** What became of the job that an answer asked for. */
export type Next = Extract<JobEvent, { type: 'next_decided' }>['next']

/** What a patch made of the plan. */
export interface WatchPatch {
  readonly request: string
  readonly watch: Plan['watch']
  readonly followUp: Plan['followUp']
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
  readonly look: {
    readonly logBytes: number
    readonly lastLine: string
    readonly atMs: number
    readonly usage: Usage | null
  } | null
  /** What is known of this attempt at the service that runs it; null: nothing, or it runs here. */
  readonly remote: {
    readonly handle: RemoteHandle | null
    readonly seen: (RemoteSeen & { readonly atMs: number }) | null
  } | null
  /** Of this attempt, oldest first. */
  readonly alerts: readonly Alert[]
  readonly patch: WatchPatch | null
  /** Of the work after this attempt. */
  readonly parts: readonly DonePart[]
  /** What became of the job that its answer asked for; null: not decided. */
  readonly next: Next | null
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
    remote: null,
    alerts: [],
    patch: null,
    parts: [],
    next: null,
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
      return { approval: event.approval, attempt: 1, state: firstState(job.spec, atMs, job.spec.held === true) }
    case 'turn_given':
      return job.state.kind === 'queued' ? { state: { kind: 'checking', sinceMs: atMs } } : {}
    case 'held':
    case 'released':
      return job.state.kind === 'queued' ? { state: { ...job.state, held: event.type === 'held' } } : {}
    case 'checked':
      return { checks: event.findings }
    case 'launch_intended':
      return {
        state: { kind: 'launching', sinceMs: atMs, stage: stageOf(job, event.stage) },
        attempt: event.attempt,
        attempts: withAttempt(job, event.attempt, { before: event.before, ending: null }),
      }
    case 'launched':
      return {
        state: {
          kind: 'running',
          handle: event.handle,
          orphaned: null,
          stage: stageOf(job, event.stage),
          sinceMs: event.startedAtMs,
        },
        attempts: withAttempt(job, event.attempt, (known) => ({
          startedAtMs: known.startedAtMs ?? event.startedAtMs,
        })),
      }
    case 'submitted':
      return { remote: { seen: job.remote?.seen ?? null, handle: event.handle } }
    case 'remote_seen':
      return { remote: { handle: job.remote?.handle ?? null, seen: { ...event.seen, atMs } } }
    case 'source_recorded':
      return { source: event.source }
    case 'looked':
      return { look: { logBytes: event.logBytes, lastLine: event.lastLine, atMs, usage: event.usage ?? null } }
    case 'alerted': {
      const { key, kind, text } = event
      const others = job.alerts.filter((alert) => alert.key !== key)
      return { alerts: [...others, { key, kind, text, atMs, clearedAtMs: null }] }
    }
    case 'alert_cleared':
      return {
        alerts: job.alerts.map((alert) =>
          alert.key === event.key && alert.clearedAtMs === null ? { ...alert, clearedAtMs: atMs } : alert,
        ),
      }
    case 'watch_patched': {
      const { request, watch, followUp, approval } = event
      // How it began is kept: what started by itself goes on to count as that.
      const how = job.approval?.how === 'chain' ? 'chain' : approval.how
      return { patch: { request, watch, followUp }, approval: { ...approval, how } }
    }
    case 'wrapper_lost':
      return job.state.kind === 'running' ? { state: { ...job.state, orphaned: event.evidence } } : {}
    case 'stop_requested':
      return { stopRequestedAtMs: job.stopRequestedAtMs ?? atMs }
    case 'time_limit_reached':
      return { timeLimitReached: true }
    case 'exited': {
      const { exit, atMs: endedAtMs, leftBehind } = event
      const ending: Ending = { exit, atMs: endedAtMs, leftBehind, afterStop: job.stopRequestedAtMs !== null }
      const stage = stageOf(job, event.stage)
      return { state: { kind: 'settling', ending, stage }, attempts: withAttempt(job, event.attempt, { ending }) }
    }
    case 'stage_passed': {
      const { stage, files } = event
      return {
        attempts: withAttempt(job, event.attempt, ({ passed }) => ({
          passed: [...passed.filter((one) => one.stage !== stage), { stage, atMs, files }],
        })),
      }
    }
    case 'ended': {
      const { outcome, reason, files, answer } = event
      return {
        state: { kind: 'ended', outcome, reason, files, answer, atMs },
        attempts: job.attempts.map((one) => (one.number === event.attempt ? { ...one, outcome } : one)),
        followUp:
          event.followUp === null ? null : { ...event.followUp, held: event.followUp.held === true, created: false },
      }
    }
    case 'follow_up_created':
      return job.followUp?.jobId === event.jobId ? { followUp: { ...job.followUp, created: true } } : {}
    case 'part_done': {
      const { part, detail, problem } = event
      return { parts: [...job.parts.filter((one) => one.part !== part), { part, detail, problem }] }
    }
    case 'next_decided':
      return { next: event.next }
    case 'document_edited':
      return { edits: [...job.edits, { id: event.edit, problem: event.problem }] }
    case 'restart_requested':
      return {
        state: firstState(job.spec, atMs, false),
        approval: event.approval,
        attempt: job.attempt + 1,
        restartRequest: event.request,
        checks: null,
        source: null,
        look: null,
        remote: null,
        alerts: [],
        parts: [],
        next: null,
        stopRequestedAtMs: null,
        timeLimitReached: false,
        followUp: null,
      }
  }
}

/** The attempts with one of them changed; it is made up if the journal lost the line that began it. */
function withAttempt(
  job: Job,
  number: number,
  change: Partial<Attempt> | ((known: Attempt) => Partial<Attempt>),
): readonly Attempt[] {
  const known = job.attempts.find((attempt) => attempt.number === number)
  const attempt = known ?? { number, passed: [], before: [], startedAtMs: null, ending: null, outcome: null }
  const changed = { ...attempt, ...(typeof change === 'function' ? change(attempt) : change) }
  return [...job.attempts.filter((other) => other.number !== number), changed]
}

/** Where an approved job begins: in the queue, if there is anything that it could wait for. */
function firstState(spec: JobSpec, sinceMs: number, held: boolean): JobState {
  return waitsForTurn(spec) || held ? { kind: 'queued', sinceMs, held } : { kind: 'checking', sinceMs }
}

/** Whether the job may have to wait before it may begin: for others, for its group, or for its conversation. */
export function waitsForTurn({ plan, dryRun }: JobSpec): boolean {
  return dryRun !== true && (plan.queue !== undefined || conversationOf(plan) !== null)
}

/** The conversation that the turn of this plan goes on with: its turns are had one after the other. Null: none. */
export function conversationOf({ work }: Plan): string | null {
  if (work.kind !== 'agent' || !('conversation' in work.agent)) return null
  const { kind, conversation } = work.agent as { kind: string; conversation?: string }
  return conversation === undefined ? null : `${kind} ${conversation}`
}

/** The stage that an event of the plan's work, or of one before it, speaks of. */
function stageOf({ spec }: Job, stage: number | undefined): number {
  return stage ?? lastStage(spec)
}

/** The number of the work itself among the stages: 0 where there are none before it. */
export function lastStage({ plan }: Pick<JobSpec, 'plan'>): number {
  return plan.stages?.length ?? 0
}

/** The stage of that number, or null: it is the work itself. */
export function stageAt({ spec }: Pick<Job, 'spec'>, number: number): Stage | null {
  return spec.plan.stages?.[number] ?? null
}

/** The plan as it was approved last: what is watched, and what follows, may have been patched. */
export function planOf({ spec, patch }: Pick<Job, 'spec' | 'patch'>): Plan {
  return patch === null ? spec.plan : { ...spec.plan, watch: patch.watch, followUp: patch.followUp }
}

/** The attempt that `state` speaks of, or null if it was never about to be launched. */
export function currentAttempt(job: Job): Attempt | null {
  return job.attempts.find(({ number }) => number === job.attempt) ?? null
}

/** For lists: the newest first, and always in the same order. */
export function newestFirst({ spec: a }: Job, { spec: b }: Job): number {
  return b.createdAtMs - a.createdAtMs || (a.id < b.id ? 1 : -1)
}
