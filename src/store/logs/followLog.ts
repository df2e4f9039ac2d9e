// Follows a growing log: what is appended is yielded as it comes, raw. It never holds the file open between two looks,
// so a log may be missing at first, cut or replaced, and never lags without bound behind a fast writer.
import { watch, type FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { cutCharacterBytes, openFile, readRange } from './openFile'

/** A reader this far behind the end skips ahead. */
export const maxBehindBytes = 8 * 1024 * 1024
/** How much of the log's end is still shown after a skip. */
const keptBytes = 256 * 1024
/** Room for the at most 3 bytes a decoder keeps back, so that no chunk is over 64 KiB. */
const chunkBytes = 64 * 1024 - 4
/** A round that read this much is followed by a rest: a log written at 200 MB/s must not cost a core to look at. */
const busyRoundBytes = 1024 * 1024
const restMs = 100

export interface FollowOptions {
  /** Offset in bytes to begin at, e.g. `bytes` of a tail. */
  readonly from: number
  /** Ends the iteration at once. */
  readonly signal: AbortSignal
  /** Says that nothing more will be written: what is there is yielded, then the iteration ends. */
  readonly complete?: AbortSignal
  /** Skip to the end, with a note in a line of its own, when more than 8 MiB behind. Default true. */
  readonly skipWhenBehind?: boolean
  /** How often to look when nothing is reported by the system. Default 500 ms. */
  readonly pollMs?: number
}

/**
 * Yields the text appended to the file at `path` from `from` on, in chunks of at most 64 KiB, never cutting a UTF-8
 * character. The text is not sanitised. A missing file is waited for; one that became shorter or was replaced is
 * followed from its start; both and skips are told in a line beginning with `[relay]`. A file that cannot be read ends
 * the iteration with such a line.
 */
export async function* followLog(path: string, options: FollowOptions): AsyncGenerator<string, void, void> {
  const { signal, complete, skipWhenBehind = true, pollMs = 500 } = options
  const changes = new ChangeWatch(path, [signal, ...(complete === undefined ? [] : [complete])])
  let decoder = new StringDecoder('utf8')
  let offset = options.from
  let inode: number | undefined
  let lineOpen = false
  /** The start of the next chunk may be the end of a character. */
  let mayBeCut = offset > 0
  // A function, for the answer changes while the consumer holds what was yielded.
  const isOver = (): boolean => signal.aborted
  const note = (text: string): string => `${lineOpen ? '\n' : ''}[relay] ${text}\n`
  try {
    while (!isOver()) {
      const isLast = complete?.aborted === true
      const opened = await openFile(path)
      let readBytes = 0
      if (opened.kind === 'problem') {
        if (opened.code !== 'ENOENT' && opened.code !== 'ESTALE') {
          yield note(opened.problem)
          return
        }
      } else {
        const { handle, stats } = opened
        try {
          const replaced = inode !== undefined && inode !== stats.ino
          if (replaced || stats.size < offset) {
            yield note(`The log was ${replaced ? 'replaced' : 'cut'}; it follows from its start.`)
            decoder = new StringDecoder('utf8')
            offset = 0
            lineOpen = mayBeCut = false
          }
          inode = stats.ino
          if (skipWhenBehind && stats.size - offset > maxBehindBytes) {
            const start = stats.size - keptBytes
            const newline = (await readRange(handle, start, start + chunkBytes)).indexOf(0x0a)
            const next = newline < 0 ? start : start + newline + 1
            yield note(`Skipped ${next - offset} bytes: the log grows faster than it is read.`)
            decoder = new StringDecoder('utf8')
            offset = next
            lineOpen = false
            mayBeCut = newline < 0
          }
          while (offset < stats.size && !isOver()) {
            const bytes = await readRange(handle, offset, Math.min(offset + chunkBytes, stats.size))
            // Cut since the look at its size: the next round sees it.
            if (bytes.length === 0) break
            offset += bytes.length
            readBytes += bytes.length
            const text = decoder.write(mayBeCut ? bytes.subarray(cutCharacterBytes(bytes)) : bytes)
            mayBeCut = false
            if (text === '') continue
            lineOpen = !text.endsWith('\n')
            yield text
          }
        } finally {
          await handle.close()
        }
      }
      if (isLast) {
        const rest = decoder.end()
        if (rest !== '') yield rest
        return
      }
      if (skipWhenBehind && readBytes > busyRoundBytes) await changes.rest(restMs)
      else await changes.next(pollMs)
    }
  } finally {
    changes.close()
  }
}

/** Tells when a file may have changed: by the system's word on its directory, by time, or by a signal. */
class ChangeWatch {
  private readonly watcher: FSWatcher | undefined
  private readonly listener = (): void => {
    this.changed()
  }
  private isChanged = false
  private wake: (() => void) | undefined

  constructor(
    path: string,
    private readonly signals: readonly AbortSignal[],
  ) {
    const name = basename(path)
    this.watcher = watchDirectory(dirname(path), (changed) => {
      if (changed === null || changed === name) this.changed()
    })
    for (const signal of signals) signal.addEventListener('abort', this.listener)
  }

  /** Ends at the next change, which may have been before the call, or after `ms`. */
  async next(ms: number): Promise<void> {
    if (!this.isChanged) await this.wait(ms, () => (this.isChanged ? 'over' : 'wait'))
    this.isChanged = false
  }

  /** Ends after `ms` whatever changes, or at a signal. */
  async rest(ms: number): Promise<void> {
    await this.wait(ms, () => (this.signals.some((signal) => signal.aborted) ? 'over' : 'wait'))
    this.isChanged = false
  }

  close(): void {
    this.watcher?.close()
    for (const signal of this.signals) signal.removeEventListener('abort', this.listener)
  }

  private changed(): void {
    this.isChanged = true
    this.wake?.()
  }

  private wait(ms: number, check: () => 'over' | 'wait'): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer)
        this.wake = undefined
        resolve()
      }
      const timer = setTimeout(finish, ms)
      this.wake = () => {
        if (check() === 'over') finish()
      }
      this.wake()
    })
  }
}

/** Watches a directory; without a watcher (none left, no such directory, a network disk) the caller's poll serves. */
function watchDirectory(directory: string, changed: (name: string | null) => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, { persistent: false }, (_event, name) => {
      changed(name)
    })
    watcher.on('error', () => {
      watcher.close()
    })
    return watcher
  } catch {
    // EMFILE, ENOSPC, ENOENT: the poll is slower and always works.
    return undefined
  }
}
