// Reads `.task_execution.log` of any size, piece by piece, and appends to it. What was read once is not read again; several
// processes may append at the same time.
import fs from 'node:fs'
import { RelayError } from '../../core/relayError'
import {
  addToHistory,
  type LogEntry,
  type LogHistory,
  mayChangeHistory,
  maxLogLineChars,
  parseLogLine,
  renderLogLine,
  type StepHistory,
} from '../../core/steps/executionLog'
import { asRelayError } from '../durableFile'
import { type LinesPosition, linesStart, readLines } from '../logs/readLines'
import { realFileWithin } from '../realFile'

/** What one log says of all steps. Holds nothing open; calls at the same time share one reading. */
export class ExecutionLogFile {
  private position: LinesPosition = linesStart
  private readonly history = new Map<number, StepHistory>()
  private reading: Promise<string | null> | null = null

  /** `file` is absolute; a missing one says nothing. */
  constructor(readonly file: string) {}

  /** Reads what is new. Resolves to why that could not be, a sentence, or null. */
  refresh(): Promise<string | null> {
    this.reading ??= this.read().finally(() => (this.reading = null))
    return this.reading
  }

  /** As of the last reading. */
  get steps(): LogHistory {
    return this.history
  }

  private async read(): Promise<string | null> {
    const { position, problem } = await readLines(
      this.file,
      this.position,
      maxLogLineChars,
      (line) => {
        if (line.length > maxLogLineChars || !mayChangeHistory(line.toString('latin1'))) return
        const entry = parseLogLine(line.toString('utf8'))
        if (entry !== null) addToHistory(this.history, entry)
      },
      () => this.history.clear(),
    )
    this.position = position
    return problem
  }
}

/** Calls `take` for each line of a task, whole, in the order of the log. Rejects with RelayError if it cannot be read. */
export async function readTaskLines(file: string, taskId: string, take: (line: string) => void): Promise<void> {
  const id = Buffer.from(taskId)
  const takeOwn = (line: Buffer) => {
    if (line.includes(id)) take(line.toString('utf8').replace(/\r$/, ''))
  }
  const { position, problem } = await readLines(file, linesStart, maxLogLineChars, takeOwn)
  if (problem !== null) throw new RelayError('unreadable', problem)
  takeOwn(position.open)
}

/**
 * Appends one line with one write. The file must lie in `folder`, symlinks resolved. Throws RelayError; a part of the line
 * that is in the file then is skipped by readers.
 */
export function appendLogEntry(file: string, folder: string, entry: LogEntry): void {
  try {
    const real = realFileWithin(file, folder)
    const { O_RDWR, O_APPEND, O_CREAT, O_NONBLOCK, O_NOFOLLOW } = fs.constants
    const fd = fs.openSync(real, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK | O_NOFOLLOW, 0o644)
    try {
      const stat = fs.fstatSync(fd)
      if (!stat.isFile()) throw new RelayError('not_a_file', `Cannot append to ${file}: it is not a file.`)
      const last = Buffer.alloc(1)
      const hasEnd = stat.size === 0 || (fs.readSync(fd, last, 0, 1, stat.size - 1) === 1 && last[0] === 0x0a)
      // Behind a line that somebody did not finish an entry begins on a line of its own.
      const line = Buffer.from(`${hasEnd ? '' : '\n'}${renderLogLine(entry)}`)
      if (fs.writeSync(fd, line) < line.length)
        throw new RelayError('disk_full', `Cannot append to ${file}: the disk or your quota is full.`)
      fs.fdatasyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
  } catch (error) {
    throw asRelayError(error, 'append to', file)
  }
}
