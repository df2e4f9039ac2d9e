// Reading in a workspace folder for a language model: every look is bounded, and nothing outside of the folder is read,
// whatever a path says or a link leads to. It writes nothing.
import fs, { constants } from 'node:fs'
import { type FileHandle, readdir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { readGlob } from '../../core/followUps/globPattern'
import { type ReadingCall, readingLimits } from '../../core/followUps/readingTools'
import { secrecyOf, withoutValue } from '../../core/followUps/secretFiles'
import { errorCode } from '../durableFile'
import { openFile, problemOf, readRange } from '../logs/openFile'
import { readTail } from '../logs/readTail'

/** Result of a look: lines of data, and what is to be said about them. */
export interface Look {
  /** A sentence of ours. */
  readonly head: string
  readonly lines: readonly string[]
}

export interface ReaderOptions {
  /** The workspace folder. */
  readonly root: string
  /** Absolute: folders that are not read even if they lie in it. */
  readonly closed: readonly string[]
  /** Absolute, of the job that the turn is about. */
  readonly log: string | null
}

/** So much of a file is gone through for its lines, and so much of a workspace for a text. */
const fileBytes = 64 * 1024 * 1024
const lineChars = 2_000
const searched = { files: 20_000, bytes: 128 * 1024 * 1024, fileBytes: 4 * 1024 * 1024, ms: 10_000, depth: 24 }
const pieceBytes = 256 * 1024
const searchLineChars = 300

/** Folders of many files that nobody wrote. */
const skippedFolders = new Set([
  '.git',
  '.hg',
  '.svn',
  'node_modules',
  '__pycache__',
  '.venv',
  'venv',
  '.tox',
  '.mypy_cache',
])

/** What was found at a path, inside of the folder for certain. */
interface Place {
  readonly real: string
  /** In the folder, with `/`; `.` for the folder itself. */
  readonly relative: string
}

/** A sentence about why there is nothing. */
class Refusal extends Error {}

export class WorkspaceReader {
  constructor(private readonly options: ReaderOptions) {}

  /** Never rejects for what the workspace may hold. `signal` ends a search. */
  async look(call: ReadingCall, signal: AbortSignal): Promise<Look> {
    try {
      switch (call.kind) {
        case 'list_folder':
          return await this.list(call.path)
        case 'read_file':
          return await this.read(call.path, call.fromLine, call.lines)
        case 'search_text':
          return await this.search(call, signal)
        case 'read_log':
          return await this.readLog(call.lines)
        case 'invalid':
          return told(call.why)
      }
    } catch (error) {
      if (error instanceof Refusal) return told(error.message)
      const code = errorCode(error)
      if (code === null) throw error
      return told(`It could not be read: ${code}.`)
    }
  }

  private async list(asked: string): Promise<Look> {
    const place = await this.locate(asked)
    const entries = (await readdir(place.real, { withFileTypes: true }).catch(asRefusal(asked))).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )
    const shown = entries.filter(({ name }) => !this.isClosed(path.join(place.real, name)))
    const lines = shown.slice(0, readingLimits.entries).map((entry) => {
      if (entry.isDirectory()) return `${entry.name}/`
      if (entry.isSymbolicLink()) return `${entry.name} (a link)`
      const size = fs.lstatSync(path.join(place.real, entry.name), { throwIfNoEntry: false })?.size
      return size === undefined || !entry.isFile() ? entry.name : `${entry.name} (${size} bytes)`
    })
    const more = shown.length - lines.length
    return {
      head: `${place.relative}/: ${shown.length} entries${more > 0 ? `, the first ${lines.length}` : ''}`,
      lines,
    }
  }

  private async read(asked: string, fromLine: number, count: number): Promise<Look> {
    const place = await this.locate(asked)
    const secrecy = secrecyOf(place.relative)
    if (secrecy === 'key') throw new Refusal(`${asked} is not read: by its name it holds keys or passwords.`)
    const found =
      fromLine < 0 ? await this.readEnd(place, -fromLine, count) : await this.readLines(place, fromLine, count)
    const { lines } = found
    return secrecy === 'open'
      ? found
      : { head: `${found.head}; its values are not shown`, lines: lines.map(withoutValue) }
  }

  private async readEnd(place: Place, fromEnd: number, count: number): Promise<Look> {
    await (await this.open(place)).close()
    const { lines, problem } = await readTail(place.real, Math.min(fromEnd, 100_000))
    if (problem !== null) throw new Refusal(problem.replace(place.real, place.relative))
    return { head: `${place.relative}, from ${lines.length} lines before its end`, lines: lines.slice(0, count) }
  }

  private async readLines(place: Place, fromLine: number, count: number): Promise<Look> {
    const handle = await this.open(place)
    try {
      const { size } = await handle.stat()
      const lines: string[] = []
      let open = ''
      let number = 1
      let at = 0
      const decoder = new TextDecoder()
      const end = Math.min(size, fileBytes)
      while (at < end && lines.length < count) {
        const piece = await readRange(handle, at, Math.min(end, at + pieceBytes))
        if (piece.length === 0) break
        if (at === 0 && piece.subarray(0, 8_192).includes(0))
          throw new Refusal(`${place.relative} is no text (${size} bytes).`)
        at += piece.length
        const parts = (open + decoder.decode(piece, { stream: true })).split('\n')
        open = (parts.pop() ?? '').slice(0, lineChars * 4)
        for (const part of parts) if (number++ >= fromLine && lines.length < count) lines.push(cut(part))
      }
      const isAtEnd = at >= size
      if (isAtEnd && open !== '' && number >= fromLine && lines.length < count) lines.push(cut(open))
      const last = fromLine + lines.length - 1
      const rest = isAtEnd && lines.length < count ? 'to its end' : `${size} bytes in all`
      if (lines.length === 0) return told(`${place.relative} has no line ${fromLine} (${size} bytes).`)
      return { head: `${place.relative}, lines ${fromLine} to ${last}, ${rest}`, lines }
    } finally {
      await handle.close()
    }
  }

  private async search(
    { text, glob, path: asked }: Extract<ReadingCall, { kind: 'search_text' }>,
    signal: AbortSignal,
  ): Promise<Look> {
    const fits = glob === null ? () => true : readGlob(glob)
    if (fits === null) throw new Refusal('That glob is too long, or has too many stars.')
    const start = await this.locate(asked)
    const wanted = text.toLowerCase()
    const lines: string[] = []
    const until = performance.now() + searched.ms
    let files = 0
    let bytes = 0
    const isOver = () =>
      signal.aborted ||
      lines.length >= readingLimits.matches ||
      files >= searched.files ||
      bytes >= searched.bytes ||
      performance.now() > until
    const visit = async (place: Place, depth: number): Promise<void> => {
      const entries = await readdir(place.real, { withFileTypes: true }).catch(() => [])
      for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        if (isOver()) return
        const inside = child(place, entry.name)
        // Links are not followed: what they lead to is found where it is, or lies outside.
        if (entry.isDirectory()) {
          if (depth < searched.depth && !skippedFolders.has(entry.name) && !this.isClosed(inside.real))
            await visit(inside, depth + 1)
        } else if (entry.isFile() && fits(inside.relative) && secrecyOf(inside.relative) === 'open') {
          files++
          bytes += await this.searchFile(inside, wanted, lines)
        }
      }
    }
    if ((await stat(start.real)).isDirectory()) await visit(start, 0)
    else if (secrecyOf(start.relative) === 'open') await this.searchFile(start, wanted, lines)
    const cutShort = isOver() ? '; there may be more' : ''
    return { head: `${lines.length} lines with that text in ${start.relative}${cutShort}`, lines }
  }

  /** The bytes that were read. */
  private async searchFile(place: Place, wanted: string, found: string[]): Promise<number> {
    const handle = await this.open(place).catch(() => null)
    if (handle === null) return 0
    try {
      const { size } = await handle.stat()
      if (size > searched.fileBytes) return 0
      const bytes = await readRange(handle, 0, size)
      if (bytes.subarray(0, 8_192).includes(0)) return bytes.length
      const text = bytes.toString('utf8')
      if (!text.toLowerCase().includes(wanted)) return bytes.length
      for (const [index, line] of text.split('\n').entries()) {
        if (found.length >= readingLimits.matches) break
        if (line.toLowerCase().includes(wanted))
          found.push(`${place.relative}:${index + 1}: ${line.slice(0, searchLineChars)}`)
      }
      return bytes.length
    } finally {
      await handle.close()
    }
  }

  /** The log lies in the state folder: the one file of it that may be read, as the turn named it. */
  private async readLog(count: number): Promise<Look> {
    const { log } = this.options
    if (log === null) throw new Refusal('This is about no job: there is no log.')
    const { lines, problem } = await readTail(log, count)
    if (problem !== null) throw new Refusal(problem)
    return { head: `the last ${lines.length} lines of the log`, lines }
  }

  /** Throws Refusal for what is not in the folder, or is closed. */
  private async locate(asked: string): Promise<Place> {
    const root = await realpath(this.options.root)
    const real = await realpath(path.resolve(root, asked)).catch(asRefusal(asked))
    const relative = path.relative(root, real)
    if (relative.split(path.sep)[0] === '..' || path.isAbsolute(relative))
      throw new Refusal(`${asked} is not read: it is outside of the workspace folder, or a link that leads out of it.`)
    if (this.isClosed(real)) throw new Refusal(`${asked} is not read: it belongs to Relay Jobs.`)
    return { real, relative: relative === '' ? '.' : relative.split(path.sep).join('/') }
  }

  private isClosed(real: string): boolean {
    return this.options.closed.some((folder) => {
      const relative = path.relative(realOr(folder), real)
      return relative === '' || (relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative))
    })
  }

  /** Opens what was located, and looks once more whether that is what is open: it may have been replaced meanwhile. */
  private async open({ real, relative }: Place): Promise<FileHandle> {
    const opened = await openFile(real, constants.O_NOFOLLOW)
    if (opened.kind === 'problem') throw new Refusal(opened.problem.replace(real, relative))
    const { handle, stats } = opened
    const now = await stat(real).catch(() => null)
    const isSame = now !== null && now.ino === stats.ino && now.dev === stats.dev
    if (isSame && (await realpath(real).catch(() => null)) === real) return handle
    await handle.close()
    throw new Refusal(`${relative} was changed while it was read. Try again.`)
  }
}

function child({ real, relative }: Place, name: string): Place {
  return { real: path.join(real, name), relative: relative === '.' ? name : `${relative}/${name}` }
}

function realOr(folder: string): string {
  try {
    return fs.realpathSync(folder)
  } catch {
    return folder
  }
}

function asRefusal(asked: string): (error: unknown) => never {
  return (error) => {
    throw new Refusal(problemOf(asked, error).problem)
  }
}

function told(head: string): Look {
  return { head, lines: [] }
}

function cut(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line
  return text.length <= lineChars ? text : `${text.slice(0, lineChars)} … (${text.length - lineChars} more)`
}
