// Looks at one running job now and then: what is new in its log, what its processes have used, and since when nothing of it has
// moved. It remembers since when it looks, and no more: thrown away, it begins anew.
import fs from 'node:fs'
import type { PatternHit, Watched } from '../../core/jobs/alerts'
import { cpuMsBetween, hasWorked, measureUsage, type Sample, type Usage } from '../../core/jobs/usage'
import { sanitizeLine } from '../../core/logs/terminalText'
import { fileSize } from '../../store/jobs/jobFiles'
import { type ReadPosition, readAppended, startPosition } from '../../store/logs/readAppended'
import { readEnd } from '../../store/logs/readEnd'
import type { GpuTable } from './gpuTable'
import type { AttemptRef, Backend } from '../backends/backend'
import type { PatternMatcher } from './patternMatcher'

/** What all jobs share, so that a thousand of them cost little more than one. */
export interface WatchTools {
  readonly gpus: Pick<GpuTable, 'read'>
  readonly matcher: Pick<PatternMatcher, 'match'>
}

export interface WatchedAttempt extends AttemptRef {
  /** In lines of its log, if these are looked at. */
  readonly patterns: readonly string[]
}

export interface JobLook {
  readonly log: { readonly bytes: number; readonly lastLine: string }
  readonly usage: Usage | null
  readonly watched: Watched
}

/** Lists of processes and of graphics cards may be so old, at most. */
const maxListAgeMs = 5_000
/** So much of a log is looked through at once; of one that grows faster only the end is. */
const maxPieces = 16
const maxBehindBytes = 4 * 1024 * 1024
const keptBytes = 256 * 1024

export class JobWatch {
  private before: Sample | null = null
  /** At the last look that was written down. */
  private noted: Sample | null = null
  private logBytes: number | null = null
  /** What was in the log already when this began. */
  private oldBytes = 0
  private movedAtMs = performance.now()
  private position: ReadPosition | null = null
  private openLine = ''
  private readonly hits = new Map<number, PatternHit>()

  /** `fromBytes`: the log was looked through so far. */
  constructor(
    private readonly tools: WatchTools,
    private readonly backend: Pick<Backend, 'sample'>,
    private fromBytes: number,
  ) {}

  /** Another stage has begun: it is judged by what it does itself. */
  beginStage({ paths }: Pick<WatchedAttempt, 'paths'>): void {
    this.before = null
    this.noted = null
    this.movedAtMs = performance.now()
    this.oldBytes = fileSize(paths.log)
  }

  /** `everyMs` is how often it is looked at; `isNoted`: the usage is over the time since the last look with it. */
  async look(attempt: WatchedAttempt, everyMs: number, isNoted: boolean): Promise<JobLook> {
    const maxAgeMs = Math.min(maxListAgeMs, everyMs / 2)
    const now = this.backend.sample(attempt, maxAgeMs)
    const table = now === null ? null : await this.tools.gpus.read(maxAgeMs)
    const log = readLog(attempt.paths.log)
    if (attempt.patterns.length > 0) await this.readPatterns(attempt)
    const usage = now === null ? null : measureUsage(this.noted ?? this.before, now, table)
    const isFirstLook = now !== null && this.before === null
    const hasMoved = this.move(now, log.bytes, usage)
    const watched: Watched = {
      // 0 says that it was seen to move; a first look has seen nothing.
      idleForMs: hasMoved ? (isFirstLook ? 1 : 0) : Math.round(performance.now() - this.movedAtMs),
      silent: this.silent(now, log.bytes),
      hits: [...this.hits.values()],
    }
    this.before = now
    if (isNoted || this.noted === null) this.noted = now
    return { log, usage, watched }
  }

  /** A person was told of this pattern: it is counted anew. */
  told(pattern: number): void {
    this.hits.delete(pattern)
  }

  private move(now: Sample | null, bytes: number, usage: Usage | null): boolean {
    const hasWritten = this.logBytes !== null && bytes !== this.logBytes
    // Where nothing is known of its processes, nothing is said of their rest.
    const mayWork = now === null || this.before === null || hasWorked(this.before, now, usage?.gpu ?? null)
    this.logBytes = bytes
    if (hasWritten || mayWork) this.movedAtMs = performance.now()
    return hasWritten || mayWork
  }

  private silent(now: Sample | null, bytes: number): Watched['silent'] {
    if (now === null || bytes > this.oldBytes) return null
    return { cpuMs: cpuMsBetween({ atMs: 0, processes: [] }, now) }
  }

  private async readPatterns({ paths, patterns }: WatchedAttempt): Promise<void> {
    const lines: string[] = []
    let position = this.position ?? startAt(paths.log, this.fromBytes)
    for (let piece = 0; piece < maxPieces; piece++) {
      const read = await readAppended(paths.log, position)
      position = read.position
      for (const line of read.lines) lines.push(sanitizeLine(line.toString('utf8')))
      if (!read.more) break
    }
    const behind = fileSize(paths.log) - position.offset
    if (behind > maxBehindBytes) position = { ...startAt(paths.log, position.offset + behind - keptBytes) }
    this.position = position
    lines.push(...this.openLineOf(position, lines.length > 0))
    if (lines.length === 0) return
    for (const hit of await this.tools.matcher.match(patterns, lines)) {
      const known = this.hits.get(hit.pattern)
      this.hits.set(hit.pattern, { ...hit, count: hit.count + (known?.count ?? 0) })
    }
  }

  /**
   * A progress bar is one line for hours, written over itself: what it shows now is looked at. Another line that has no end
   * yet is, once it has stopped growing.
   */
  private openLineOf({ openLine }: ReadPosition, hasGrown: boolean): string[] {
    const text = openLine.toString('utf8')
    const shown = sanitizeLine(text)
    const isNew = shown !== this.openLine
    if (!text.includes('\r') && (hasGrown || text === '')) return []
    this.openLine = shown
    return isNew ? [shown] : []
  }
}

function readLog(file: string): JobLook['log'] {
  return { bytes: fileSize(file), lastLine: readEnd(file, 4096).at(-1)?.slice(0, 500) ?? '' }
}

/** A position in the file as it is now; a log that was not looked at yet is read from its start. */
function startAt(file: string, offset: number): ReadPosition {
  const stat = fs.statSync(file, { throwIfNoEntry: false })
  if (stat === undefined || offset <= 0) return startPosition
  return { ...startPosition, offset, inode: stat.ino, skippedBytes: offset }
}
