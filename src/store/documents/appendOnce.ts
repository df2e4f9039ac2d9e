// Making an edit in the file of a document of the user's, exactly once, however often a crash makes us try.
import fs from 'node:fs'
import { type AppendOnce, missingAtEnd } from '../../core/documents/documentEdit'
import { RelayError } from '../../core/relayError'
import { asRelayError } from '../durableFile'
import { realFileWithin } from '../realFile'

/** The entry of a job that has just ended is looked for in this many bytes at the end of the document. */
const searchBytes = 16 * 1024 * 1024

/**
 * Appends what is missing of the entry to `file` with one write. The file must lie in `folder`, symlinks resolved.
 * Throws RelayError; then nothing of the entry is in the file.
 */
export function appendOnce(file: string, folder: string, edit: AppendOnce): void {
  try {
    const real = realFileWithin(file, folder)
    // Not to wait for the other end of a pipe.
    const { O_RDWR, O_APPEND, O_CREAT, O_NONBLOCK, O_NOFOLLOW } = fs.constants
    const fd = fs.openSync(real, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK | O_NOFOLLOW, 0o644)
    try {
      append(fd, file, edit)
    } finally {
      fs.closeSync(fd)
    }
  } catch (error) {
    throw asRelayError(error, 'append to', file)
  }
}

function append(fd: number, file: string, edit: AppendOnce): void {
  const stat = fs.fstatSync(fd)
  if (!stat.isFile()) throw new RelayError('not_a_file', `Cannot append to ${file}: it is not a file.`)
  const { size } = stat
  const end = Buffer.alloc(Math.min(size, searchBytes))
  fs.readSync(fd, end, 0, end.length, size - end.length)
  const missing = Buffer.from(missingAtEnd(end.toString('latin1'), inBytes(edit)), 'latin1')
  if (missing.length === 0) return

  const written = fs.writeSync(fd, missing)
  if (written < missing.length) {
    // Only if nobody has appended behind us are the last bytes ours to take back.
    if (fs.fstatSync(fd).size === size + written) fs.ftruncateSync(fd, size)
    throw new RelayError('disk_full', `Cannot append to ${file}: the disk or your quota is full.`)
  }
  fs.fsyncSync(fd)
}

/** The edit with one character for each byte of UTF-8: a document in any encoding is looked at, and kept, as bytes. */
function inBytes(edit: AppendOnce): AppendOnce {
  const bytes = (text: string) => Buffer.from(text).toString('latin1')
  return { ...edit, header: bytes(edit.header), text: bytes(edit.text), marker: bytes(edit.marker) }
}
