// One supervisor per host: an exclusive lock that the operating system releases when its holder dies, however it dies.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { RelayError } from '../core/relayError'
import { asRelayError, errorCode } from './durableFile'

export interface Lock {
  /** Lets go of it. Others may hold it before this returns. */
  release(): void
}

/** macOS open(2): take an exclusive flock while opening. */
const O_EXLOCK = 0x20

/**
 * The lock, or null if somebody holds it. Never waits. Throws RelayError `lock_unsupported` where locks do not work.
 *
 * Linux has no lock in Node's own library, so flock(1) locks our descriptor: the lock belongs to the open file, not to
 * the process that asked for it. Node closes descriptors in its children, so no child keeps it.
 */
export function acquireLock(file: string): Lock | null {
  if (process.platform === 'darwin') return acquireByOpening(file)
  let fd: number
  try {
    fd = fs.openSync(file, 'a', 0o600)
  } catch (error) {
    throw asRelayError(error, 'open the lock', file)
  }
  const result = spawnSync('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'pipe', fd], timeout: 10_000 })
  if (result.status === 0) return { release: () => fs.closeSync(fd) }
  fs.closeSync(fd)
  // Without the program there is no output either.
  const why = result.error === undefined ? result.stderr.toString().trim() : result.error.message
  if (result.status === 1 && why === '') return null
  if (isTransient(result.error)) throw new RelayError('io', `Cannot lock ${file} just now: ${why}.`)
  throw new RelayError(
    'lock_unsupported',
    `Cannot lock ${file}: ${why}. Install util-linux (flock), or set XDG_STATE_HOME to a folder on a local disk.`,
  )
}

/** No process could be made in this moment, or it did not answer. */
function isTransient(error: Error | undefined): boolean {
  return ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ETIMEDOUT'].includes(errorCode(error) ?? '')
}

function acquireByOpening(file: string): Lock | null {
  try {
    const { O_RDWR, O_CREAT, O_NONBLOCK } = fs.constants
    const fd = fs.openSync(file, O_RDWR | O_CREAT | O_NONBLOCK | O_EXLOCK, 0o600)
    return { release: () => fs.closeSync(fd) }
  } catch (error) {
    if (errorCode(error) === 'EAGAIN') return null
    throw new RelayError('lock_unsupported', asRelayError(error, 'lock', file).message)
  }
}
