// What the journal of a job says of it where something else ran it: a scheduler, a service.
import { renderHandle } from '../../core/jobs/handle'
import { currentAttempt, type Job } from '../../core/jobs/job'
import type { SchedulerWord } from '../../core/tracking/diagnose'
import type { Resources } from '../../core/tracking/relaunch'

/** Its exit may be that of its own record; what the service has said last is told beside it. */
export function schedulerWord(job: Job): SchedulerWord | null {
  const exit = currentAttempt(job)?.ending?.exit
  if (exit?.kind === 'service') return { state: exit.state, reason: exit.words }
  const seen = job.remote?.seen
  return seen === undefined || seen === null ? null : { state: seen.state, reason: seen.words }
}

/** What it was given, as the scheduler says; null where it does not. */
export function resourcesOf({ remote }: Job): Resources {
  const facts = remote?.seen?.facts
  return {
    memoryMb: facts?.askedMemoryBytes === undefined ? null : Math.round(facts.askedMemoryBytes / (1024 * 1024)),
    timeSec: facts?.limitSec ?? null,
  }
}

/** `SLURM job 17 on sherlock`. */
export function knownAs({ remote }: Job): string | null {
  const handle = remote?.handle ?? null
  return handle === null ? null : renderHandle(handle).slice(0, 200)
}
