// One job, read from its directory.
import fs from 'node:fs'
import { initialJob, type Job, reduce } from '../../core/jobs/job'
import { type JobId, jobIdSchema } from '../../core/jobs/jobId'
import { jobSpecSchema, type JobSpec } from '../../core/jobs/spec'
import { RelayError } from '../../core/relayError'
import { parseCheckedLine, renderCheckedLine } from '../checkedLine'
import { readIfExists } from '../durableFile'
import { readJournal } from '../journal'
import type { JobPaths } from '../jobPaths'
import type { FolderPaths } from '../stateFolder'

/** A job as it can be read now. `problems` says in sentences what could not be read. */
export interface StoredJob {
  readonly job: Job
  readonly paths: JobPaths
  /** Written by a newer version: show it, do not act on it. */
  readonly newer: boolean
  readonly problems: readonly string[]
}

/** A directory among the jobs that cannot be read as one. */
export interface UnreadableJob {
  readonly id: string
  readonly paths: JobPaths
  readonly problem: string
}

/**
 * Reads one job. Null: there is no such job (or not yet: it is being created). With `attempt`, the job as it was when
 * that attempt had just ended. Throws RelayError.
 */
export function readJob(folder: FolderPaths, id: JobId, attempt?: number): StoredJob | null {
  const paths = folder.job(id)
  const spec = readSpec(paths, id)
  if (spec === null) return null
  const content = readJournal(paths.journal)
  const end = content.events.findIndex(({ event }) => event.type === 'ended' && event.attempt === attempt)
  // What was done after its end belongs to it.
  const after = content.events
    .slice(end + 1)
    .filter(({ event }) => event.type === 'part_done' && event.attempt === attempt)
  const events = end < 0 ? content.events : [...content.events.slice(0, end + 1), ...after]
  const job = events.reduce(reduce, initialJob(spec))
  return { job, paths, newer: content.newer, problems: content.problems }
}

/** As `readJob`, with trouble as data: for lists, where one bad job must not hide the others. */
export function tryReadJob(folder: FolderPaths, name: string): StoredJob | UnreadableJob | null {
  const id = jobIdSchema.safeParse(name)
  if (!id.success) return null // Not a directory of ours; left alone.
  try {
    return readJob(folder, id.data)
  } catch (error) {
    if (error instanceof RelayError) return { id: id.data, paths: folder.job(id.data), problem: error.message }
    throw error
  }
}

function readSpec(paths: JobPaths, id: JobId): JobSpec | null {
  const text = readIfExists(paths.spec)
  if (text === null) return null
  const spec = jobSpecSchema.safeParse(parseCheckedLine(Buffer.from(text.trimEnd())))
  if (!spec.success)
    throw new RelayError(
      'spec_corrupt',
      `Cannot read ${paths.spec}: it is damaged. It is kept as it is; job ${id} cannot go on.`,
    )
  if (spec.data.id !== id)
    throw new RelayError('spec_foreign', `Cannot use ${paths.spec}: it says it is job ${spec.data.id}.`)
  return spec.data
}

/** The bytes of `spec.json`. */
export function renderSpec(spec: JobSpec): string {
  return renderCheckedLine(spec)
}

/** The environment kept for an attempt, or null if it was deleted. */
export function readEnvironment(paths: JobPaths, attempt: number): Record<string, string> | null {
  return readEnvironmentFile(paths.attempt(attempt).env)
}

/** As `renderEnvironment` wrote it; null if the file is not there. */
export function readEnvironmentFile(file: string): Record<string, string> | null {
  const text = readIfExists(file)
  if (text === null) return null
  const pairs = text.split('\0').filter((pair) => pair.indexOf('=') > 0)
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
}

export function renderEnvironment(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}=${value}`)
    .join('\0')
}

/** Size of a file in bytes, 0 if it is not there. */
export function fileSize(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
