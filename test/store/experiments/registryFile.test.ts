import fs from 'node:fs'
import path from 'node:path'
import os from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { renderRegistryLine } from '../../../src/core/experiments/registryRecord'
import { RegistryFile } from '../../../src/store/experiments/registryFile'
import { runRecord } from '../../support/runRecord'

let folder = ''
beforeAll(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-registry-'))))
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

const line = (runId: string, value = 1) => renderRegistryLine(runRecord({ runId, value }))
const ids = async (file: RegistryFile) => (await file.read()).records.map(({ runId }) => runId)

test('a registry is read as it grows, torn lines and duplicates are told and stop nothing', async () => {
  const name = path.join(folder, 'a.jsonl')
  const file = new RegistryFile(name)
  expect(await file.read()).toMatchObject({ records: [], problems: [] })
  fs.writeFileSync(name, line('a') + '{"run_id":"torn","sta\n' + line('b') + line('a', 2))
  const first = await file.read()
  expect(first.records.map(({ runId, primary }) => [runId, primary?.value])).toEqual([
    ['a', 1],
    ['b', 1],
  ])
  expect(first.problems).toEqual([
    expect.stringMatching(/^Line 2 of .* is skipped: it is not JSON/),
    expect.stringMatching(/^Line 4 of .* run a is recorded above/),
  ])
  fs.appendFileSync(name, line('c').slice(0, 50))
  expect((await file.read()).problems.at(-1)).toMatch(/last line .* not whole/)
  fs.appendFileSync(name, line('c').slice(50).trimEnd())
  expect(await ids(file)).toEqual(['a', 'b', 'c'])
  fs.appendFileSync(name, `\n${line('d')}`)
  expect(await ids(file)).toEqual(['a', 'b', 'c', 'd'])
  fs.rmSync(name)
  expect(await ids(file)).toEqual([])
  fs.writeFileSync(name, line('e'))
  expect(await ids(file)).toEqual(['e'])
})

test('50,000 runs are read in a moment, and one more costs next to nothing', async () => {
  const name = path.join(folder, 'many.jsonl')
  fs.writeFileSync(name, Array.from({ length: 50_000 }, (_, index) => line(`r${index}`, index)).join(''))
  const file = new RegistryFile(name)
  const startMs = performance.now()
  expect((await file.read()).records).toHaveLength(50_000)
  const firstMs = performance.now() - startMs
  fs.appendFileSync(name, line('one more'))
  const againMs = performance.now()
  expect((await file.read()).records).toHaveLength(50_001)
  expect(performance.now() - againMs).toBeLessThan(Math.max(firstMs / 4, 50))
})
