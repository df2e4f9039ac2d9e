// Reads exp/registry.jsonl as it grows: what was read once is not read again, and no line can keep the others from being read.
import fs from 'node:fs'
import { type RunRecord, parseRegistryLine } from '../../core/experiments/registryRecord'
import { readAppended, type ReadPosition, startPosition } from '../logs/readAppended'

/** Where the registry of a workspace is, relative to it. */
export const registryPath = 'exp/registry.jsonl'

/** Read in one go: much less, and a large registry takes too long; much more, and nobody else has their turn. */
const pieceBytes = 1024 * 1024
/** More runs than that are not shown: the newest are. */
const maxRecords = 200_000
/** Problems beyond these are only counted. */
const maxProblems = 50

export interface RegistrySnapshot {
  /** In the order of the file, each run once: the first line of a run counts. */
  readonly records: readonly RunRecord[]
  /** What could not be read or does not count, a sentence each; bounded. */
  readonly problems: readonly string[]
  /** Problems that are not in the list. */
  readonly moreProblems: number
  /** Raised whenever `records` may be others. */
  readonly version: number
}

/** One registry. Holds nothing open; `read` may be called as often as one likes, and calls at the same time share one reading. */
export class RegistryFile {
  private position: ReadPosition = startPosition
  private records: RunRecord[] = []
  private seen = new Set<string>()
  private problems: string[] = []
  private moreProblems = 0
  private lineNumber = 0
  private version = 0
  private reading: Promise<RegistrySnapshot> | null = null

  /** `file` is absolute; a missing one has no runs. */
  constructor(readonly file: string) {}

  /** All runs that are recorded now. Rejects only for what is no error of the file system. */
  read(): Promise<RegistrySnapshot> {
    this.reading ??= this.readNow().finally(() => (this.reading = null))
    return this.reading
  }

  private async readNow(): Promise<RegistrySnapshot> {
    if (this.position.inode !== 0 && !fs.existsSync(this.file)) {
      this.forget()
      this.position = startPosition
    }
    for (;;) {
      const appended = await readAppended(this.file, this.position, false, pieceBytes)
      if (appended.problem !== null) return this.snapshot([appended.problem])
      if (appended.restarted) this.forget()
      this.position = appended.position
      for (const line of appended.lines) this.take(line.toString('utf8'))
      if (!appended.more) break
    }
    return this.snapshot(this.skipped())
  }

  private forget(): void {
    this.records = []
    this.seen = new Set()
    this.problems = []
    this.moreProblems = 0
    this.lineNumber = 0
    this.version++
  }

  private take(line: string): void {
    this.lineNumber++
    const parsed = parseRegistryLine(line)
    if (parsed.kind === 'blank') return
    if (parsed.kind === 'problem') return this.tell(`${this.where()} is skipped: ${parsed.problem}.`)
    const { runId } = parsed.record
    if (this.seen.has(runId))
      return this.tell(`${this.where()} is skipped: run ${runId.slice(0, 80)} is recorded above it already.`)
    this.seen.add(runId)
    this.records.push(parsed.record)
    this.version++
    if (this.records.length > maxRecords * 1.1) this.records.splice(0, this.records.length - maxRecords)
  }

  /** A last line without an end: whole if it can be read, else torn, or still being written. */
  private lastLine(): { record: RunRecord | null; problem: string | null } {
    const text = this.position.openLine.toString('utf8')
    const parsed = parseRegistryLine(text)
    if (parsed.kind === 'record')
      return { record: this.seen.has(parsed.record.runId) ? null : parsed.record, problem: null }
    if (parsed.kind === 'blank') return { record: null, problem: null }
    return { record: null, problem: `The last line of ${this.file} is not whole: it is skipped.` }
  }

  private snapshot(more: readonly string[]): RegistrySnapshot {
    const { record, problem } = this.lastLine()
    const problems = [...more, ...this.problems, ...(problem === null ? [] : [problem])]
    return {
      records: record === null ? [...this.records] : [...this.records, record],
      problems,
      moreProblems: this.moreProblems,
      version: this.version + (record === null ? 0 : 0.5),
    }
  }

  private skipped(): string[] {
    const { skippedBytes } = this.position
    return skippedBytes === 0 ? [] : [`The first ${skippedBytes} bytes of ${this.file} were not read: it is too large.`]
  }

  private tell(problem: string): void {
    if (this.problems.length < maxProblems) this.problems.push(problem)
    else this.moreProblems++
  }

  private where(): string {
    const isWhole = this.position.skippedBytes === 0
    return isWhole ? `Line ${this.lineNumber} of ${this.file}` : `A line of ${this.file}`
  }
}
