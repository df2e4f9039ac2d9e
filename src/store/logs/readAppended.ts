// Reads a growing file piece by piece: what was appended since the last call, as whole lines. It holds nothing open between
// two calls and reads a bounded piece in each, so that its caller stays responsive whatever the file's size.
import { openFile, readRange } from './openFile'

const pieceBytes = 64 * 1024
/** Of a longer line without an end only the last bytes are kept: a progress bar is one line for hours. */
const maxOpenLineBytes = 64 * 1024
/** A first call on a larger file begins this far before its end. */
export const maxFirstBytes = 64 * 1024 * 1024

/** Where a reader stands. Plain data; `startPosition` at first. */
export interface ReadPosition {
  readonly offset: number
  /** 0: no file was seen yet. */
  readonly inode: number
  /** The bytes before `offset` that no line end has followed. */
  readonly openLine: Buffer
  /** Bytes at the start of the file that were not read. */
  readonly skippedBytes: number
}

export const startPosition: ReadPosition = { offset: 0, inode: 0, openLine: Buffer.alloc(0), skippedBytes: 0 }

export interface Appended {
  /** Whole lines without their ends, raw. */
  readonly lines: readonly Buffer[]
  readonly position: ReadPosition
  /** The file was cut or replaced: `lines` are from its start, what was read before is gone. */
  readonly restarted: boolean
  /** There is more to read now. */
  readonly more: boolean
  /** Why nothing was read, in a sentence; the position is as it was. A missing file is no problem. */
  readonly problem: string | null
}

/**
 * The next lines of the file at `path`. `last`: nothing will be appended any more, so an open last line is whole. `bytes`: how
 * much is read in one go.
 */
export async function readAppended(
  path: string,
  position: ReadPosition,
  last = false,
  bytes = pieceBytes,
): Promise<Appended> {
  const opened = await openFile(path)
  if (opened.kind === 'problem')
    return {
      lines: [],
      position,
      restarted: false,
      more: false,
      problem: opened.code === 'ENOENT' ? null : opened.problem,
    }
  const { handle, stats } = opened
  try {
    const restarted = position.inode !== 0 && (position.inode !== stats.ino || stats.size < position.offset)
    const from = restarted || position.inode === 0 ? begin(stats) : position
    const data = await readRange(handle, from.offset, Math.min(stats.size, from.offset + bytes))
    const offset = from.offset + data.length
    const more = data.length > 0 && offset < stats.size
    const { lines, rest } = split(Buffer.concat([from.openLine, data]))
    // The piece a skip lands in begins within a line.
    const whole = from.skippedBytes > 0 && from.offset === from.skippedBytes ? lines.slice(1) : lines
    const isWhole = last && !more && rest.length > 0
    return {
      lines: isWhole ? [...whole, rest] : whole,
      position: { ...from, offset, openLine: isWhole ? Buffer.alloc(0) : rest.subarray(-maxOpenLineBytes) },
      restarted,
      more,
      problem: null,
    }
  } finally {
    await handle.close()
  }
}

function begin({ size, ino }: { readonly size: number; readonly ino: number }): ReadPosition {
  const skippedBytes = Math.max(0, size - maxFirstBytes)
  return { offset: skippedBytes, inode: ino, openLine: Buffer.alloc(0), skippedBytes }
}

function split(data: Buffer): { lines: Buffer[]; rest: Buffer } {
  const lines: Buffer[] = []
  let start = 0
  for (let end = data.indexOf(0x0a); end >= 0; end = data.indexOf(0x0a, start)) {
    lines.push(data.subarray(start, end))
    start = end + 1
  }
  return { lines, rest: data.subarray(start) }
}
