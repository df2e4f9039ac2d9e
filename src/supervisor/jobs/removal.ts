// Deleting an ended job with its follow-ups. A directory is renamed away first, so that a crash leaves it whole or gone.
import fs from 'node:fs'
import path from 'node:path'
import { shownState } from '../../core/jobs/describeJob'
import type { Job } from '../../core/jobs/job'
import type { JobId } from '../../core/jobs/jobId'
import { RelayError } from '../../core/relayError'
import { readJob, tryReadJob } from '../../store/jobs/jobFiles'
import type { FolderPaths } from '../../store/stateFolder'
import type { Logger } from '../logger'

/** The live jobs of a supervisor, as far as a removal is concerned. */
export interface LiveJobs {
  job(id: JobId): Job | null
  letGo(id: JobId): void
}

/** Throws RelayError `not_ended` while the job or one of its follow-ups is live; then nothing is removed. */
export function removeJob(folder: FolderPaths, jobId: JobId, live: LiveJobs, log: Logger): void {
  // The job itself goes last: as long as it is there, this can be asked again.
  const family = [...followUpsOf(folder, jobId), jobId]
  for (const id of family) {
    const job = live.job(id) ?? readJob(folder, id)?.job
    if (job !== undefined && job.state.kind !== 'ended')
      throw new RelayError('not_ended', `Job ${id} is ${shownState(job)}: stop it before you remove ${jobId}.`)
  }
  for (const id of family) {
    live.letGo(id)
    fs.renameSync(folder.job(id).directory, path.join(folder.directory, `removed-${id}`))
  }
  finishRemovals(folder, log)
  fs.writeFileSync(folder.changed, '')
}

/** What is in the way (a file that is still open on a network disk) is tried again by the next supervisor. */
export function finishRemovals(folder: FolderPaths, log: Logger): void {
  for (const name of fs.readdirSync(folder.directory)) {
    if (!name.startsWith('removed-')) continue
    try {
      fs.rmSync(path.join(folder.directory, name), { recursive: true, force: true })
    } catch (error) {
      log(`${name} could not be removed yet: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

function followUpsOf(folder: FolderPaths, jobId: JobId): JobId[] {
  return folder.listJobs().flatMap((name) => {
    const stored = name.startsWith(`${jobId}-f`) ? tryReadJob(folder, name) : null
    return stored !== null && 'job' in stored ? [stored.job.spec.id] : []
  })
}
