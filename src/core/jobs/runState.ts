// The state file of a run with a smoke stage: how far it has come, in the words that readers of the deployed relay's runner
// know (`success`, `blocked_smoke_failed_exit`, …), and a few more for what that one could not tell.
import type { FileFinding } from './fileFinding'
import { currentAttempt, type Job, lastStage } from './job'
import { goodStatus } from './planSupervisor'

interface Phase {
  readonly name: string
  readonly command: string
  readonly status: string
  readonly started_at: string | null
  readonly finished_at: string | null
  readonly exit_code: number | null
  readonly required_files: readonly string[]
  readonly missing_files: readonly string[]
}

export interface RunState {
  readonly run_id: string
  readonly status: string
  readonly job_id: string
  readonly attempt: number
  readonly created_at: string
  readonly updated_at: string
  readonly cwd: string
  /** Nothing is deleted, whatever the block says. */
  readonly cleanup_smoke_policy: 'keep_all'
  readonly phases: readonly Phase[]
}

/** What the state file is to say now, or null for a job that has none or was never started. */
export function tellRunState(job: Job): RunState | null {
  const { spec } = job
  const { runState, cwd } = spec.plan
  const attempt = currentAttempt(job)
  if (runState === undefined || attempt === null || attempt.startedAtMs === null) return null
  const reached = attempt.passed.length
  const phases = Array.from({ length: Math.min(reached, lastStage(spec)) + 1 }, (_, stage) => tellPhase(job, stage))
  return {
    run_id: runState.runId,
    status: tellStatus(job, phases.at(-1)),
    job_id: spec.id,
    attempt: attempt.number,
    created_at: iso(attempt.startedAtMs),
    updated_at: iso(job.updatedAtMs),
    cwd,
    cleanup_smoke_policy: 'keep_all',
    phases,
  }
}

function tellStatus({ state }: Job, last: Phase | undefined): string {
  if (state.kind !== 'ended') return 'running'
  if (state.outcome === 'succeeded') return goodStatus
  if (state.outcome === 'stopped' || state.outcome === 'lost') return state.outcome
  const why = last?.status === 'failed_missing_artifacts' ? 'missing_artifacts' : 'failed_exit'
  return `blocked_${last?.name ?? 'full'}_${why}`
}

function tellPhase(job: Job, stage: number): Phase {
  const { spec, state } = job
  const attempt = currentAttempt(job)
  const early = spec.plan.stages?.[stage]
  const required = early?.requireFiles ?? spec.plan.watch.requireFiles
  const passed = attempt?.passed.find((one) => one.stage === stage)
  const before = stage === 0 ? attempt?.startedAtMs : attempt?.passed.find((one) => one.stage === stage - 1)?.atMs
  const base = {
    name: early?.name ?? 'full',
    command: early?.command ?? (spec.plan.work.kind === 'command' ? spec.plan.work.command : ''),
    started_at: before === null || before === undefined ? null : iso(before),
    required_files: required,
  }
  if (passed !== undefined)
    return { ...base, status: 'passed', finished_at: iso(passed.atMs), exit_code: 0, missing_files: [] }
  const ending = attempt?.ending ?? null
  const exit = ending?.exit
  const code = exit?.kind === 'code' ? exit.code : exit?.kind === 'signal' ? exit.status : null
  const files: readonly FileFinding[] = state.kind === 'ended' ? state.files : []
  const missing = files.filter((file) => file.state !== 'ready').map(({ path }) => path)
  return {
    ...base,
    status:
      state.kind !== 'ended'
        ? 'running'
        : state.outcome === 'succeeded'
          ? 'passed'
          : code === 0 && missing.length > 0
            ? 'failed_missing_artifacts'
            : 'failed_exit',
    finished_at: state.kind === 'ended' ? iso(ending?.atMs ?? state.atMs) : null,
    exit_code: code,
    missing_files: missing,
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
