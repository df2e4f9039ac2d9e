// Finished jobs of a folder, summed up in one file so that ten thousand of them are read at once. It is a cache: an entry
// counts only while the job's journal still has the size it had then, and the whole file may be deleted at any time.
import fs from 'node:fs'
import type { Job } from '../../core/jobs/job'
import type { JobId } from '../../core/jobs/jobId'
import { isCheckOfStep, originSchema } from '../../core/jobs/spec'
import { build } from '../build'
import { parseCheckedLine, renderCheckedLine, splitLines } from '../checkedLine'
import type { FolderPaths } from '../stateFolder'

export interface FinishedEntry {
  readonly journalBytes: number
  readonly job: Job
}

interface Line extends FinishedEntry {
  readonly v: 1
  readonly build: string
}

/** The entries by job id. Lines that cannot be read are passed over: the jobs themselves are read then. */
export function readFinishedIndex(folder: FolderPaths): ReadonlyMap<string, FinishedEntry> {
  const entries = new Map<string, FinishedEntry>()
  for (const line of splitLines(readBytes(folder.finishedIndex))) {
    const value = parseCheckedLine(line)
    if (isLine(value)) entries.set(value.job.spec.id, value)
  }
  return entries
}

/** Whether an entry still tells the truth: the journal has not changed since. */
export function isCurrent(folder: FolderPaths, { job, journalBytes }: FinishedEntry): boolean {
  return fs.statSync(folder.job(job.spec.id).journal, { throwIfNoEntry: false })?.size === journalBytes
}

/** Where the last entry of a job is, and what its first bytes say. */
interface Place {
  readonly offset: number
  readonly length: number
  readonly journalBytes: number
  readonly isOwn: boolean
  /** An agent did it. */
  readonly isTask: boolean
  readonly isCheckOfStep: boolean
}

/** In the spec of an agent's job, which comes first in a line; in a text of somebody's the quotes would be escaped. */
const taskMark = '"plan":{"work":{"kind":"agent"'
/** In the spec of a job of a step. */
const stepMark = '"origin":{"kind":"step",'
/** All of it: its texts have no quotes that are not escaped. */
const stepOrigin = /"origin":(\{"kind":"step",(?:[^"}]|"(?:[^"\\]|\\.)*")*\})/
/** Enough for a spec up to its plan. */
const specBytes = 8192

/** How `appendFinished` begins a line, of this build or another; builds before the first release had no name. */
const head =
  /^\{"crc":"[0-9a-f]{8}","v":1,(?:"build":"([^"]*)",)?"journalBytes":(\d+),"job":\{"spec":\{"v":1,"id":"([a-z0-9-]+)(?=")/
/** Enough for a head with the longest id there may be. */
const headBytes = 320
const chunkBytes = 1 << 20

/**
 * The index as those read it who show a page of it: of each line only the beginning is looked at, and the rest is read
 * and checked when somebody asks for the job. Holds no jobs.
 */
export class LazyFinishedIndex {
  private readonly places = new Map<string, Place>()
  private inode = 0
  /** Bytes up to the end of the last complete line that was looked at. */
  private scannedBytes = 0

  constructor(private readonly file: string) {}

  /** Takes up what was appended since the last call; all of it if the file is another one. */
  refresh(): void {
    try {
      const { ino, size } = fs.statSync(this.file)
      if (ino !== this.inode || size < this.scannedBytes) this.clear(ino)
      if (size > this.scannedBytes) this.scan()
    } catch {
      this.clear(0) // A cache that cannot be read is none.
    }
  }

  /**
   * The size that the journal of a finished job had when the job was summed up, or undefined. Not vouched for by a
   * checksum: a damaged line may speak of the wrong job, but hardly with the right size.
   */
  journalBytes(id: string): number | undefined {
    return this.places.get(id)?.journalBytes
  }

  /** Whether a finished job was an agent's, or undefined. */
  isTask(id: string): boolean | undefined {
    return this.places.get(id)?.isTask
  }

  /** Whether a finished job was a check of a step, or undefined. */
  isCheckOfStep(id: string): boolean | undefined {
    return this.places.get(id)?.isCheckOfStep
  }

  /** The job as it was summed up by this build, or null: then it is to be read from its directory. */
  read(id: JobId): Job | null {
    const place = this.places.get(id)
    if (place?.isOwn !== true) return null
    try {
      const line = Buffer.allocUnsafe(place.length)
      const fd = fs.openSync(this.file, 'r')
      try {
        if (fs.readSync(fd, line, 0, place.length, place.offset) < place.length) return null
      } finally {
        fs.closeSync(fd)
      }
      const value = parseCheckedLine(line)
      return isLine(value) && value.job.spec.id === id ? value.job : null
    } catch {
      return null // Thrown away meanwhile.
    }
  }

  private clear(inode: number): void {
    this.places.clear()
    this.scannedBytes = 0
    this.inode = inode
  }

  private scan(): void {
    const fd = fs.openSync(this.file, 'r')
    try {
      let buffer = Buffer.allocUnsafe(chunkBytes)
      for (;;) {
        const chunk = buffer.subarray(0, fs.readSync(fd, buffer, 0, buffer.length, this.scannedBytes))
        const end = chunk.lastIndexOf(0x0a) + 1
        if (end > 0) this.scanLines(chunk.subarray(0, end))
        else if (chunk.length < buffer.length) return
        else buffer = Buffer.allocUnsafe(buffer.length * 2)
      }
    } finally {
      fs.closeSync(fd)
    }
  }

  private scanLines(lines: Buffer): void {
    const offset = this.scannedBytes
    let start = 0
    for (let end = lines.indexOf(0x0a); end >= 0; end = lines.indexOf(0x0a, start)) {
      const [text, by, bytes, id] = head.exec(lines.toString('latin1', start, Math.min(end, start + headBytes))) ?? []
      if (text !== undefined && id !== undefined) {
        const spec = lines.subarray(start, Math.min(end, start + specBytes))
        const isTask = spec.includes(taskMark)
        const size = { offset: offset + start, length: end - start, journalBytes: Number(bytes) }
        const place = { ...size, isOwn: by === build, isTask, isCheckOfStep: isCheck(spec) }
        // Taken from the bytes again: a part of `text` would keep the whole of it in memory.
        const idStart = start + text.length - id.length
        this.places.set(lines.toString('latin1', idStart, start + text.length), place)
      }
      start = end + 1
    }
    this.scannedBytes = offset + lines.length
  }
}

function isCheck(spec: Buffer): boolean {
  const at = spec.indexOf(stepMark)
  const [, text] = at < 0 ? [] : (stepOrigin.exec(spec.toString('utf8', at)) ?? [])
  if (text === undefined) return false
  try {
    const origin = originSchema.safeParse(JSON.parse(text))
    return origin.success && isCheckOfStep(origin.data)
  } catch {
    return false // Cut off, or damaged: then it is shown.
  }
}

/** Adds one finished job. Losing an entry costs a little time later, so nothing is synced. */
export function appendFinished(folder: FolderPaths, entry: FinishedEntry): void {
  const line: Line = { v: 1, build, ...entry }
  try {
    fs.appendFileSync(folder.finishedIndex, renderCheckedLine(line), { mode: 0o600 })
  } catch {
    // Without its entry the job is read from its directory.
  }
}

/** The checksum has vouched for the content. What another build has summed up is read anew: a job may look different now. */
function isLine(value: unknown): value is Line {
  return typeof value === 'object' && value !== null && 'build' in value && value.build === build
}

function readBytes(file: string): Buffer {
  try {
    return fs.readFileSync(file)
  } catch {
    return Buffer.alloc(0) // A cache that cannot be read is none.
  }
}
