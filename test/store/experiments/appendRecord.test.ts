import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { renderRegistryLine } from '../../../src/core/experiments/registryRecord'
import { appendRecord } from '../../../src/store/experiments/appendRecord'
import { RegistryFile } from '../../../src/store/experiments/registryFile'
import { runRecord } from '../../support/runRecord'

let folder = ''
let file = ''
beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'relay-append-')))
  file = path.join(folder, 'exp/registry.jsonl')
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

const append = (runId: string) =>
  appendRecord({ folder, record: runRecord({ runId }), lock: path.join(folder, 'lock') })
const ids = async () => (await new RegistryFile(file).read()).records.map(({ runId }) => runId)

test('a run is recorded once, and behind a torn line it has a line of its own', async () => {
  expect(await append('a')).toBe(true)
  expect(await append('a')).toBe(false)
  fs.appendFileSync(file, renderRegistryLine(runRecord({ runId: 'torn' })).slice(0, 40))
  expect(await append('b')).toBe(true)
  expect(await ids()).toEqual(['a', 'b'])
  // Whole but for its end: it counts.
  fs.appendFileSync(file, renderRegistryLine(runRecord({ runId: 'c' })).trimEnd())
  expect(await append('c')).toBe(false)
  expect(await append('d')).toBe(true)
  expect(await ids()).toEqual(['a', 'b', 'c', 'd'])
})

test('a registry that leads out of the workspace, or is none, is not written', async () => {
  fs.mkdirSync(path.dirname(file))
  fs.symlinkSync('/tmp/relay-no-such-registry', file)
  await expect(append('a')).rejects.toThrow(/leads out|no such/)
  fs.rmSync(file)
  fs.mkdirSync(file)
  await expect(append('a')).rejects.toThrow(/directory/)
})

test('of several processes that record the same runs at the same moment each run has one line', async () => {
  const script = path.join(folder, 'append.mjs')
  await build({
    stdin: {
      contents: `
        import { appendRecord } from ${JSON.stringify(path.resolve('src/store/experiments/appendRecord.ts'))}
        import { runRecord } from ${JSON.stringify(path.resolve('test/support/runRecord.ts'))}
        const [folder] = process.argv.slice(2)
        for (let run = 0; run < 15; run++)
          await appendRecord({ folder, record: runRecord({ runId: 'r' + run }), lock: folder + '/lock' })`,
      resolveDir: path.resolve('.'),
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
    logLevel: 'error',
  })
  await Promise.all([1, 2, 3].map(() => promisify(execFile)(process.execPath, [script, folder])))
  const lines = fs.readFileSync(file, 'utf8').trimEnd().split('\n')
  expect(lines).toHaveLength(15)
  expect(await ids()).toEqual(Array.from({ length: 15 }, (_, run) => `r${run}`))
})
