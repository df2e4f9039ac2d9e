import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { RunNumbers } from '../../../src/store/experiments/runNumbers'

let root = ''
beforeEach(() => {
  root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'relay-numbers-')))
  fs.mkdirSync(path.join(root, 'workspace/run'), { recursive: true })
})
afterEach(() => fs.rmSync(root, { recursive: true, force: true }))

const write = (name: string, text: string) => fs.writeFileSync(path.join(root, name), text)
const places = (trainLog: string | null = null, jobLog: string | null = null) => ({
  folder: path.join(root, 'workspace'),
  runDir: 'run',
  trainLog,
  jobLog,
})
const never = new AbortController().signal

test('the numbers of a run are those of its files, and of its log where that has more', async () => {
  write('workspace/run/metrics.jsonl', '{"step": 1, "loss": 0.5}\n{"step": 2, "loss": 0.25}\n')
  write('workspace/run/train.log', 'step 1 loss=0.5 acc=0.1\n')
  const numbers = new RunNumbers()
  const series = await numbers.read('a', places(), never)
  expect(series.map(({ key, ys }) => [key, ys])).toEqual([
    ['loss', [0.5, 0.25]],
    ['acc', [0.1]],
  ])
  expect(await numbers.read('a', places(), never)).toBe(series)
  fs.appendFileSync(path.join(root, 'workspace/run/train.log'), 'step 2 loss=0.5 acc=0.2\n')
  expect((await numbers.read('a', places(), never)).find(({ key }) => key === 'acc')?.ys).toEqual([0.1, 0.2])
})

test('nothing outside of the workspace is read but the log of the job itself', async () => {
  write('secret.log', 'step 1 loss=0.1\n')
  fs.symlinkSync(path.join(root, 'secret.log'), path.join(root, 'workspace/run/train.log'))
  const numbers = new RunNumbers()
  expect(await numbers.read('a', places(), never)).toEqual([])
  expect(await numbers.read('b', places('../secret.log'), never)).toEqual([])
  expect(await numbers.read('c', places(path.join(root, 'secret.log')), never)).toEqual([])
  expect(await numbers.read('d', places(null, path.join(root, 'secret.log')), never)).toHaveLength(1)
  expect(await numbers.read('e', { ...places(), folder: path.join(root, 'gone') }, never)).toEqual([])
})
