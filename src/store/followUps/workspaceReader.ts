// What a language model may see of a workspace: files, lists and a search below one folder by real path, bounded in all that
// they cost, and without secrets of known shapes. It can change nothing.
import fs from 'node:fs'
import path from 'node:path'
import { redactSecrets } from '../../core/logs/redactSecrets'
import { renderTerminalLines } from '../../core/logs/terminalText'
import { RelayError } from '../../core/relayError'
import { asRelayError } from '../durableFile'

const maxFileBytes = 256 * 1024
const maxLines = 400
const maxAnswerChars = 24_000
const maxEntries = 200
const maxSearchedFiles = 2_000
const maxSearchedBytes = 32 * 1024 * 1024
const maxMatches = 60
/** Of many files, and none of a person's. */
const skipped = new Set(['node_modules', '.git', '.venv', 'venv', '__pycache__', '.cache', 'wandb'])

export class WorkspaceReader {
  private readonly root: string

  /** `folder` is what may be read; `files` (absolute) besides. */
  constructor(
    folder: string,
    private readonly files: readonly string[] = [],
  ) {
    this.root = fs.realpathSync(folder)
  }

  /** Lines of a file from `fromLine` (counted from 1) on. Throws RelayError with what the model can do about it. */
  readFile(name: string, fromLine = 1): string {
    const file = this.within(name)
    const text = this.textOf(file, name)
    const lines = renderTerminalLines(text)
    const first = Math.max(1, Math.floor(fromLine))
    const shown = lines.slice(first - 1, first - 1 + maxLines)
    const rest = lines.length - (first - 1) - shown.length
    const more = rest > 0 ? `\n… ${rest} more lines: read from line ${first + shown.length}` : ''
    return clip(redactSecrets(shown.map((line, index) => `${first + index}: ${line}`).join('\n'))) + more
  }

  listDirectory(name: string): string {
    const directory = this.within(name)
    try {
      const entries = fs.readdirSync(directory, { withFileTypes: true })
      const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort()
      const more = names.length > maxEntries ? [`… ${names.length - maxEntries} more`] : []
      return clip([...names.slice(0, maxEntries), ...more].join('\n'))
    } catch (error) {
      throw asRelayError(error, 'list', name)
    }
  }

  /** Lines of files below a directory that hold `text`, whatever its case. */
  search(text: string, name = '.'): string {
    if (text.trim() === '') throw new RelayError('empty_search', 'Give a text to search for.')
    const wanted = text.toLowerCase()
    const found: string[] = []
    const budget = { files: maxSearchedFiles, bytes: maxSearchedBytes }
    for (const file of walk(this.within(name), budget)) {
      const shown = path.relative(this.root, file)
      for (const [index, line] of this.linesOf(file, budget).entries())
        if (line.toLowerCase().includes(wanted)) found.push(`${shown}:${index + 1}: ${line.trim().slice(0, 300)}`)
      if (found.length >= maxMatches) break
    }
    const isCut = budget.files <= 0 || budget.bytes <= 0 || found.length > maxMatches
    const more = isCut ? ['… there may be more: search in a deeper directory'] : []
    return found.length === 0 && !isCut
      ? 'Nothing was found.'
      : clip(redactSecrets([...found.slice(0, maxMatches), ...more].join('\n')))
  }

  /** The real path. Throws RelayError if it leads out of the folder. */
  private within(name: string): string {
    const file = path.resolve(this.root, name)
    let real: string
    try {
      real = fs.realpathSync(file)
    } catch (error) {
      throw asRelayError(error, 'read', name)
    }
    const relative = path.relative(this.root, real)
    const isInside = relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative))
    if (!isInside && !this.files.includes(file))
      throw new RelayError('outside', `${name} is not in the workspace: only what is in it can be read.`)
    return real
  }

  /** The end of a long file, for that says most. Throws RelayError. */
  private textOf(file: string, name: string): string {
    let fd: number
    try {
      // A pipe must not keep us waiting.
      fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
    } catch (error) {
      throw asRelayError(error, 'read', name)
    }
    try {
      const stat = fs.fstatSync(fd)
      if (!stat.isFile()) throw new RelayError('not_a_file', `${name} is no file that can be read.`)
      const buffer = Buffer.alloc(Math.min(stat.size, maxFileBytes))
      const read = fs.readSync(fd, buffer, 0, buffer.length, stat.size - buffer.length)
      const bytes = buffer.subarray(0, read)
      if (bytes.includes(0)) throw new RelayError('binary', `${name} is not text.`)
      const cut = stat.size > maxFileBytes ? `… the first ${stat.size - maxFileBytes} bytes are left out\n` : ''
      return cut + bytes.toString('utf8')
    } finally {
      fs.closeSync(fd)
    }
  }

  private linesOf(file: string, budget: { files: number; bytes: number }): readonly string[] {
    budget.files--
    try {
      const text = this.textOf(file, file)
      budget.bytes -= text.length
      return text.split('\n')
    } catch {
      return [] // Not text, or not to be read.
    }
  }
}

/** The files below a directory; links are not followed. */
function* walk(directory: string, budget: { readonly files: number; readonly bytes: number }): Generator<string> {
  let entries: fs.Dirent[]
  try {
    entries = fs.readdirSync(directory, { withFileTypes: true })
  } catch {
    return // Closed, or gone.
  }
  for (const entry of entries) {
    if (budget.files <= 0 || budget.bytes <= 0) return
    if (entry.isFile()) yield path.join(directory, entry.name)
    else if (entry.isDirectory() && !skipped.has(entry.name)) yield* walk(path.join(directory, entry.name), budget)
  }
}

function clip(text: string): string {
  return text.length <= maxAnswerChars ? text : `${text.slice(0, maxAnswerChars)}\n… (cut)`
}
