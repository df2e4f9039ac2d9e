// What is true of a workflow run and of the SLURM job that it has handed its work to, as one job. Pure.
import type { AttemptSeen } from '../../jobs/seen'
import type { Exit } from '../../jobs/exit'
import type { GithubHandle } from '../../jobs/handle'
import type { RemoteSeen } from '../../jobs/remote'
import { exitOfRun, hasRunBegun, isRunOver, seenOfRun, type WorkflowRun, wordsOfRun } from './runs'

/** So long after the end of its run, a SLURM job that it named is asked for. */
const chainWithinMs = 10 * 60_000

/** What is known of the SLURM job that a run has named. */
export interface Chained extends RemoteSeen {
  readonly isOver: boolean
  readonly exit: Exit | null
  /** The first time that it was, as far as the scheduler tells; null: it does not. */
  readonly submittedMs: number | null
}

export interface RunKnown {
  readonly handle: GithubHandle
  readonly run: WorkflowRun
  /** Null: it has named none, or nothing is known of it yet. */
  readonly also: Chained | null
  /** A person, or a limit of time, wants all of it to end. */
  readonly isToStop: boolean
  readonly nowMs: number
}

/**
 * Whether a SLURM job is cancelled with the run that named it. Its number comes from a log, where anybody's may stand: only one that was
 * submitted after the run was made can be its work. `unknown`: not enough has been told yet.
 */
export function isCancelledWith(also: Chained | null, runCreatedMs: number | null): 'yes' | 'no' | 'unknown' {
  const submittedMs = also?.submittedMs ?? null
  if (submittedMs === null || runCreatedMs === null) return 'unknown'
  // Both are told in whole seconds.
  return submittedMs >= Math.floor(runCreatedMs / 1000) * 1000 ? 'yes' : 'no'
}

export function judgeRun({ handle, run, also, isToStop, nowMs }: RunKnown): AttemptSeen {
  const belongs = isCancelledWith(also, run.createdMs)
  const service = { handle, seen: tellBoth(handle, run, also, isToStop && belongs === 'no') }
  if (!hasRunBegun(run)) return { kind: 'submitted', service }
  const started = { handle, atMs: run.startedMs ?? run.createdMs ?? nowMs }
  if (!isRunOver(run)) return { kind: 'alive', started, service }
  const endMs = run.updatedMs ?? nowMs
  const isSuccess = run.conclusion === 'success'
  const mayBeTold = nowMs - endMs < chainWithinMs
  // What it has handed its work to goes on; and where all of it is to end, it is over when that is, too.
  const isAwaited = also === null ? mayBeTold : !also.isOver
  const isEnding = also?.isOver !== true && (belongs === 'yes' || (belongs === 'unknown' && mayBeTold))
  if (handle.also !== undefined && (isToStop ? isEnding : isSuccess && isAwaited))
    return { kind: 'alive', started, service }
  const exit =
    isToStop && handle.also !== undefined && also?.isOver !== true
      ? exitWithout(handle.also.id, run, belongs)
      : ((isSuccess ? also?.exit : null) ?? exitOfRun(run))
  return { kind: 'over', exit, atMs: endMs, started, service }
}

/** It was to end, and what it has handed its work to goes on, or may. */
function exitWithout(id: string, run: WorkflowRun, belongs: 'yes' | 'no' | 'unknown'): Exit {
  const why =
    belongs === 'no'
      ? 'was submitted before the run was made, and is left alone'
      : 'could not be looked at, and was not cancelled (scancel)'
  const words = `the workflow run ${wordsOfRun(run)}; SLURM job ${id}, which its log names, ${why}`
  return { kind: 'service', by: 'github', state: run.conclusion ?? run.status, words, status: null, verdict: 'failed' }
}

function tellBoth(handle: GithubHandle, run: WorkflowRun, also: Chained | null, isLeft: boolean): RemoteSeen {
  const said = seenOfRun(run)
  if (also === null) return said
  const left = isLeft && !also.isOver ? ', is left alone, for it was submitted before the run was made' : ''
  return {
    ...said,
    words: `${said.words}; SLURM job ${handle.also?.id ?? ''} ${also.words}${left}`,
    facts: { ...also.facts, ...said.facts },
  }
}
