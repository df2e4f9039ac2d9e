// The log of a job whose output goes to a file of someone else's naming: the job's own log is a link to it, so that everything that
// reads logs reads it.
import fs from 'node:fs'
import path from 'node:path'
import { asRelayError, makeDirectory } from '../../store/durableFile'
import type { AttemptPaths } from '../../store/stateFolder'

/** Whether the log is there, as a link to `file` or otherwise. What is no plain file is not linked. Throws RelayError. */
export function linkLog({ directory, log }: Pick<AttemptPaths, 'directory' | 'log'>, file: string): boolean {
  try {
    if (fs.lstatSync(log, { throwIfNoEntry: false }) !== undefined) return true
    if (!path.isAbsolute(file) || fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false
    makeDirectory(directory)
    fs.symlinkSync(file, log)
    return true
  } catch (error) {
    throw asRelayError(error, 'link', log)
  }
}
