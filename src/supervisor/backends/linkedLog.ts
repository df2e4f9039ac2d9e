// The log of a job whose output goes to a file of someone else's naming: the job's own log is a link to it, so that everything that
// reads logs reads it. That file may be on a disk that does not answer.
import fs from 'node:fs'
import path from 'node:path'
import { asRelayError, makeDirectory } from '../../store/durableFile'
import type { AttemptPaths } from '../../store/jobPaths'
import { lookPatiently } from '../jobs/patientLook'

/**
 * Whether the log is there, as a link to `file` or otherwise; false also where its disk does not answer. What is no plain file is
 * not linked. Rejects with RelayError.
 */
export async function linkLog(
  { directory, log }: Pick<AttemptPaths, 'directory' | 'log'>,
  file: string,
): Promise<boolean> {
  try {
    if (isThere(log)) return true
    if (!path.isAbsolute(file)) return false
    const answer = await lookPatiently(`link ${file}`, () => isPlainFile(file))
    if (answer.kind === 'silent' || !answer.value) return false
    makeDirectory(directory)
    if (!isThere(log)) fs.symlinkSync(file, log)
    return true
  } catch (error) {
    throw asRelayError(error, 'link', log)
  }
}

/** Of the link itself, which is ours. */
function isThere(log: string): boolean {
  return fs.lstatSync(log, { throwIfNoEntry: false }) !== undefined
}

async function isPlainFile(file: string): Promise<boolean> {
  try {
    return (await fs.promises.stat(file)).isFile()
  } catch {
    return false // Not there yet, or not to be read.
  }
}
