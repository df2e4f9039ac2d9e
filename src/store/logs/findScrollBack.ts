// Where in a log of any size a reader begins who wants the end of it: at the start of a line.
import { openFile, readRange } from './openFile'

/** A line is looked for this far; a longer one is begun in its middle. */
const searchBytes = 64 * 1024

/** `from` is an offset in bytes, 0 for a log that is shown whole. */
export interface ScrollBack {
  readonly from: number
  /** Why nothing can be read (yet), in a sentence; null when the file was read. */
  readonly problem: string | null
}

/** The start of the first line that begins within the last `maxBytes` of the log at `path`. */
export async function findScrollBack(path: string, maxBytes: number): Promise<ScrollBack> {
  const opened = await openFile(path)
  if (opened.kind === 'problem') return { from: 0, problem: opened.problem }
  const { handle, stats } = opened
  try {
    const earliest = stats.size - maxBytes
    if (earliest <= 0) return { from: 0, problem: null }
    // The byte before tells whether a line begins exactly there.
    const bytes = await readRange(handle, earliest - 1, Math.min(earliest - 1 + searchBytes, stats.size))
    const newline = bytes.indexOf(0x0a)
    const isLine = newline >= 0 && earliest + newline < stats.size
    return { from: isLine ? earliest + newline : earliest, problem: null }
  } finally {
    await handle.close()
  }
}
