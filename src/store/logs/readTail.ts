// The last lines of a log of any size, read from its end: the cost depends on what is shown, never on the file.
import { StringDecoder } from 'node:string_decoder'
import { maxLineChars, renderTerminalLines, sanitizeLine } from '../../core/logs/terminalText'
import { cutCharacterBytes, openFile, problemOf, readRange } from './openFile'

const blockBytes = 128 * 1024

export interface Tail {
  /** The last lines, oldest first, as a terminal would have left them. */
  readonly lines: readonly string[]
  /** Size of the file when it was opened: the offset from which to follow it. */
  readonly bytes: number
  /** Offset of the first byte that `lines` stand for. */
  readonly from: number
  /** The byte limit ended the search before `count` lines were found, so the first line may lack its beginning. */
  readonly truncated: boolean
  /** Why there is nothing, in a sentence; null when the file was read. */
  readonly problem: string | null
}

/**
 * The last `count` lines of the file at `path`, looking at no more than its last `maxBytes`. A line of which only the
 * end was seen is left out, unless it is all there is; then its end is shown. A last line still being written counts.
 * A missing or unreadable file is an empty tail with its `problem`.
 */
export async function readTail(path: string, count: number, maxBytes = 4 * 1024 * 1024): Promise<Tail> {
  const opened = await openFile(path)
  if (opened.kind === 'problem') return emptyTail(opened.problem)
  const { handle, stats } = opened
  try {
    const blocks: Buffer[] = []
    const floor = Math.max(0, stats.size - maxBytes)
    // The newline that ends the last line is not a border between two lines, so one more is looked for.
    let wanted = Math.max(0, count) + 1
    let from = stats.size
    while (from > floor && wanted > 0 && count > 0) {
      const start = Math.max(floor, from - blockBytes)
      const block = await readRange(handle, start, from)
      if (blocks.length === 0 && block.length > 0 && block.at(-1) !== 0x0a) wanted--
      // Cut short while we read: what lay behind it is gone.
      if (block.length < from - start) blocks.length = 0
      const border = findBorder(block, wanted)
      wanted = border.wanted
      blocks.push(block.subarray(border.at))
      from = start + border.at
    }
    const truncated = from > 0 && wanted > 0 && count > 0
    return {
      ...renderTail(Buffer.concat(blocks.reverse()), from, truncated),
      bytes: stats.size,
      truncated,
      problem: null,
    }
  } catch (error) {
    return emptyTail(problemOf(path, error).problem)
  } finally {
    await handle.close()
  }
}

function emptyTail(problem: string): Tail {
  return { lines: [], bytes: 0, from: 0, truncated: false, problem }
}

/** Looks for the `wanted`th newline from the end: how many are still wanted, and where its line begins (0: not here). */
function findBorder(block: Buffer, wanted: number): { wanted: number; at: number } {
  let left = wanted
  for (let end = block.length; end > 0;) {
    const newline = block.lastIndexOf(0x0a, end - 1)
    if (newline < 0) break
    left--
    if (left === 0) return { wanted: 0, at: newline + 1 }
    end = newline
  }
  return { wanted: left, at: 0 }
}

function renderTail(bytes: Buffer, from: number, truncated: boolean): { lines: string[]; from: number } {
  const newline = truncated ? bytes.indexOf(0x0a) : -1
  const skip = newline >= 0 && newline < bytes.length - 1 ? newline + 1 : truncated ? cutCharacterBytes(bytes) : 0
  // A character of which only the beginning is in the file yet stays in the decoder and is not shown.
  const text = new StringDecoder('utf8').write(bytes.subarray(skip))
  if (truncated && skip <= 3 && newline < 0) return { lines: [endOfLine(text)], from: from + skip }
  return { lines: renderTerminalLines(text), from: from + skip }
}

/** The end of one line that is too long to be read whole. */
function endOfLine(text: string): string {
  const line = sanitizeLine(text, text.length)
  return line.length <= maxLineChars ? line : `… ${sanitizeLine(line.slice(-maxLineChars))}`
}
