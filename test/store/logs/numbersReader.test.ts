import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { NumbersReader } from '../../../src/store/logs/numbersReader'
import { readAppended, startPosition } from '../../../src/store/logs/readAppended'

const never = new AbortController().signal
let folder: string
let file: string

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-numbers-'))
  file = path.join(folder, 'output.log')
})

afterEach(() => {
  fs.rmSync(folder, { recursive: true })
})

async function readAll(reader: NumbersReader, last = false): Promise<ReturnType<NumbersReader['series']>> {
  for (;;) if (!(await reader.read(1_000, last, never)).more) return reader.series()
}

it('reads what was appended, and a last line only when it is whole', async () => {
  const reader = new NumbersReader(file, 'lines')
  expect((await readAll(reader)).series).toEqual([])
  fs.writeFileSync(file, 'step 1 loss=0.5\nstep 2 loss=0.')
  expect((await readAll(reader)).series[0]?.ys).toEqual([0.5])
  fs.appendFileSync(file, '25\nstep 3 loss=0.125')
  expect((await readAll(reader)).series[0]?.ys).toEqual([0.5, 0.25])
  expect((await readAll(reader, true)).series[0]).toMatchObject({ ys: [0.5, 0.25, 0.125], xs: [1, 2, 3] })
})

it('begins anew when the file was cut', async () => {
  const reader = new NumbersReader(file, 'lines')
  fs.writeFileSync(file, 'step 1 loss=0.5\nstep 2 loss=0.4\n')
  const before = await readAll(reader)
  fs.writeFileSync(file, 'step 1 loss=7\n')
  const after = await readAll(reader)
  expect(after.series[0]?.ys).toEqual([7])
  expect(after.start).not.toBe(before.start)
})

it('reads a table by its first row', async () => {
  file = path.join(folder, 'metrics.csv')
  fs.writeFileSync(file, 'epoch,val_loss\n1,0.5\n2,0.25\n')
  const { series } = await readAll(new NumbersReader(file, 'table'))
  expect(series).toMatchObject([{ key: 'val_loss', xName: 'epoch', xs: [1, 2], ys: [0.5, 0.25] }])
})

it('never holds others up for long, however large the log', async () => {
  fs.writeFileSync(
    file,
    Array.from({ length: 100_000 }, (_, step) => `step ${step} loss=${1 / (step + 1)} lr=0.1\n`).join(''),
  )
  const reader = new NumbersReader(file, 'lines')
  let turns = 0
  const over = new AbortController()
  const others = (async () => {
    for (; !over.signal.aborted; turns++) await new Promise((resolve) => setImmediate(resolve))
  })()
  const { series } = await readAll(reader)
  over.abort()
  await others
  expect(series[0]?.count).toBe(100_000)
  // 3 MB in pieces of 64 KiB: others had a turn in each.
  expect(turns).toBeGreaterThan(50)
})

it('keeps a bounded part of a line without an end', async () => {
  fs.writeFileSync(file, 'x'.repeat(300_000))
  let position = startPosition
  for (let more = true; more;) ({ position, more } = await readAppended(file, position))
  expect(position.offset).toBe(300_000)
  expect(position.openLine.length).toBeLessThanOrEqual(64 * 1024)
})
