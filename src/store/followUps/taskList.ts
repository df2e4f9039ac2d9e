// Tasks as lists show them: what agents do or did in some folders, and what each of them says.
import * as z from 'zod'
import type { AgentKind } from '../../core/followUps/agent'
import type { EarlierTurn } from '../../core/followUps/answerTask'
import { isOver, isTask, readMissing, type TaskState, taskStateOf } from '../../core/followUps/taskState'
import type { JobId } from '../../core/jobs/jobId'
import { isCheckOfStep, type Origin, undertakingOf } from '../../core/jobs/spec'
import { readIfExists, writeDurably } from '../durableFile'
import type { StoredJob } from '../jobs/jobFiles'
import type { FolderPaths } from '../stateFolder'
import { readReport } from './readReport'
import { readTurn } from './turnFiles'

/** Times are ISO 8601 in UTC. */
export interface TaskDescription {
  readonly id: JobId
  readonly state: TaskState
  readonly task: string
  readonly description: string | null
  readonly agent: AgentKind
  readonly origin: Origin
  /** The job that it is about. */
  readonly about: JobId | null
  readonly folder: string
  readonly createdAt: string
  readonly endedAt: string | null
  /** It waits for a person to let it go. */
  readonly held: boolean
  /** Until when its agent cannot be asked. */
  readonly waitingUntil: string | null
  readonly conversation: string | null
  /** Why it ended as it did; null while it has not. */
  readonly reason: string | null
  /** What a blocked one says is missing. Data. */
  readonly missing: string | null
  /** The task with which a person has answered it. */
  readonly answeredBy: JobId | null
}

/** `all`: the tasks among which an answer to it would be. */
export function describeTask(stored: StoredJob, all: readonly StoredJob[]): TaskDescription {
  const { job, paths } = stored
  const { spec, state } = job
  const { work } = spec.plan
  const turn = readTurn(paths.attempt(job.attempt))
  const taskState = taskStateOf(job)
  const answer = all.find(({ job: other }) => answers(other.spec.origin) === spec.id)
  return {
    id: spec.id,
    state: taskState,
    task: work.kind === 'agent' ? work.task : work.command,
    description: spec.description,
    agent: turn?.agent ?? (work.kind === 'agent' ? work.agent.kind : 'builtin'),
    origin: spec.origin,
    about: work.kind === 'agent' ? (work.about?.jobId ?? null) : null,
    folder: spec.folder,
    createdAt: new Date(spec.createdAtMs).toISOString(),
    endedAt: state.kind === 'ended' ? new Date(state.atMs).toISOString() : null,
    held: state.kind === 'queued' && state.held,
    waitingUntil:
      taskState === 'running' && turn?.state === 'waiting' && turn.waitingUntilMs !== null
        ? new Date(turn.waitingUntilMs).toISOString()
        : null,
    conversation: turn?.conversation ?? null,
    reason: state.kind === 'ended' ? state.reason : null,
    missing: taskState === 'blocked' ? readMissing(readReport(stored)) : null,
    answeredBy: answer?.job.spec.id ?? null,
  }
}

/** Whether a person's answer would go on with it: the built-in analyst cannot be answered. */
export function isAnswerable({ state, answeredBy, agent }: TaskDescription): boolean {
  return state === 'blocked' && answeredBy === null && agent !== 'builtin'
}

/** What a person can go on with, of a task as it stands. */
export function readEarlierTurn(stored: StoredJob): EarlierTurn {
  const { job, paths } = stored
  const turn = readTurn(paths.attempt(job.attempt))
  return {
    plan: job.spec.plan,
    conversation: turn?.conversation ?? null,
    agent: turn?.agent ?? null,
    missing: readMissing(readReport(stored)),
  }
}

function answers(origin: Origin): JobId | null {
  return origin.kind === 'task' ? origin.answers : null
}

/** The jobs that a list of tasks has: all of agents but checks of steps that ended, and what ended before the list was cleared. */
export function listedTasks(jobs: readonly StoredJob[], clearedAtMs: number): readonly StoredJob[] {
  const answered = new Set(jobs.flatMap(({ job }) => answers(job.spec.origin) ?? []))
  return jobs.filter(({ job }) => {
    if (!isTask(job) || (job.state.kind === 'ended' && isCheckOfStep(job.spec.origin))) return false
    const isDone = isOver(taskStateOf(job)) || answered.has(job.spec.id)
    return !(isDone && job.state.kind === 'ended' && job.state.atMs <= clearedAtMs)
  })
}

/** One that is a job of its own: it can be removed without the report of another, and no run of steps needs it. */
export function isOwnTask({ job: { spec } }: StoredJob): boolean {
  return spec.origin.kind !== 'follow_up' && undertakingOf(spec.origin) === null
}

const clearedSchema = z.looseObject({ v: z.literal(1), atMs: z.number() })

/** When the list of a folder was cleared last; -Infinity: never. Never throws. */
export function readClearedAtMs(folder: FolderPaths): number {
  try {
    return clearedSchema.parse(JSON.parse(readIfExists(folder.tasksCleared) ?? 'null')).atMs
  } catch {
    return -Infinity // Never, or it cannot be told: then too much is shown, and nothing missing.
  }
}

/** Finished tasks that are not `isOwnTask` are listed no more; their reports stay with their jobs. Throws RelayError. */
export function markCleared(folder: FolderPaths, nowMs: number): void {
  writeDurably(folder.tasksCleared, `${JSON.stringify({ v: 1, atMs: nowMs })}\n`)
}
