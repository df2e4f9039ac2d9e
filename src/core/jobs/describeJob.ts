// What the outside is told about a job: the record that `relay list` and `relay show` print, and that every view draws.
import { partNames } from '../experiments/renderExperiment'
import { type TaskState, taskStateOf } from '../followUps/taskState'
import type { Alert, AnswerMarker, DonePart, Ending, FollowUp, Job } from './job'
import { currentAttempt, lastStage, stageAt } from './job'
import type { BackendKind } from '../backends/backendPlan'
import type { Exit } from './exit'
import { type RemoteHandle, renderHandle } from './handle'
import type { RemoteFacts } from './remote'
import type { JobId } from './jobId'
import type { Origin } from './spec'
import type { Outcome } from './outcome'
import type { FileFinding } from './fileFinding'
import type { CheckFinding } from './checkFinding'
import type { Source } from './event'
import type { Usage } from './usage'

/**
 * `launching` is told as `checking`: until its wrapper was seen, a job has not started. One that a service has taken and
 * not begun is `queued` there.
 */
export type ShownState = 'requested' | 'queued' | 'checking' | 'running' | 'settling' | Outcome

export type FollowUpState = TaskState

/** How a state is known, and when that was last confirmed (ISO time). */
export interface Known {
  readonly by: string
  readonly at: string
}

/** Times are ISO 8601 in UTC; null where it has not happened or is not known. */
export interface JobDescription {
  readonly id: JobId
  readonly state: ShownState
  readonly reason: string | null
  /** Why it has not begun yet, in words after “waiting”; null if it does not wait, or that was not looked at. */
  readonly waitsFor: string | null
  /** It waits for a person to let it go. */
  readonly held: boolean
  readonly known: Known
  readonly description: string | null
  /** Only its checks were run, or are; the command never is. */
  readonly dryRun: boolean
  readonly command: string
  readonly cwd: string
  readonly folder: string
  readonly host: string
  readonly origin: Origin
  readonly attempt: number
  readonly createdAt: string
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly exit: DescribedExit | null
  readonly log: string | null
  readonly lastLine: string | null
  /** While it is in one of several stages: which, from 1; the last is the work itself. */
  readonly stage: { readonly number: number; readonly count: number; readonly name: string } | null
  /** What was told of it while it ran, oldest first. */
  readonly alerts: readonly DescribedAlert[]
  /** Of the machine, at the last look that was written down. */
  readonly usage: Usage | null
  /** What runs it, or ran it. */
  readonly backend: BackendKind
  /** What the service that runs it says of it; null: it runs here, or nothing is known yet. */
  readonly remote: DescribedRemote | null
  readonly checks: readonly CheckFinding[]
  readonly requiredFiles: readonly FileFinding[]
  readonly leftBehind: readonly string[]
  readonly source: Source | null
  /** `held`: it waits for a person to let it go. */
  readonly followUp: { readonly id: JobId; readonly state: FollowUpState; readonly held: boolean } | null
  readonly answer: AnswerMarker | null
  /** The run of an experiment that it is, and what of the work after it is done; null: none. */
  readonly run: DescribedRun | null
  /** What could not be read of its files, in sentences. */
  readonly problems: readonly string[]
}

export interface DescribedRemote {
  /** `SLURM job 17`. */
  readonly name: string | null
  readonly handle: RemoteHandle | null
  /** The service's own word, and what that means. */
  readonly state: string | null
  readonly words: string | null
  readonly facts: RemoteFacts
}

export interface DescribedRun {
  readonly id: string
  /** Relative to the job's directory. */
  readonly directory: string
  readonly template: string | null
  readonly parts: readonly DonePart[]
}

export interface DescribedAlert {
  readonly kind: Alert['kind']
  readonly text: string
  readonly at: string
  /** Null: it still holds. */
  readonly clearedAt: string | null
}

/**
 * Exactly one of `code` and `signal`, or `unknown` with the evidence, or what the `service` that ran it says of its end. A
 * signal is inferred from the status.
 */
export type DescribedExit =
  | { readonly code: number }
  | { readonly signal: string; readonly status: number; readonly inferred: true }
  | { readonly unknown: string }
  | {
      readonly service: 'slurm' | 'github'
      readonly state: string
      readonly words: string
      readonly status: number | null
    }

export interface DescribeInput {
  readonly job: Job
  /** The follow-up's own job, if it exists and can be read. */
  readonly followUp: Job | null
  readonly logPath: string | null
  readonly known: Known
  readonly problems: readonly string[]
  /** See `JobDescription`. */
  readonly waitsFor?: string | null
}

export function describeJob({
  job,
  followUp,
  logPath,
  known,
  problems,
  waitsFor = null,
}: DescribeInput): JobDescription {
  const { spec, state } = job
  const attempt = currentAttempt(job)
  const ending: Ending | null = attempt?.ending ?? null
  const ended = state.kind === 'ended' ? state : null
  return {
    id: spec.id,
    state: shownState(job),
    reason: ended?.reason ?? null,
    waitsFor: state.kind === 'queued' ? waitsFor : waitsThere(job),
    held: state.kind === 'queued' && state.held,
    known,
    description: spec.description,
    dryRun: spec.dryRun === true,
    command: renderWork(job),
    cwd: spec.plan.cwd,
    folder: spec.folder,
    host: spec.host,
    origin: spec.origin,
    attempt: job.attempt,
    createdAt: iso(spec.createdAtMs),
    startedAt: isoOrNull(attempt?.startedAtMs),
    endedAt: isoOrNull(ended === null ? null : (ending?.atMs ?? ended.atMs)),
    exit: ending === null ? null : describeExit(ending.exit),
    log: logPath,
    lastLine: job.look?.lastLine ?? null,
    stage: describeStage(job),
    alerts: job.alerts.map(({ kind, text, atMs, clearedAtMs }) => ({
      kind,
      text,
      at: iso(atMs),
      clearedAt: isoOrNull(clearedAtMs),
    })),
    usage: job.look?.usage ?? null,
    backend: spec.plan.backend.kind,
    remote: describeRemote(job),
    checks: job.checks ?? [],
    requiredFiles: ended?.files ?? [],
    leftBehind: ending?.leftBehind ?? [],
    source: job.source,
    followUp:
      job.followUp === null
        ? null
        : {
            id: job.followUp.jobId,
            state: followUpState(job.followUp, followUp),
            held: followUpWaits(job.followUp, followUp),
          },
    answer: ended?.answer ?? null,
    run: describeRun(job),
    problems: [
      ...problems,
      ...job.parts.flatMap(({ part, problem }) => (problem === null ? [] : `${partNames[part]}: ${problem}`)),
      ...[job, followUp].flatMap((one) => one?.edits.flatMap(({ problem }) => problem ?? []) ?? []),
    ],
  }
}

function describeRemote({ remote }: Job): DescribedRemote | null {
  if (remote === null) return null
  const { handle, seen } = remote
  return {
    name: handle === null ? null : renderHandle(handle),
    handle,
    state: seen?.state ?? null,
    words: seen?.words ?? null,
    facts: seen?.facts ?? {},
  }
}

/** Why a job that a service has taken has not begun, in words after “waiting”. */
function waitsThere({ state, remote }: Job): string | null {
  const handle = remote?.handle ?? null
  if (state.kind !== 'launching' || handle === null) return null
  const words = remote?.seen?.words
  return `in ${renderHandle(handle)}${words === undefined ? '' : `: ${words}`}`
}

function describeRun({ spec, parts }: Job): DescribedRun | null {
  const { experiment } = spec.plan
  if (experiment === undefined) return null
  return { id: experiment.runId, directory: experiment.runDir, template: experiment.template, parts }
}

function describeStage(job: Job): JobDescription['stage'] {
  const { state } = job
  const count = lastStage(job.spec) + 1
  if (count === 1 || !('stage' in state)) return null
  return { number: state.stage + 1, count, name: stageAt(job, state.stage)?.name ?? 'work' }
}

/** What is to be looked at now: of a job that has ended nothing is any more, but what its end says. */
export function standingAlerts({
  alerts,
  endedAt,
}: Pick<JobDescription, 'alerts' | 'endedAt'>): readonly DescribedAlert[] {
  return endedAt === null ? alerts.filter(({ clearedAt }) => clearedAt === null) : []
}

/** Whether the follow-up of a job has something to say. */
export function hasReport({ followUp }: JobDescription): boolean {
  return followUp !== null && ['done', 'blocked', 'failed'].includes(followUp.state)
}

export function shownState(job: Job): ShownState {
  if (job.state.kind === 'ended') return job.state.outcome
  if (job.state.kind !== 'launching') return job.state.kind
  return (job.remote?.handle ?? null) === null ? 'checking' : 'queued'
}

/** One that is not to run by itself waits, also where the first release did not make it. */
function followUpWaits({ run, created }: FollowUp, followUp: Job | null): boolean {
  return followUp === null ? !run && !created : followUp.state.kind === 'queued' && followUp.state.held
}

/** The state of a promised follow-up, told by its own job: pending before it has one, canceled when that was removed. */
function followUpState({ created }: FollowUp, followUp: Job | null): FollowUpState {
  if (followUp === null) return created ? 'canceled' : 'pending'
  return taskStateOf(followUp)
}

/** The command as it was approved, or what an agent was asked to do. */
export function renderWork({ spec }: Job): string {
  const { work } = spec.plan
  return work.kind === 'command' ? work.command : `${work.agent.kind}: ${work.task}`
}

function describeExit(exit: Exit): DescribedExit {
  switch (exit.kind) {
    case 'code':
      return { code: exit.code }
    case 'signal':
      return { signal: exit.signal, status: exit.status, inferred: true }
    case 'unknown':
      return { unknown: exit.evidence }
    case 'service':
      return { service: exit.by, state: exit.state, words: exit.words, status: exit.status }
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

function isoOrNull(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : iso(ms)
}
