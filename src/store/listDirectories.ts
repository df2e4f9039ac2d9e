// The directories in one of ours, by name.
import fs from 'node:fs'
import { asRelayError, errorCode } from './durableFile'

/** Sorted; none where it is not there. Throws RelayError where it cannot be read. */
export function listDirectories(directory: string): string[] {
  try {
    return fs
      .readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort()
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return [] // Nothing of ours was ever put there.
    throw asRelayError(error, 'list', directory)
  }
}
