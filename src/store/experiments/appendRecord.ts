// Appends the record of a run to exp/registry.jsonl, once: beside others that do, and after a crash in the middle of a line.
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type RunRecord, renderRegistryLine } from '../../core/experiments/registryRecord'
import { RelayError } from '../../core/relayError'
import { asRelayError } from '../durableFile'
import { acquireLock, type Lock } from '../lock'
import { makeParentWithin, realFileWithin } from '../realFile'
import { RegistryFile, registryPath } from './registryFile'

const lockWithinMs = 20_000

export interface AppendInput {
  /** The real path of the workspace folder. */
  readonly folder: string
  readonly record: RunRecord
  /** A file of the state folder. */
  readonly lock: string
  /** Read before, so that not all of it has to be read again. */
  readonly registry?: RegistryFile
}

/**
 * False if the run is recorded already. Throws RelayError; then nothing of the record is in the file, or a torn line that readers skip.
 */
export async function appendRecord({ folder, record, lock, registry }: AppendInput): Promise<boolean> {
  const file = path.join(folder, registryPath)
  makeParentWithin(file, folder)
  const real = realFileWithin(file, folder)
  const held = await hold(lock)
  try {
    const { records } = await (registry ?? new RegistryFile(file)).read()
    if (records.some(({ runId }) => runId === record.runId)) return false
    appendLine(real, renderRegistryLine(record))
    return true
  } catch (error) {
    throw asRelayError(error, 'append to', file)
  } finally {
    held?.release()
  }
}

/** With one write, behind whatever there is: a last line without an end stays a line of its own. */
function appendLine(file: string, line: string): void {
  const { O_RDWR, O_APPEND, O_CREAT, O_NONBLOCK, O_NOFOLLOW } = fs.constants
  const fd = fs.openSync(file, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK | O_NOFOLLOW, 0o644)
  try {
    const stat = fs.fstatSync(fd)
    if (!stat.isFile()) throw new RelayError('not_a_file', `Cannot append to ${file}: it is not a file.`)
    const last = Buffer.alloc(1)
    const isOpen = stat.size > 0 && fs.readSync(fd, last, 0, 1, stat.size - 1) === 1 && last[0] !== 0x0a
    const bytes = Buffer.from(isOpen ? `\n${line}` : line)
    const written = fs.writeSync(fd, bytes)
    if (written < bytes.length) {
      // Only if nobody has appended behind us are the last bytes ours to take back.
      if (fs.fstatSync(fd).size === stat.size + written) fs.ftruncateSync(fd, stat.size)
      throw new RelayError('disk_full', `Cannot append to ${file}: the disk or your quota is full.`)
    }
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** Null where there are no locks: then two at the same moment may both append, and readers count the first. */
async function hold(file: string): Promise<Lock | null> {
  const deadline = performance.now() + lockWithinMs
  for (;;) {
    try {
      const lock = acquireLock(file)
      if (lock !== null) return lock
    } catch (error) {
      if (error instanceof RelayError && error.code === 'lock_unsupported') return null
      throw error
    }
    if (performance.now() > deadline)
      throw new RelayError('io', `Cannot lock ${file} just now: somebody else holds it.`)
    await delay(20 + Math.random() * 30)
  }
}
