// Opens a file of someone else's making (a log, a result) for reading: never blocks on a pipe, never throws for what
// a file system may do, and says in one sentence what is wrong.
import { constants, type Stats } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'

/** `code` is the system's (`ENOENT`), or `NOT_A_FILE`. The caller closes `handle`. */
export type Opened =
  | { readonly kind: 'open'; readonly handle: FileHandle; readonly stats: Stats }
  | { readonly kind: 'problem'; readonly code: string; readonly problem: string }

const causes: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is not a directory',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'its name is too long',
  ENXIO: 'it is not a regular file',
  ENODEV: 'it is not a regular file',
  EIO: 'input/output error',
  ESTALE: 'the network file system lost it',
  ETIMEDOUT: 'the network file system does not answer',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files on this machine',
  ERR_INVALID_ARG_VALUE: 'its name is not valid',
}

/** Opens a regular file for reading; `flags` may be O_NOFOLLOW. Anything that is not an expected error of the file system is thrown. */
export async function openFile(path: string, flags = 0): Promise<Opened> {
  let handle: FileHandle | undefined
  try {
    // Without O_NONBLOCK the open of a pipe would wait for a writer, for ever.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags)
    const stats = await handle.stat()
    if (stats.isFile()) return { kind: 'open', handle, stats }
    const cause = stats.isDirectory() ? 'it is a directory' : 'it is not a regular file'
    await handle.close()
    return { kind: 'problem', code: 'NOT_A_FILE', problem: `Cannot read ${path}: ${cause}.` }
  } catch (error) {
    await handle?.close()
    return problemOf(path, error)
  }
}

/** The sentence for an expected error of reading `path`; any other error is thrown again. */
export function problemOf(path: string, error: unknown): Extract<Opened, { kind: 'problem' }> {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const cause = code === undefined ? undefined : causes[code]
  if (code === undefined || cause === undefined) throw error
  return { kind: 'problem', code, problem: `Cannot read ${path}: ${cause}.` }
}

/** The bytes from `from` up to `to`; fewer where the file has become shorter. */
export async function readRange(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(0, to - from))
  let filled = 0
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, from + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

/** How many bytes at the start belong to a UTF-8 character whose beginning was cut off (0…3). */
export function cutCharacterBytes(bytes: Buffer): number {
  let at = 0
  while (at < 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at++
  return at
}
