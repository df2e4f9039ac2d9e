// The log of a job that is a link to a file of somebody else's.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { linkLog } from '../../../src/supervisor/backends/linkedLog'

let folder: string

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'linked-'))
})

afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true })
})

test('is linked once the file is there, and only a plain file is', async () => {
  const paths = { directory: path.join(folder, 'attempt'), log: path.join(folder, 'attempt', 'output.log') }
  const file = path.join(folder, 'out.txt')
  expect(await linkLog(paths, file)).toBe(false)
  expect(await linkLog(paths, folder)).toBe(false)
  expect(await linkLog(paths, 'out.txt')).toBe(false)
  expect(fs.existsSync(paths.directory)).toBe(false)
  fs.writeFileSync(file, 'hello\n')
  // Two who look at the same time make one link.
  expect(await Promise.all([linkLog(paths, file), linkLog(paths, file)])).toEqual([true, true])
  expect(fs.readlinkSync(paths.log)).toBe(file)
  expect(await linkLog(paths, '/nowhere')).toBe(true)
})
