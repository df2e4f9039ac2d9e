// Finished jobs of a folder, summed up in one file so that ten thousand of them are read at once. It is a cache: an entry
// counts only while the job's journal still has the size it had then, and the whole file may be deleted at any time.
import fs from 'node:fs'
import type { Job } from '../../core/jobs/job'
import { build } from '../build'
import { parseCheckedLine, renderCheckedLine, splitLines } from '../checkedLine'
import type { FolderPaths } from '../stateFolder'

export interface FinishedEntry {
  readonly journalBytes: number
  readonly job: Job
}

interface Line extends FinishedEntry {
  readonly v: 1
  readonly build: string
}

/** The entries by job id. Lines that cannot be read are passed over: the jobs themselves are read then. */
export function readFinishedIndex(folder: FolderPaths): ReadonlyMap<string, FinishedEntry> {
  const entries = new Map<string, FinishedEntry>()
  for (const line of splitLines(readBytes(folder.finishedIndex))) {
    const value = parseCheckedLine(line)
    if (isLine(value)) entries.set(value.job.spec.id, value)
  }
  return entries
}

/** Whether an entry still tells the truth: the journal has not changed since. */
export function isCurrent(folder: FolderPaths, { job, journalBytes }: FinishedEntry): boolean {
  return fs.statSync(folder.job(job.spec.id).journal, { throwIfNoEntry: false })?.size === journalBytes
}

/** Adds one finished job. Losing an entry costs a little time later, so nothing is synced. */
export function appendFinished(folder: FolderPaths, entry: FinishedEntry): void {
  const line: Line = { v: 1, build, ...entry }
  try {
    fs.appendFileSync(folder.finishedIndex, renderCheckedLine(line), { mode: 0o600 })
  } catch {
    // Without its entry the job is read from its directory.
  }
}

/** The checksum has vouched for the content. What another build has summed up is read anew: a job may look different now. */
function isLine(value: unknown): value is Line {
  return typeof value === 'object' && value !== null && 'build' in value && value.build === build
}

function readBytes(file: string): Buffer {
  try {
    return fs.readFileSync(file)
  } catch {
    return Buffer.alloc(0) // A cache that cannot be read is none.
  }
}
