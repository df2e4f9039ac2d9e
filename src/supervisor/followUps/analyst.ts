// The built-in analyst: a follow-up that needs no account. It runs as the command of a job and prints its report.
import path from 'node:path'
import { analyse } from '../../core/followUps/analyse'
import { renderDoneParts } from '../../core/experiments/renderExperiment'
import type { JobFacts } from '../../core/followUps/evidence'
import { renderReport } from '../../core/followUps/renderReport'
import { type Exit, renderExit } from '../../core/jobs/exit'
import type { JobId } from '../../core/jobs/jobId'
import { currentAttempt, type JobState } from '../../core/jobs/job'
import { RelayError } from '../../core/relayError'
import { JobStore } from '../../store/jobs/jobStore'
import type { StateFolder } from '../../store/stateFolder'
import { readEvidence } from './readEvidence'

/** The report that the follow-up `followUpId` was created for. Throws RelayError if there is nothing to report on. */
export async function report(state: StateFolder, followUpId: JobId): Promise<string> {
  const store = new JobStore(state)
  const work = store.read(followUpId)?.job.spec.plan.work
  if (work?.kind !== 'agent' || work.about === null)
    throw new RelayError('no_such_job', `There is no follow-up ${followUpId}.`)
  const { jobId } = work.about
  // As it was then: by now somebody may have started it again.
  const stored = store.read(jobId, work.about.attempt)
  if (stored === null) throw new RelayError('no_such_job', `There is no job ${jobId} to analyse.`)
  const { job, paths } = stored
  if (job.state.kind !== 'ended')
    throw new RelayError('not_ended', `Job ${jobId} has not ended: there is nothing to analyse yet.`)
  const attempt = currentAttempt(job)
  const { plan, description } = job.spec
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
    logPath: paths.attempt(job.attempt).log,
    requiredFiles: job.state.files,
    leftBehind: attempt?.ending?.leftBehind ?? [],
    alreadyDone: renderDoneParts(job.parts),
  }
  const results = plan.watch.requireFiles.map((file) => path.resolve(plan.cwd, file))
  return renderReport(analyse(await readEvidence(facts, work.task, results)))
}

/** A success, and a failure that is nothing but its exit, need no reason beside the exit. */
function tellsMoreThanExit({ outcome, reason }: Extract<JobState, { kind: 'ended' }>, exit: Exit | null): boolean {
  if (outcome === 'succeeded') return false
  return exit === null || reason.toLowerCase() !== `${renderExit(exit).toLowerCase()}.`
}
