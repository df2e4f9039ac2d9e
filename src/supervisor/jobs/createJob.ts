// Bringing a job into the world. Every step can be repeated, so that a crash in the middle is healed by asking again.
import path from 'node:path'
import type { Approval } from '../../core/jobs/event'
import type { JobSpec } from '../../core/jobs/spec'
import { bootId } from '../../store/processIdentity'
import { makeDirectory, syncDirectory, writeDurably } from '../../store/durableFile'
import { recordFolderPath } from '../../store/folderRecord'
import { renderEnvironment, renderSpec } from '../../store/jobs/jobFiles'
import { JournalWriter } from '../../store/journal'
import type { FolderPaths } from '../../store/stateFolder'

/**
 * Makes the job's directory, environment, spec and first journal lines durable; a job that is already there is left as
 * it is. Throws RelayError.
 */
export function createJob(
  folder: FolderPaths,
  spec: JobSpec,
  approval: Approval,
  env: Readonly<Record<string, string>>,
): void {
  const paths = folder.job(spec.id)
  const { writer, content } = JournalWriter.open(paths.journal, bootId())
  if (content.events.some(({ event }) => event.type === 'approved')) return
  keepEnvironment(folder, spec, 1, env)
  writeDurably(paths.spec, renderSpec(spec))
  writer.append([{ type: 'requested' }, { type: 'approved', approval }], Date.now())
  recordFolderPath(folder, spec.folder)
  syncDirectory(folder.jobs)
  syncDirectory(folder.directory)
  syncDirectory(path.dirname(folder.directory))
}

/** Keeps the submitter's environment for one attempt. Throws RelayError. */
export function keepEnvironment(
  folder: FolderPaths,
  spec: JobSpec,
  attempt: number,
  env: Readonly<Record<string, string>>,
): void {
  const paths = folder.job(spec.id).attempt(attempt)
  makeDirectory(paths.directory)
  writeDurably(paths.env, renderEnvironment(env))
}
