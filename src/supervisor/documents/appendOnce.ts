// Appending an entry to a document of the user's exactly once, however often a crash makes us try.
import fs from 'node:fs'
import path from 'node:path'
import { RelayError } from '../../core/relayError'
import { asRelayError, errorCode } from '../../store/durableFile'

export interface Entry {
  /** What an empty document gets first. */
  readonly header: string
  readonly text: string
  /** A line that only this entry ends with. */
  readonly marker: string
}

/** The entry of a job that has just ended is looked for in this many bytes at the end of the document. */
const searchBytes = 16 * 1024 * 1024

/**
 * Appends the entry to `file` with one write, unless it is there; completes it if a crash cut it. The file must lie in
 * `folder`, symlinks resolved. Throws RelayError; then nothing of the entry is in the file.
 */
export function appendOnce(file: string, folder: string, entry: Entry): void {
  try {
    const real = realPathOfFile(file)
    const relative = path.relative(fs.realpathSync(folder), real)
    if (relative.startsWith('..') || path.isAbsolute(relative))
      throw new RelayError('outside', `Cannot append to ${file}: it is a link that leads out of the workspace.`)
    // Not to wait for the other end of a pipe.
    const { O_RDWR, O_APPEND, O_CREAT, O_NONBLOCK } = fs.constants
    const fd = fs.openSync(real, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK, 0o644)
    try {
      append(fd, file, entry)
    } finally {
      fs.closeSync(fd)
    }
  } catch (error) {
    throw asRelayError(error, 'append to', file)
  }
}

function append(fd: number, file: string, { header, text, marker }: Entry): void {
  const stat = fs.fstatSync(fd)
  if (!stat.isFile()) throw new RelayError('not_a_file', `Cannot append to ${file}: it is not a file.`)
  const { size } = stat
  const end = Buffer.alloc(Math.min(size, searchBytes))
  fs.readSync(fd, end, 0, end.length, size - end.length)
  if (end.includes(marker)) return

  const data = Buffer.from(size === 0 ? header + text : text)
  const rest = data.subarray(tornLength(end, data))
  const written = fs.writeSync(fd, rest)
  if (written < rest.length) {
    // Only if nobody has appended behind us are the last bytes ours to take back.
    if (fs.fstatSync(fd).size === size + written) fs.ftruncateSync(fd, size)
    throw new RelayError('disk_full', `Cannot append to ${file}: the disk or your quota is full.`)
  }
  fs.fsyncSync(fd)
}

/** How many bytes of `data` the document already ends with: a piece of it that was written when we were killed. */
function tornLength(end: Buffer, data: Buffer): number {
  for (let length = Math.min(end.length, data.length); length >= 40; length--)
    if (end.subarray(end.length - length).equals(data.subarray(0, length))) return length
  return 0
}

/** The real path of a file that may not exist yet; its folder must. */
function realPathOfFile(file: string): string {
  try {
    return fs.realpathSync(file)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined) throw error
    return path.join(fs.realpathSync(path.dirname(file)), path.basename(file))
  }
}
