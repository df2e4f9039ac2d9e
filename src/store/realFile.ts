// Where a document really lies: what is asked to be edited in a folder must not be a link that leads out of it.
import fs from 'node:fs'
import path from 'node:path'
import { RelayError } from '../core/relayError'
import { asRelayError, errorCode } from './durableFile'

/** The real path of `file`, which may not exist yet (its directory must). Throws RelayError if it is not in `folder`. */
export function realFileWithin(file: string, folder: string): string {
  try {
    const real = realPathOfFile(file)
    const relative = path.relative(fs.realpathSync(folder), real)
    if (relative.startsWith('..') || path.isAbsolute(relative))
      throw new RelayError('outside', `Cannot append to ${file}: it is a link that leads out of the workspace.`)
    return real
  } catch (error) {
    throw asRelayError(error, 'append to', file)
  }
}

/** The same without a folder; throws what Node throws. */
export function realPathOfFile(file: string): string {
  try {
    return fs.realpathSync(file)
  } catch (error) {
    // A link that leads nowhere is a link, too.
    if (errorCode(error) !== 'ENOENT' || fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined) throw error
    return path.join(fs.realpathSync(path.dirname(file)), path.basename(file))
  }
}
