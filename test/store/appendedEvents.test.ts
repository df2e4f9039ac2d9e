import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { JobEvent } from '../../src/core/jobs/event'
import { readAppendedEvents } from '../../src/store/appendedEvents'
import { renderCheckedLine } from '../../src/store/checkedLine'
import { JournalWriter, readJournal } from '../../src/store/journal'
import { approved, exited, intended, launched } from '../support/jobs'

let root: string
let file: string
/** Sizes of the journal: without a line, with one, and so on. */
let sizes: number[]
const events: readonly JobEvent[] = [
  approved,
  intended,
  launched,
  { type: 'looked', logBytes: 7, lastLine: 'seven' },
  exited(0),
]
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-appended-'))
  file = path.join(root, 'events.jsonl')
  const { writer } = JournalWriter.open(file, 'boot')
  sizes = [0, ...events.map((event, index) => (writer.append([event], 1000 + index), writer.size))]
})
afterEach(() => fs.rmSync(root, { recursive: true }))

test('what lies between two sizes of a journal is what the whole journal says', () => {
  const whole = readJournal(file).events
  for (const [from, start] of sizes.entries())
    for (const [to, end] of sizes.entries())
      // Before the first line there is none that tells the number: the journal is read as a whole.
      if (to > from) expect(readAppendedEvents(file, start, end)).toEqual(from === 0 ? null : whole.slice(from, to))
})

test('a place that is no end of a line is not read from, or to', () => {
  const ends = new Set(sizes)
  const [, second = 0] = sizes
  const last = sizes.at(-1) ?? 0
  for (let at = 1; at < last; at++) {
    if (ends.has(at)) continue
    expect(readAppendedEvents(file, at, last)).toBeNull()
    if (at > second) expect(readAppendedEvents(file, second, at)).toBeNull()
  }
})

test('a damaged line, a missing one, one of a newer version and an unknown event are left to the reader of the whole', () => {
  const bytes = fs.readFileSync(file)
  const size = bytes.length
  const appended = {
    damaged: 'damaged\n',
    missing: renderCheckedLine({ v: 1, seq: 7, at: 1, boot: 'boot', event: approved }),
    repeated: renderCheckedLine({ v: 1, seq: 5, at: 1, boot: 'boot', event: approved }),
    newer: renderCheckedLine({ v: 2, seq: 6, at: 1, boot: 'boot', event: approved }),
    unknown: renderCheckedLine({ v: 1, seq: 6, at: 1, boot: 'boot', event: { type: 'from_the_future' } }),
  }
  for (const [what, line] of Object.entries(appended)) {
    fs.writeFileSync(file, Buffer.concat([bytes, Buffer.from(line)]))
    expect(readAppendedEvents(file, size, size + line.length), what).toBeNull()
  }
  const right = renderCheckedLine({ v: 1, seq: 6, at: 1, boot: 'boot', event: approved })
  fs.writeFileSync(file, Buffer.concat([bytes, Buffer.from(right)]))
  expect(readAppendedEvents(file, size, size + right.length)).toEqual([{ atMs: 1, event: approved }])
})

test('a journal that is shorter than it was, or gone, is left to the reader of the whole', () => {
  const [, second = 0] = sizes
  const last = sizes.at(-1) ?? 0
  expect(readAppendedEvents(file, second, last + 1)).toBeNull()
  fs.rmSync(file)
  expect(readAppendedEvents(file, second, last)).toBeNull()
})
