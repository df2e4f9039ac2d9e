import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findScrollBack } from '../../../src/store/logs/findScrollBack'

const folder = mkdtempSync(join(tmpdir(), 'relay-scroll-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'output.log')

const table: readonly (readonly [name: string, log: string, maxBytes: number, from: number])[] = [
  ['a log that fits is shown whole', 'one\ntwo\n', 8, 0],
  ['an empty log is shown whole', '', 8, 0],
  ['a longer one from the first whole line', 'one\ntwo\nthree\n', 9, 8],
  ['a line that begins exactly there counts', 'one\ntwo\n', 4, 4],
  ['the last line may be unfinished', 'one\ntwo', 5, 4],
  ['a line that does not end is begun in its middle', 'x'.repeat(20), 8, 12],
  ['so is one that fills all that is wanted', `${'x'.repeat(20)}\n`, 8, 13],
  ['and one that is too long to look for its end', `${'x'.repeat(100_000)}\nend\n`, 90_000, 10_005],
]

describe('findScrollBack', () => {
  it.each(table)('%s', async (_name, log, maxBytes, from) => {
    writeFileSync(path, log)
    expect(await findScrollBack(path, maxBytes)).toEqual({ from, problem: null })
  })

  it('says why a log cannot be read', async () => {
    const missing = join(folder, 'missing.log')
    const problem = `Cannot read ${missing}: there is no such file.`
    expect(await findScrollBack(missing, 8)).toEqual({ from: 0, problem })
    expect(await findScrollBack(folder, 8)).toEqual({
      from: 0,
      problem: `Cannot read ${folder}: it is a directory.`,
    })
  })
})
