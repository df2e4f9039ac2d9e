// What was appended to a journal since it was last read, so that following a long one costs no more than a short one.
// Only for what is as it should be: everything else is left to readJournal, which says what is wrong.
import fs from 'node:fs'
import * as z from 'zod'
import { type JobEvent, jobEventSchema } from '../core/jobs/event'
import { parseCheckedLine, splitLines } from './checkedLine'
import type { Recorded } from './journal'

const headSchema = z.looseObject({ v: z.literal(1), seq: z.int(), at: z.number(), event: z.unknown() })
/** The line before what was appended is looked for in this many bytes: it tells the number that comes next. */
const lastLineBytes = 16 * 1024
const newline = 0x0a

/** The events between two sizes of the journal, or null if it is to be read as a whole. Never throws. */
export function readAppendedEvents(file: string, fromByte: number, toByte: number): readonly Recorded<JobEvent>[] | null
export function readAppendedEvents<Event>(
  file: string,
  fromByte: number,
  toByte: number,
  schema: z.ZodType<Event>,
): readonly Recorded<Event>[] | null
export function readAppendedEvents(
  file: string,
  fromByte: number,
  toByte: number,
  schema: z.ZodType = jobEventSchema,
): readonly Recorded<unknown>[] | null {
  const start = Math.max(0, fromByte - lastLineBytes)
  const data = readRange(file, start, toByte)
  const known = data?.subarray(0, fromByte - start)
  if (data === null || known === undefined || known.length < 2) return null
  if (known.at(-1) !== newline || data.at(-1) !== newline) return null
  const [last, ...lines] = splitLines(data.subarray(known.lastIndexOf(newline, known.length - 2) + 1)).map((line) =>
    headSchema.safeParse(parseCheckedLine(line)),
  )
  if (last?.success !== true) return null
  const events: Recorded<unknown>[] = []
  for (const [index, line] of lines.entries()) {
    if (!line.success || line.data.seq !== last.data.seq + 1 + index) return null
    const event = schema.safeParse(line.data.event)
    if (!event.success) return null
    events.push({ atMs: line.data.at, event: event.data })
  }
  return events
}

function readRange(file: string, start: number, end: number): Buffer | null {
  try {
    const fd = fs.openSync(file, 'r')
    try {
      const data = Buffer.allocUnsafe(end - start)
      return fs.readSync(fd, data, 0, data.length, start) === data.length ? data : null
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    return null // Reading it as a whole will say why.
  }
}
