import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lookPatiently } from '../../../src/supervisor/jobs/patientLook'
import { readResults } from '../../../src/supervisor/tracking/readResults'

let within: string
beforeEach(() => {
  within = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-results-'))
})
afterEach(() => fs.rmSync(within, { recursive: true }))

test('results are read within a limit; a disk that does not answer is told of', async () => {
  const files = [path.join(within, 'm.json')]
  fs.writeFileSync(files[0] ?? '', '{"acc": 1}')
  const wish = { within, folder: null, globs: [], files, sinceMs: null }
  expect((await readResults(wish)).texts).toEqual([{ path: 'm.json', text: '{"acc": 1}' }])
  // A look at that disk that never comes back.
  await lookPatiently(`results ${within}`, () => new Promise<never>(() => undefined), 1)
  expect(await readResults(wish, 10)).toMatchObject({
    texts: [],
    problems: [expect.stringContaining('did not answer within')],
  })
})

test('a pipe among the results is not waited for', async () => {
  execFileSync('mkfifo', [path.join(within, 'log.json')])
  const found = await readResults({
    within,
    folder: within,
    globs: [],
    files: [path.join(within, 'log.json')],
    sinceMs: null,
  })
  expect(found.texts).toEqual([])
})
