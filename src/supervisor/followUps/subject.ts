// The job that a follow-up is about, as it was when the attempt had just ended: by now somebody may have started it again.
import path from 'node:path'
import { renderDoneParts } from '../../core/experiments/renderExperiment'
import { type Analysis, analyse } from '../../core/followUps/analyse'
import type { JobFacts } from '../../core/followUps/evidence'
import { type Exit, renderExit } from '../../core/jobs/exit'
import { currentAttempt, type Job, type JobState, planOf } from '../../core/jobs/job'
import type { JobId } from '../../core/jobs/jobId'
import { RelayError } from '../../core/relayError'
import type { JobStore } from '../../store/jobs/jobStore'
import { readEvidence } from './readEvidence'

export interface Subject {
  readonly job: Job
  readonly analysis: Analysis
  /** Absolute. */
  readonly log: string
}

/** Throws RelayError if there is nothing to report on. */
export async function readSubject(
  store: JobStore,
  about: { readonly jobId: JobId; readonly attempt: number },
  task: string,
): Promise<Subject> {
  const { jobId } = about
  const stored = store.read(jobId, about.attempt)
  if (stored === null) throw new RelayError('no_such_job', `There is no job ${jobId} to analyse.`)
  const { job, paths } = stored
  if (job.state.kind !== 'ended')
    throw new RelayError('not_ended', `Job ${jobId} has not ended: there is nothing to analyse yet.`)
  const attempt = currentAttempt(job)
  const { description } = job.spec
  const plan = planOf(job)
  const log = paths.attempt(job.attempt).log
  const facts: JobFacts = {
    id: jobId,
    description,
    command: plan.work.kind === 'command' ? plan.work.command : plan.work.task,
    cwd: plan.cwd,
    outcome: job.state.outcome,
    reason: tellsMoreThanExit(job.state, attempt?.ending?.exit ?? null) ? job.state.reason : null,
    exit: attempt?.ending?.exit ?? null,
    startedAtMs: attempt?.startedAtMs ?? null,
    endedAtMs: attempt?.ending?.atMs ?? job.state.atMs,
    attempt: job.attempt,
    logPath: log,
    requiredFiles: job.state.files,
    leftBehind: attempt?.ending?.leftBehind ?? [],
    alreadyDone: renderDoneParts(job.parts),
  }
  const results = plan.watch.requireFiles.map((file) => path.resolve(plan.cwd, file))
  return { job, log, analysis: analyse(await readEvidence(facts, task, results)) }
}

/** A success, and a failure that is nothing but its exit, need no reason beside the exit. */
function tellsMoreThanExit({ outcome, reason }: Extract<JobState, { kind: 'ended' }>, exit: Exit | null): boolean {
  if (outcome === 'succeeded') return false
  return exit === null || reason.toLowerCase() !== `${renderExit(exit).toLowerCase()}.`
}
