import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdtempSync,
  openSync,
  closeSync,
  ftruncateSync,
  writeSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { readTail } from '../../../src/store/logs/readTail'

const folder = mkdtempSync(join(tmpdir(), 'relay-tail-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0
function file(content: string | Buffer): string {
  const path = join(folder, `${++files}.log`)
  writeFileSync(path, content)
  return path
}

describe('readTail', () => {
  it('gives the last lines, also one that is still being written', async () => {
    expect(await readTail(file('a\nb\nc\n'), 2)).toEqual({
      lines: ['b', 'c'],
      bytes: 6,
      from: 2,
      truncated: false,
      problem: null,
    })
    expect(await readTail(file('a\nb\nc'), 2)).toMatchObject({ lines: ['b', 'c'], from: 2 })
    expect(await readTail(file('a\nb\n'), 5)).toMatchObject({ lines: ['a', 'b'], from: 0, truncated: false })
    expect(await readTail(file('\n\n'), 5)).toMatchObject({ lines: ['', ''] })
    expect(await readTail(file(''), 5)).toMatchObject({ lines: [], bytes: 0 })
    expect(await readTail(file('a\n'), 0)).toMatchObject({ lines: [], from: 2, bytes: 2 })
  })

  it('finds lines across block borders as splitting the whole text would', async () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 3 }).map((text) => text.replace(/[^\p{L}\p{N}]/gu, '.'))
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 6 }), fc.nat(8), fc.boolean(), async (short, count, ends) => {
        const lines = [...short, 'x'.repeat(131_070), ...short, 'y'.repeat(300), ...short].map((text) => text || '-')
        const tail = await readTail(file(lines.join('\n') + (ends ? '\n' : '')), count)
        expect(tail.lines.map((text) => text.slice(0, 50))).toEqual(
          count === 0 ? [] : lines.slice(-count).map((text) => text.slice(0, 50)),
        )
      }),
      { numRuns: 40 },
    )
  })

  it('reads the end of a sparse file of 10 GB at once', async () => {
    const path = file('')
    const descriptor = openSync(path, 'r+')
    ftruncateSync(descriptor, 10 * 1024 ** 3)
    writeSync(descriptor, '\nlast but one\nlast\n', 10 * 1024 ** 3)
    closeSync(descriptor)
    const started = performance.now()
    expect((await readTail(path, 2)).lines).toEqual(['last but one', 'last'])
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  it('shows the end of a line too long to be read, cutting no character', async () => {
    const tail = await readTail(file(`${'é'.repeat(100_000)}end`), 3, 65_536)
    expect(tail).toMatchObject({ truncated: true, bytes: 200_003 })
    expect(tail.lines).toHaveLength(1)
    expect(tail.lines[0]).toMatch(/^… é{1997}end$/)
  })

  it('shows the last state of a log that is one progress bar', async () => {
    const bar = Array.from({ length: 50_000 }, (_, at) => `\r${at}/50000 loss=0.${at}`).join('')
    const tail = await readTail(file(bar), 10, 65_536)
    expect(tail.lines).toEqual(['49999/50000 loss=0.49999'])
  })

  it('leaves out a first line of which it saw only the end', async () => {
    const tail = await readTail(file(`${'a'.repeat(1_000)}\nb\nc\n`), 9, 100)
    expect(tail).toMatchObject({ lines: ['b', 'c'], truncated: true, from: 1_001 })
  })

  it('holds back a character that is not whole yet, and follows from the end of the file', async () => {
    const path = file(Buffer.concat([Buffer.from('ok '), Buffer.from('漢').subarray(0, 2)]))
    expect(await readTail(path, 1)).toMatchObject({ lines: ['ok '], bytes: 5 })
    appendFileSync(path, Buffer.from('漢').subarray(2))
    expect((await readTail(path, 1)).lines).toEqual(['ok 漢'])
  })

  it('reads binary without harm', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7919) % 256))
    const tail = await readTail(file(bytes), 50)
    expect(tail.lines.length).toBe(50)
  })

  it.each([
    ['a missing file', () => join(folder, 'none.log'), 'there is no such file'],
    ['a directory', () => folder, 'it is a directory'],
    ['a path through a file', () => join(file('x'), 'y'), 'a part of its path is not a directory'],
    [
      'a pipe nobody writes to',
      () => {
        const path = join(folder, 'pipe')
        execFileSync('mkfifo', [path])
        return path
      },
      'it is not a regular file',
    ],
  ])('says what is wrong with %s', async (_name, make, cause) => {
    const path = make()
    expect(await readTail(path, 3)).toMatchObject({ lines: [], bytes: 0, problem: `Cannot read ${path}: ${cause}.` })
  })
})
