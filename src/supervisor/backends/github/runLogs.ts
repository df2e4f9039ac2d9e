// Logs of workflow runs: that of a run becomes that of its job, and tells the SLURM job that the run has submitted.
import fs from 'node:fs'
import { findSlurmId, isRunOver, parseEndedJobs, type WorkflowRun } from '../../../core/backends/github/runs'
import type { SlurmHandle } from '../../../core/jobs/handle'
import { makeDirectory } from '../../../store/durableFile'
import type { AttemptRef } from '../backend'
import type { Entry } from './entry'
import type { Repository } from './repository'

/** Of the log of a failed step so much is kept: its end. */
const maxLogBytes = 4 * 1024 * 1024
const logTries = 5

export class RunLogs {
  constructor(private readonly repository: Repository) {}

  /** Its log becomes that of the job: of a failed run that of the failed steps. True when there is nothing more to wait for. */
  async fetch(entry: Entry, run: WorkflowRun): Promise<boolean> {
    entry.logTries += 1
    const which = run.conclusion === 'success' ? '--log' : '--log-failed'
    const text = await this.logOf(run.id, which)
    if (text === null && entry.logTries < logTries) return false
    entry.hasLog = true
    writeLog(entry.ref, text ?? 'relay: GitHub has no log of this run\n')
    return true
  }

  private logOf(runId: string, which: string): Promise<string | null> {
    return this.repository.read(['run', 'view', runId, '--repo', this.repository.name, which])
  }

  /** Looks in its logs for the SLURM job that it has submitted; false: the run is over, and they could not be had yet. */
  async follow(entry: Entry, run: WorkflowRun, host: string | undefined): Promise<boolean> {
    const { handle } = entry
    if (handle === null || handle.also !== undefined) return true
    const id = isRunOver(run) ? await this.findInRun(entry, run) : await this.findInJobs(entry, run)
    if (id === undefined) return false
    if (id !== null) {
      const also: SlurmHandle = { kind: 'slurm', id, ...(host === undefined ? {} : { host }) }
      entry.handle = { ...handle, also }
    }
    return true
  }

  /** Undefined: its log cannot be had yet. */
  private async findInRun(entry: Entry, run: WorkflowRun): Promise<string | null | undefined> {
    const text = await this.logOf(run.id, '--log')
    entry.chainTries += 1
    if (text === null) return entry.chainTries < logTries ? undefined : null
    return findSlurmId(text)
  }

  /** gh has the log of a run only when all of it is over; GitHub has that of each job when that is. */
  private async findInJobs(entry: Entry, run: WorkflowRun): Promise<string | null> {
    const at = `repos/${this.repository.name}/actions`
    const listed = await this.repository.read(['api', `${at}/runs/${run.id}/jobs?per_page=100`])
    if (listed === null) return null
    for (const job of parseEndedJobs(listed).filter((one) => !entry.searched.has(one))) {
      const text = await this.repository.read(['api', `${at}/jobs/${job}/logs`])
      if (text === null) continue
      entry.searched.add(job)
      const id = findSlurmId(text)
      if (id !== null) return id
    }
    return null
  }
}

/** Where the log is a link to that of a SLURM job, it stays that. */
function writeLog({ paths }: AttemptRef, text: string): void {
  const bytes = Buffer.from(text)
  const end = bytes.subarray(Math.max(0, bytes.length - maxLogBytes))
  makeDirectory(paths.directory)
  const isLink = fs.lstatSync(paths.log, { throwIfNoEntry: false })?.isSymbolicLink() === true
  fs.writeFileSync(isLink ? `${paths.directory}/workflow.log` : paths.log, end, { mode: 0o600 })
}
