// The work after a run: each part can be done again, so that a crash in the middle is healed by doing it once more.
import type { RunPart } from '../../core/experiments/runParts'
import type { Job } from '../../core/jobs/job'

/** Does one part. What cannot be done comes back as a `problem`; trouble that passes is thrown, to be tried again. */
export function doRunPart(_job: Job, part: RunPart): Promise<{ detail: string; problem: string | null }> {
  return Promise.resolve({ detail: '', problem: `The part “${part}” is not there yet.` })
}
