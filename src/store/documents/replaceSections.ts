// Making an edit of marked sections in the file of a document of the user's: read, edit, compare, replace in one step. Whoever reads
// meanwhile sees the old file or the new one, and a change that somebody makes meanwhile is not lost.
import fs from 'node:fs'
import path from 'node:path'
import { applyEdits } from '../../core/blocks/textEdit'
import { editSections, type SectionsEdit } from '../../core/documents/sections'
import { RelayError } from '../../core/relayError'
import { asRelayError, errorCode, syncDirectory } from '../durableFile'
import { realFileWithin } from '../realFile'

/** A snapshot of at most a few hundred lines is far below. */
const largestBytes = 4 * 1024 * 1024
/** How often somebody else may be quicker. */
const maxTries = 20

/**
 * Brings the sections up to date; a missing file is made, its directory must be there. The file must lie in `folder`, symlinks
 * resolved. Returns what could not be done of the edit, a sentence, or null. Throws RelayError; then the file is as it was.
 */
export function replaceSections(file: string, folder: string, edit: SectionsEdit): string | null {
  try {
    const real = realFileWithin(file, folder)
    const inBytes = editInBytes(edit)
    for (let tries = 0; tries < maxTries; tries++) {
      const before = read(real, file)
      const { edits, problem } = editSections(before?.toString('latin1') ?? '', inBytes)
      if (edits.length === 0) return problem
      const after = Buffer.from(applyEdits(before?.toString('latin1') ?? '', edits), 'latin1')
      if (replace(real, before, after)) return problem
    }
    throw new RelayError('io', `Cannot write ${file} just now: somebody else changes it all the time.`)
  } catch (error) {
    throw asRelayError(error, 'write', file)
  }
}

/** Null if there is none. */
function read(real: string, file: string): Buffer | null {
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
      throw new RelayError('too_large', `Cannot write ${file}: it has ${stat.size} bytes, which no snapshot has.`)
    return fs.readFileSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** False if the file is not `before` any more. */
function replace(real: string, before: Buffer | null, after: Buffer): boolean {
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
    const now = read(real, real)
    const isSame = before === null ? now === null : now?.equals(before) === true
    if (!isSame) return false
    fs.renameSync(temporary, real)
    syncDirectory(path.dirname(real))
    return true
  } finally {
    fs.rmSync(temporary, { force: true })
  }
}

/** The edit with one character for each byte of UTF-8: a document in any encoding is looked at, and kept, as bytes. */
function editInBytes(edit: SectionsEdit): SectionsEdit {
  const bytes = (text: string) => Buffer.from(text).toString('latin1')
  return {
    ...edit,
    skeleton: bytes(edit.skeleton),
    sections: edit.sections.map(({ name, text }) => ({ name, text: bytes(text) })),
  }
}
