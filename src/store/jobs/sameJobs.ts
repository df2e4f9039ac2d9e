// Whether what a block asks for runs already, or has run: its identity is the digest of its plan, folder and all. Where a
// job came from is told to people; it does not make the same work another.
import type { Job } from '../../core/jobs/job'
import type { JobId } from '../../core/jobs/jobId'
import { RelayError } from '../../core/relayError'
import { planDigest } from '../approval'
import type { FolderPaths } from '../stateFolder'
import { JobCatalog } from './jobCatalog'
import type { StoredJob } from './jobFiles'

/** Among so many of the newest ended jobs one that did the same is looked for. */
export const recentCount = 100

export interface SameJobs {
  /** Newest first; dry runs run nothing. */
  readonly running: readonly StoredJob[]
  /** The newest that has ended. */
  readonly before: StoredJob | null
}

/** Throws RelayError if the jobs of the folder cannot be listed. */
export function findSameJobs(folder: FolderPaths, digest: string): SameJobs {
  const catalog = new JobCatalog(() => [folder])
  catalog.refresh()
  const [problem] = catalog.problems()
  if (problem !== undefined) throw new RelayError('io', problem)
  const same = [...catalog.live(), ...catalog.ended(0, recentCount)].filter(({ job }) => doesTheSame(job, digest))
  return {
    running: same.filter(({ job }) => job.state.kind !== 'ended'),
    before: same.find(({ job }) => job.state.kind === 'ended') ?? null,
  }
}

export function doesTheSame(job: Job, digest: string): boolean {
  return job.spec.dryRun !== true && askedDigest(job) === digest
}

/** The digest of what was asked for when the job was started, whatever was patched since. */
export function askedDigest({ spec, approval, patch }: Job): string {
  return patch === null && approval !== null ? approval.digest : planDigest(spec.plan)
}

/** Not started: the same runs already, and whoever asked did not know. */
export class SameRunningError extends RelayError {
  constructor(readonly running: readonly JobId[]) {
    super('same_running', `Not started: the same block is running already, as ${running.join(', ')}.`)
  }
}

/** By its code: the bundles of the extension each have a class of their own. */
export function isSameRunning(error: unknown): error is SameRunningError {
  return error instanceof Error && 'code' in error && error.code === 'same_running' && 'running' in error
}
