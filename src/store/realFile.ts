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

/**
 * Makes the directory of `file` where it is missing, inside of `folder` only. Throws RelayError if that leads out of it, or cannot be.
 */
export function makeParentWithin(file: string, folder: string): void {
  const missing: string[] = []
  let directory = path.dirname(file)
  try {
    while (fs.lstatSync(directory, { throwIfNoEntry: false }) === undefined && directory !== path.dirname(directory)) {
      missing.push(directory)
      directory = path.dirname(directory)
    }
    const relative = path.relative(fs.realpathSync(folder), fs.realpathSync(directory))
    if (relative.startsWith('..') || path.isAbsolute(relative))
      throw new RelayError('outside', `Cannot create ${path.dirname(file)}: it is not in the workspace.`)
    if (!fs.statSync(directory).isDirectory())
      throw new RelayError('not_directory', `Cannot create ${file}: ${directory} is no directory.`)
    for (const one of missing.reverse()) fs.mkdirSync(one)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw asRelayError(error, 'create', path.dirname(file))
  }
}

/** The same as `realFileWithin` without a folder; throws what Node throws. */
export function realPathOfFile(file: string): string {
  try {
    return fs.realpathSync(file)
  } catch (error) {
    // A link that leads nowhere is a link, too.
    if (errorCode(error) !== 'ENOENT' || fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined) throw error
    return path.join(fs.realpathSync(path.dirname(file)), path.basename(file))
  }
}
