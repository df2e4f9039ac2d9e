import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { initialJob, type Job } from '../../../src/core/jobs/job'
import { newJobId } from '../../../src/core/jobs/jobId'
import type { ToPage } from '../../../src/core/jobs/jobPage'
import { translateWords } from '../../../src/core/jobs/jobPageWords'
import { planJob } from '../../../src/core/jobs/plan'
import { PageNumbers } from '../../../src/store/jobs/pageNumbers'

const words = translateWords((english) => english)
let root: string
let folder: string

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-numbers-'))
  folder = path.join(root, 'workspace')
  fs.mkdirSync(folder)
})

afterEach(() => {
  fs.rmSync(root, { recursive: true })
})

/** A job whose first attempt began when its files were as they are now. */
function jobWith(requireFiles: readonly string[]): Job {
  const planned = planJob({ type: 'job_start', command: 'true', watch: { requireFiles: [...requireFiles] } }, folder)
  if ('refusals' in planned) throw new Error(planned.refusals.join())
  const job = initialJob({
    v: 1,
    id: newJobId(0, 0),
    createdAtMs: 0,
    host: 'here',
    folder,
    origin: { kind: 'block', file: null, line: 1 },
    description: null,
    plan: planned.plan,
  })
  const before = requireFiles.map((file) => {
    const stats = fs.statSync(path.resolve(folder, file), { throwIfNoEntry: false })
    return {
      path: file,
      print: stats === undefined ? null : { size: stats.size, mtimeMs: stats.mtimeMs, inode: stats.ino },
    }
  })
  return {
    ...job,
    attempt: 1,
    attempts: [{ number: 1, passed: [], before, startedAtMs: 0, ending: null, outcome: null }],
  }
}

async function read(numbers: PageNumbers): Promise<ToPage[]> {
  const results = await numbers.readResults()
  const { more } = await numbers.read(false, new AbortController().signal)
  return [{ kind: 'results', results }, ...numbers.takeChanges(more)]
}

it('shows the series of required files, and what a metrics file states once', async () => {
  const numbers = new PageNumbers(jobWith(['run.jsonl', 'eval.csv', 'metrics.json']), path.join(root, 'log'), words)
  fs.writeFileSync(path.join(folder, 'run.jsonl'), '{"step":1,"loss":2}\n{"step":2,"loss":1}\n')
  fs.writeFileSync(path.join(folder, 'eval.csv'), 'epoch,acc\n1,0.5\n2,0.75\n')
  fs.writeFileSync(
    path.join(folder, 'metrics.json'),
    '{"status":"success","primary":{"name":"acc","value":0.75,"higher_is_better":true},"metrics":{"wer":3}}',
  )
  expect(await read(numbers)).toMatchObject([
    {
      kind: 'results',
      results: [
        {
          path: 'metrics.json',
          rows: [
            { name: 'acc', value: '0.75', note: 'primary, higher is better' },
            { name: 'wer', value: '3' },
          ],
        },
      ],
    },
    {
      kind: 'series',
      reset: true,
      parts: [
        { key: 'loss', source: 'run.jsonl', xName: 'step', xs: [1, 2], ys: [2, 1], better: 'lower' },
        { key: 'acc', source: 'eval.csv', xName: 'epoch', xs: [1, 2], ys: [0.5, 0.75], better: 'higher' },
      ],
    },
  ])
})

it('leaves alone what is outside of the workspace, also behind a link, and what an earlier run has left', async () => {
  const line = '{"step":1,"loss":2}\n{"step":2,"loss":1}\n'
  fs.writeFileSync(path.join(root, 'secret.jsonl'), line)
  fs.symlinkSync(path.join(root, 'secret.jsonl'), path.join(folder, 'link.jsonl'))
  fs.writeFileSync(path.join(folder, 'stale.jsonl'), line)
  const job = jobWith(['../secret.jsonl', 'link.jsonl', 'stale.jsonl', 'new.jsonl'])
  const withoutPrints = job.attempts.map((attempt) => ({
    ...attempt,
    before: attempt.before.filter((one) => one.path === 'stale.jsonl'),
  }))
  const numbers = new PageNumbers({ ...job, attempts: withoutPrints }, path.join(root, 'log'), words)
  fs.writeFileSync(path.join(folder, 'new.jsonl'), line)
  const series = (await read(numbers)).find((message) => message.kind === 'series')
  expect(series?.parts.map(({ source }) => source)).toEqual(['new.jsonl'])
})

it('sends what was appended alone, and all of it when the file was begun anew', async () => {
  const log = path.join(root, 'log')
  fs.writeFileSync(log, 'step 1 loss=3\nstep 2 loss=2\n')
  const numbers = new PageNumbers(jobWith([]), log, words)
  await read(numbers)
  fs.appendFileSync(log, 'step 3 loss=1\n')
  expect((await read(numbers))[1]).toMatchObject({ reset: false, parts: [{ from: 2, xs: [3], ys: [1] }] })
  expect((await read(numbers))[1]).toBeUndefined()
  fs.writeFileSync(log, 'step 1 acc=1\n')
  expect((await read(numbers))[1]).toMatchObject({ reset: true, parts: [{ key: 'acc', from: 0, xs: [1] }] })
})
