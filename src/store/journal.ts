// The append-only record of what happened to one job, or to one undertaking. One writer, the supervisor; any number of readers.
import fs from 'node:fs'
import path from 'node:path'
import * as z from 'zod'
import { type JobEvent, jobEventSchema } from '../core/jobs/event'
import { RelayError } from '../core/relayError'
import { parseCheckedLine, renderCheckedLine, splitLines } from './checkedLine'
import { asRelayError, errorCode, syncDirectory } from './durableFile'

const version = 1
const lineSchema = z.looseObject({ v: z.int(), seq: z.int(), at: z.number(), boot: z.string(), event: z.unknown() })

/** An event with the wall time (ms since the epoch) at which it was recorded. */
export interface Recorded<Event> {
  readonly atMs: number
  readonly event: Event
}

export interface JournalContent<Event = JobEvent> {
  readonly events: readonly Recorded<Event>[]
  /** Sequence number of the last readable line; 0 if there is none. */
  readonly lastSeq: number
  /** Bytes up to the end of the last complete line; what follows is a torn line. */
  readonly completeBytes: number
  /** The torn line is whole but for its end: it was acknowledged, and `events` has it. */
  readonly tornLine: Buffer | null
  readonly bytes: number
  /** Written by a newer version of us: it may be shown, and must not be written to. */
  readonly newer: boolean
  /** What could not be read, in sentences. A torn last line is normal and is none. */
  readonly problems: readonly string[]
}

/** Reads what can be read. A missing file is an empty journal. Throws RelayError if the file cannot be opened. */
export function readJournal(file: string): JournalContent
export function readJournal<Event>(file: string, schema: z.ZodType<Event>): JournalContent<Event>
export function readJournal(file: string, schema: z.ZodType = jobEventSchema): JournalContent<unknown> {
  let data: Buffer
  try {
    data = fs.readFileSync(file)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw asRelayError(error, 'read', file)
    data = Buffer.alloc(0)
  }
  return parseJournal(data, path.basename(file), schema)
}

function parseJournal(data: Buffer, name: string, schema: z.ZodType): JournalContent<unknown> {
  const completeBytes = data.lastIndexOf(0x0a) + 1
  const tornLine = readTornLine(data.subarray(completeBytes))
  const lines = [...splitLines(data), ...(tornLine === null ? [] : [tornLine])]
  const events: Recorded<unknown>[] = []
  const problems: string[] = []
  let lastSeq = 0
  let damagedSinceLast = 0
  let newer = false
  for (const [index, line] of lines.entries()) {
    const where = `line ${index + 1} of ${name}`
    const parsed = lineSchema.safeParse(parseCheckedLine(line))
    if (!parsed.success) {
      problems.push(`Cannot read ${where}: it is damaged. It is kept as it is and passed over.`)
      damagedSinceLast++
      continue
    }
    const { v, seq, at } = parsed.data
    if (v > version) {
      newer = true
      problems.push(`Cannot read ${where}: it was written by a newer version of Relay Jobs. Update to act on this job.`)
      continue
    }
    if (seq <= lastSeq) {
      problems.push(`Passed over ${where}: its number ${seq} was there before.`)
      continue
    }
    const missing = seq - lastSeq - 1 - damagedSinceLast
    if (missing > 0) problems.push(`Before ${where}, lines are missing: ${missing}.`)
    lastSeq = seq
    damagedSinceLast = 0
    const event = schema.safeParse(parsed.data.event)
    if (event.success) events.push({ atMs: at, event: event.data })
    else {
      newer = true
      problems.push(`Cannot understand ${where}: it was written by another version of Relay Jobs.`)
    }
  }
  if (tornLine !== null && completeBytes + tornLine.length < data.length)
    problems.push(`The end of line ${lines.length} of ${name} was damaged. The line itself is whole.`)
  return { events, lastSeq, completeBytes, tornLine, bytes: data.length, newer, problems }
}

/** A last line that lacks nothing but its newline, or whose newline was damaged. */
function readTornLine(end: Buffer): Buffer | null {
  return [end, end.subarray(0, -1)].find((line) => parseCheckedLine(line) !== undefined) ?? null
}

/** The one writer of a journal. */
export class JournalWriter<Event = JobEvent> {
  private constructor(
    private readonly file: string,
    private readonly bootId: string,
    private seq: number,
    private bytes: number,
  ) {}

  /**
   * Reads the journal and makes it ready for appending: a torn last line is moved to `<file>.torn`, never overwritten;
   * one that is whole but for its newline gets it.
   * Throws RelayError.
   */
  static open(file: string, bootId: string): { writer: JournalWriter; content: JournalContent }
  static open<Event>(
    file: string,
    bootId: string,
    schema: z.ZodType<Event>,
  ): { writer: JournalWriter<Event>; content: JournalContent<Event> }
  static open(file: string, bootId: string, schema: z.ZodType = jobEventSchema): unknown {
    const content = readJournal(file, schema)
    const { lastSeq, completeBytes, tornLine } = content
    if (tornLine !== null) endTornLine(file, completeBytes + tornLine.length)
    else if (content.bytes > completeBytes) setTornLineAside(file, content)
    const bytes = tornLine === null ? completeBytes : completeBytes + tornLine.length + 1
    return { writer: new JournalWriter(file, bootId, lastSeq, bytes), content }
  }

  /**
   * Appends all events in one write. When this returns they survive a power cut; when it throws (RelayError), none of
   * them is in the journal.
   */
  append(events: readonly Event[], atMs: number): readonly Recorded<Event>[] {
    const first = this.bytes === 0
    const text = events
      .map((event, index) =>
        renderCheckedLine({ v: version, seq: this.seq + 1 + index, at: atMs, boot: this.bootId, event }),
      )
      .join('')
    const data = Buffer.from(text)
    try {
      const fd = fs.openSync(this.file, 'a', 0o600)
      try {
        this.writeAll(fd, data)
      } finally {
        fs.closeSync(fd)
      }
      if (first) syncDirectory(path.dirname(this.file))
    } catch (error) {
      throw asRelayError(error, 'append to', this.file)
    }
    this.seq += events.length
    this.bytes += data.length
    return events.map((event) => ({ atMs, event }))
  }

  /** Size of the journal, in bytes. */
  get size(): number {
    return this.bytes
  }

  private writeAll(fd: number, data: Buffer): void {
    if (fs.fstatSync(fd).size !== this.bytes)
      throw new RelayError('foreign_write', `Cannot append to ${this.file}: something else has written to it.`)
    try {
      const written = fs.writeSync(fd, data)
      if (written < data.length)
        throw new RelayError('disk_full', `Cannot append to ${this.file}: the disk or your quota is full.`)
      fs.fdatasyncSync(fd)
    } catch (error) {
      fs.ftruncateSync(fd, this.bytes)
      throw error
    }
  }
}

function endTornLine(file: string, at: number): void {
  try {
    const fd = fs.openSync(file, 'r+')
    try {
      fs.writeSync(fd, '\n', at)
      fs.fdatasyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
  } catch (error) {
    throw asRelayError(error, 'end the last line of', file)
  }
}

function setTornLineAside(file: string, { completeBytes }: JournalContent<unknown>): void {
  try {
    const torn = fs.readFileSync(file).subarray(completeBytes)
    fs.appendFileSync(`${file}.torn`, Buffer.concat([torn, Buffer.from('\n')]), { mode: 0o600 })
    fs.truncateSync(file, completeBytes)
  } catch (error) {
    throw asRelayError(error, 'set aside the torn end of', file)
  }
}
