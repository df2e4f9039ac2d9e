// Takes up the jobs that are on disk, where their journals stand. Trouble that may pass is tried again, for nobody else will, and trouble with one
// job or folder keeps no other from being looked after.
import { pendingEdits } from '../core/jobs/owed'
import { type JobId, jobIdSchema } from '../core/jobs/jobId'
import { isPassing, RelayError } from '../core/relayError'
import { isCurrent, readFinishedIndex } from '../store/jobs/finishedIndex'
import { readJob, type StoredJob } from '../store/jobs/jobFiles'
import type { FolderPaths, StateFolder } from '../store/stateFolder'
import type { DocumentEditor } from './documents/documentEditor'
import { partEdits } from './experiments/doRunPart'
import type { LiveJob } from './jobs/liveJob'
import { finishRemovals } from './jobs/removal'
import type { Logger } from './logger'

const folderRetryMs = 10_000
const jobRetryMs = 1_000

export interface AdoptionOptions {
  readonly state: StateFolder
  readonly live: Map<JobId, LiveJob>
  readonly editor: DocumentEditor
  readonly log: Logger
  readonly open: (stored: StoredJob, folder: FolderPaths) => LiveJob
  /** The jobs of a folder are known by now. */
  readonly onFolder: (folder: FolderPaths) => void
  readonly onTakenUp: () => void
  /** What was put off is tried again. */
  readonly onRetry: () => void
}

export class Adoption {
  /** Jobs and folders that could not be taken up because of trouble that may pass. */
  readonly putOff = new Set<string>()
  private isClosed = false

  constructor(private readonly options: AdoptionOptions) {}

  close(): void {
    this.isClosed = true
  }

  /** All jobs of this host that are not over. */
  takeUpAll(): void {
    for (const folder of this.options.state.listFolders()) this.takeUpFolder(folder)
  }

  /** A job that is on disk. */
  takeUp(folder: FolderPaths, id: JobId): void {
    const { log, onRetry } = this.options
    if (this.putOff.delete(id)) onRetry()
    if (this.isClosed) return
    try {
      const stored = readJob(folder, id)
      if (stored !== null) this.adopt(stored, folder)
    } catch (error) {
      if (!(error instanceof RelayError)) throw error
      log(`job ${id} was ${isPassing(error) ? 'put off' : 'passed over'}: ${error.message}`)
      if (!isPassing(error)) return
      this.putOff.add(id)
      setTimeout(() => this.takeUp(folder, id), jobRetryMs)
    }
  }

  /** Whether the follow-up is there; whoever created it may have been kept from looking after it. Throws RelayError. */
  takeUpFollowUp(folder: FolderPaths, id: JobId): boolean {
    try {
      const stored = readJob(folder, id)
      if (stored === null || stored.job.approval === null) return false
      this.adopt(stored, folder)
      return true
    } catch (error) {
      // One that can never be read was there once: it is not started again.
      if (error instanceof RelayError && !isPassing(error)) return true
      throw error
    }
  }

  private takeUpFolder(folder: FolderPaths): void {
    const { log, onRetry } = this.options
    if (this.putOff.delete(folder.key)) onRetry()
    if (this.isClosed) return
    try {
      this.takeUpJobsOf(folder)
    } catch (error) {
      log(`the folder ${folder.key} was put off: ${error instanceof Error ? error.message : String(error)}`)
      this.putOff.add(folder.key)
      setTimeout(() => this.takeUpFolder(folder), folderRetryMs)
    }
  }

  private takeUpJobsOf(folder: FolderPaths): void {
    const { editor, live, log, onFolder } = this.options
    finishRemovals(folder, log)
    const finished = readFinishedIndex(folder)
    for (const name of folder.listJobs()) {
      const entry = finished.get(name)
      if (entry !== undefined && isCurrent(folder, entry)) continue
      const id = jobIdSchema.safeParse(name)
      if (id.success) this.takeUp(folder, id.data)
    }
    editor.removeLeftovers(
      folder,
      [...live.values()].flatMap(({ job }) => [...pendingEdits(job), ...partEdits(job)]),
    )
    onFolder(folder)
  }

  private adopt(stored: StoredJob, folder: FolderPaths): void {
    const { live, open, onTakenUp, state } = this.options
    const { id, host } = stored.job.spec
    // A job that is not approved was cut off while it was created: its request is still in the inbox.
    if (stored.job.state.kind === 'requested') return
    if (stored.newer || host !== state.host || live.has(id)) return
    const job = open(stored, folder)
    live.set(id, job)
    onTakenUp()
    job.step()
  }
}
