// Writing that survives a power cut. Whoever returns from here may tell others that the bytes are there.
import fs from 'node:fs'
import path from 'node:path'
import { RelayError } from '../core/relayError'

/**
 * Puts `data` at `file` in one step: readers see the old file or the whole new one. Mode 0600.
 * Throws RelayError (`disk_full`, `permission`, `io`) and leaves the old file as it was.
 */
export function writeDurably(file: string, data: string | Uint8Array): void {
  const temporary = `${file}.${process.pid}.tmp`
  try {
    const fd = fs.openSync(temporary, 'w', 0o600)
    try {
      fs.writeFileSync(fd, data)
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
    fs.renameSync(temporary, file)
    syncDirectory(path.dirname(file))
  } catch (error) {
    fs.rmSync(temporary, { force: true })
    throw asRelayError(error, 'write', file)
  }
}

/** Makes a directory of ours, with those above it, for us alone. Throws RelayError. */
export function makeDirectory(directory: string): void {
  try {
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 })
  } catch (error) {
    // Node answers ENOENT when making one of the directories above failed for any reason.
    if (errorCode(error) === 'ENOENT') throw new RelayError('io', `Cannot create ${directory} just now.`)
    throw asRelayError(error, 'create', directory)
  }
}

/** Makes creations, renames and removals in a directory durable. Some file systems refuse; there it is not needed. */
export function syncDirectory(directory: string): void {
  let fd: number
  try {
    fd = fs.openSync(directory, 'r')
  } catch {
    return // Gone, or not readable as a file: nothing of ours to make durable.
  }
  try {
    fs.fsyncSync(fd)
  } catch (error) {
    if (errorCode(error) !== 'EINVAL') throw asRelayError(error, 'sync', directory)
  } finally {
    fs.closeSync(fd)
  }
}

/** The text of a small file, or null if there is none. Other errors are thrown as RelayError. */
export function readIfExists(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw asRelayError(error, 'read', file)
  }
}

export function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

/** A file-system error as a sentence that names the file, the act and the cause. */
export function asRelayError(error: unknown, act: string, file: string): RelayError {
  if (error instanceof RelayError) return error
  const code = errorCode(error)
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new RelayError('disk_full', `Cannot ${act} ${file}: the disk or your quota is full. Free some space.`)
    case 'EACCES':
    case 'EPERM':
      return new RelayError('permission', `Cannot ${act} ${file}: permission denied.`)
    case 'EROFS':
      return new RelayError('read_only', `Cannot ${act} ${file}: the file system is read-only.`)
    case 'ENOENT':
      return new RelayError('not_found', `Cannot ${act} ${file}: no such file or directory.`)
    case 'EISDIR':
      return new RelayError('not_a_file', `Cannot ${act} ${file}: it is a directory.`)
    case 'EIO':
    case 'ESTALE':
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOMEM':
    case 'EAGAIN':
    case 'EBUSY':
    case 'EINTR':
      return new RelayError('io', `Cannot ${act} ${file} just now: ${describeError(error)}.`)
    default:
      return new RelayError('file_system', `Cannot ${act} ${file}: ${describeError(error)}.`)
  }
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
