// Changing a part of a document of the user's in its file: read, edit, compare, replace in one step. Whoever reads meanwhile
// sees the old file or the new one, and a change that somebody makes meanwhile is not lost.
import fs from 'node:fs'
import path from 'node:path'
import { RelayError } from '../../core/relayError'
import { asRelayError, errorCode, syncDirectory } from '../durableFile'
import { realFileWithin } from '../realFile'

/** How often somebody else may be quicker. */
const maxTries = 20

/** `after` null: nothing is to be changed. `problem`: what could not be done, a sentence. */
export interface FileChange {
  readonly after: Buffer | null
  readonly problem: string | null
}

/**
 * Brings `file`, which must lie in `folder` (symlinks resolved), from what it holds to what `change` makes of it; null if
 * there is none. Returns the problem of the change. Throws RelayError; then the file is as it was.
 */
export function replaceInFile(
  file: string,
  folder: string,
  largestBytes: number,
  change: (before: Buffer | null) => FileChange,
): string | null {
  try {
    const real = realFileWithin(file, folder)
    for (let tries = 0; tries < maxTries; tries++) {
      const before = read(real, file, largestBytes)
      const { after, problem } = change(before)
      if (after === null || replace(real, before, after, largestBytes)) return problem
    }
    throw new RelayError('io', `Cannot write ${file} just now: somebody else changes it all the time.`)
  } catch (error) {
    throw asRelayError(error, 'write', file)
  }
}

/** Null if there is none. */
function read(real: string, file: string, largestBytes: number): Buffer | null {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = fs.constants
  let fd: number
  try {
    fd = fs.openSync(real, O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
  try {
    const stat = fs.fstatSync(fd)
    if (!stat.isFile()) throw new RelayError('not_a_file', `Cannot write ${file}: it is not a file.`)
    if (stat.size > largestBytes)
      throw new RelayError('too_large', `Cannot write ${file}: it has ${stat.size} bytes, more than ${largestBytes}.`)
    return fs.readFileSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** False if the file is not `before` any more. */
function replace(real: string, before: Buffer | null, after: Buffer, largestBytes: number): boolean {
  const temporary = path.join(path.dirname(real), `.${path.basename(real)}.relay-${process.pid}`)
  try {
    const mode = before === null ? 0o644 : fs.statSync(real).mode & 0o777
    // Whoever may not write the file may not replace it either.
    if (before !== null) fs.accessSync(real, fs.constants.W_OK)
    fs.rmSync(temporary, { force: true })
    const fd = fs.openSync(temporary, 'wx', mode)
    try {
      fs.writeFileSync(fd, after)
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
    const now = read(real, real, largestBytes)
    const isSame = before === null ? now === null : now?.equals(before) === true
    if (!isSame) return false
    fs.renameSync(temporary, real)
    syncDirectory(path.dirname(real))
    return true
  } finally {
    fs.rmSync(temporary, { force: true })
  }
}
