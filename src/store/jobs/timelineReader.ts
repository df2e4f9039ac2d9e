// The events of a job for a view that is drawn again and again: only what was appended to the journal is read. What is wrong
// with a journal is told by readJob; here a line that cannot be read is passed over.
import { setImmediate } from 'node:timers/promises'
import * as z from 'zod'
import { jobEventSchema, type RecordedEvent } from '../../core/jobs/event'
import { parseCheckedLine } from '../checkedLine'
import { readAppended, startPosition } from '../logs/readAppended'

const lineSchema = z.looseObject({ at: z.number(), event: jobEventSchema })

export class TimelineReader {
  private position = startPosition
  private events: RecordedEvent[] = []

  constructor(private readonly journal: string) {}

  /** All events so far, without the looks at a running job but the last. A journal that cannot be opened has none. */
  async read(): Promise<readonly RecordedEvent[]> {
    for (;;) {
      const { lines, position, restarted, more, problem } = await readAppended(this.journal, this.position)
      this.position = position
      if (restarted) this.events = []
      for (const line of lines) this.add(line)
      if (!more || problem !== null) return this.events
      await setImmediate()
    }
  }

  private add(line: Buffer): void {
    const parsed = lineSchema.safeParse(parseCheckedLine(line))
    if (!parsed.success) return
    const { at, event } = parsed.data
    if (event.type === 'looked') this.events = this.events.filter((other) => other.event.type !== 'looked')
    this.events.push({ atMs: at, event })
  }
}
