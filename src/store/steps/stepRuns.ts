// The runs of steps in one folder, as views show them.
import type { Job } from '../../core/jobs/job'
import type { JobId } from '../../core/jobs/jobId'
import type { StepRunView } from '../../core/steps/stepView'
import type { FolderPaths } from '../stateFolder'

export class StepRuns {
  constructor(private readonly folder: FolderPaths) {}

  /** The newest run of each step. */
  read(jobOf: (id: JobId) => Job | null): {
    readonly newest: ReadonlyMap<number, StepRunView>
    readonly problems: readonly string[]
  } {
    void jobOf
    void this.folder
    return { newest: new Map(), problems: [] }
  }
}
