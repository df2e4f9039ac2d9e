// Reads the lines of a file of any size, piece by piece, from where the last reading stopped.
import { openFile, type Opened, readRange } from './openFile'

const pieceBytes = 1024 * 1024
/** By so much of what was read last a file is known again that was written anew under the same name and inode. */
const tailBytes = 1024

/** Where a reading stands. */
export interface LinesPosition {
  readonly inode: number
  readonly offset: number
  readonly modifiedAtMs: number
  /** The last bytes before `offset`. */
  readonly tail: Buffer
  /** What lies before `offset` and has no line end yet. */
  readonly open: Buffer
}
const nothing = Buffer.alloc(0)
export const linesStart: LinesPosition = { inode: 0, offset: 0, modifiedAtMs: 0, tail: nothing, open: nothing }

/**
 * Calls `take` for each line from `position` on, as it is in the file and without its end, and returns where it came to. A
 * last line without an end is left for the next time. A file that was cut, replaced or written anew is read from its start
 * after `restart`.
 */
export async function readLines(
  file: string,
  position: LinesPosition,
  maxLineBytes: number,
  take: (line: Buffer) => void,
  restart: () => void = () => undefined,
): Promise<{ readonly position: LinesPosition; readonly problem: string | null }> {
  const opened = await openFile(file)
  if (opened.kind === 'problem') {
    if (opened.code !== 'ENOENT') return { position, problem: opened.problem }
    if (position.inode !== 0) restart()
    return { position: linesStart, problem: null }
  }
  const { handle, stats } = opened
  try {
    const isOther = position.inode !== 0 && !(await isGrown(position, opened))
    if (isOther) restart()
    let { offset, tail, open } = isOther ? linesStart : position
    while (offset < stats.size) {
      const piece = await readRange(handle, offset, Math.min(stats.size, offset + pieceBytes))
      if (piece.length === 0) break
      offset += piece.length
      tail = Buffer.concat([tail, piece.subarray(-tailBytes)]).subarray(-tailBytes)
      let from = 0
      for (let end = piece.indexOf(0x0a); end >= 0; end = piece.indexOf(0x0a, from)) {
        const line = piece.subarray(from, end)
        take(from === 0 && open.length > 0 ? Buffer.concat([open, line]) : line)
        open = nothing
        from = end + 1
      }
      // Of a line that is too long only enough is kept to know that.
      const rest = piece.subarray(from)
      open = open.length > maxLineBytes ? open : Buffer.concat([open, rest])
    }
    return { position: { inode: stats.ino, offset, modifiedAtMs: stats.mtimeMs, tail, open }, problem: null }
  } finally {
    await handle.close()
  }
}

/** Whether the file is the one that was read up to `position`, perhaps with more behind. A new one may have the inode of the old. */
async function isGrown(
  { inode, offset, modifiedAtMs, tail }: LinesPosition,
  { stats, handle }: Extract<Opened, { kind: 'open' }>,
): Promise<boolean> {
  if (stats.ino !== inode || stats.size < offset) return false
  if (stats.size === offset && stats.mtimeMs !== modifiedAtMs) return false
  return tail.equals(await readRange(handle, offset - tail.length, offset))
}
