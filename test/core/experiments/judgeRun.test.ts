import { describe, expect, test } from 'vitest'
import { buildRecord, type RecordInput } from '../../../src/core/experiments/buildRecord'
import { compareRun, seedNoise } from '../../../src/core/experiments/compareRuns'
import { checkMetrics } from '../../../src/core/experiments/metricsFile'
import { proposeNext } from '../../../src/core/experiments/nextRun'
import { readMeta } from '../../../src/core/experiments/runMeta'
import { renderRunSection } from '../../../src/core/experiments/runReport'
import type { Failure, FailureClass } from '../../../src/core/followUps/failureClass'
import { runRecord, type RunShape } from '../../support/runRecord'

const metrics = {
  status: 'success',
  primary: { name: 'loss', value: 0.5, higher_is_better: false },
  metrics: { loss: 0.5 },
  run: { run_id: 'r1', started_at: '2026-11-20T10:00:00Z', ended_at: '2026-11-20T10:01:00Z', seed: 3 },
}
const problemsOf = (change: object, runId: string | null = null) =>
  checkMetrics(JSON.stringify({ ...metrics, ...change }), runId).problems.join(' ')

describe('metrics.json', () => {
  test('as the contract wants it has no problem', () => {
    expect(checkMetrics(JSON.stringify(metrics), 'r1')).toMatchObject({
      problems: [],
      file: { status: 'success', primary: { name: 'loss', value: 0.5 }, seed: 3 },
    })
  })

  test.each([
    [{ status: 'ok' }, /status must be one of/],
    [{ primary: undefined }, /primary is missing/],
    [{ primary: { name: 'loss', higher_is_better: false } }, /primary\.value is missing/],
    [{ primary: { name: '', value: 1, higher_is_better: 1 } }, /primary\.name.*primary\.higher_is_better must be true/],
    [{ primary: { name: 'loss', value: '1', higher_is_better: true } }, /primary\.value must be a number/],
    [{ metrics: [1] }, /metrics must be an object/],
    [{ run: undefined }, /run must be an object/],
    [{ run: { ...metrics.run, seed: 1.5 } }, /run\.seed must be a whole/],
    [{ run: { ...metrics.run, started_at: 'noon' } }, /run\.started_at must be a time/],
    [{ error_type: 'boom' }, /error_type must be one of/],
    [{ error: 3 }, /error must be a text/],
  ])('with %j says what is wrong', (change, message) => {
    expect(problemsOf(change)).toMatch(message)
  })

  test('of another run is told', () => {
    expect(problemsOf({}, 'r2')).toMatch(/run_id is r1, but this is the run r2/)
  })

  test('of a run that failed needs no value', () => {
    expect(problemsOf({ status: 'failed', primary: null })).toBe('')
    expect(problemsOf({ status: 'failed', primary: { name: 'loss', value: null, higher_is_better: false } })).toBe('')
  })

  test('numbers that are not finite are invalid, wherever they stand, and missing', () => {
    const text = JSON.stringify(metrics).replace('"loss":0.5', '"loss":1e999,"deep":{"er":-1e999}')
    const { problems, file } = checkMetrics(text)
    expect(problems).toEqual([
      expect.stringMatching(/^metrics\.loss is not finite/),
      expect.stringMatching(/^metrics\.deep\.er/),
    ])
    expect(file?.metrics).toEqual({})
    expect(checkMetrics('{"primary":{"value":NaN}}').problems).toEqual([expect.stringMatching(/NaN or Infinity/)])
  })
})

const input: RecordInput = {
  runId: 'r1',
  runDir: 'exp/results/r1',
  metrics: checkMetrics(JSON.stringify(metrics)).file,
  meta: null,
  job: null,
  template: 'baseline',
  params: { lr: 0.1, seed: 1 },
  primary: { name: 'loss', higherIsBetter: false },
  cwd: '/work',
  failure: null,
  recordedAt: '2026-11-20T10:02:00.000Z',
}
const job = { id: 'j1', taskId: null, reason: 'Exit 1.', startedAt: null, endedAt: null, source: null }

describe('the record of a run', () => {
  test('takes the end of the process for more than what the run wrote before it', () => {
    expect(buildRecord(input).status).toBe('success')
    expect(buildRecord({ ...input, job: { ...job, outcome: 'failed' } })).toMatchObject({
      status: 'failed',
      error: 'Exit 1.',
    })
    expect(buildRecord({ ...input, job: { ...job, outcome: 'stopped' } }).status).toBe('canceled')
    expect(buildRecord({ ...input, meta: readMeta('{"exit_code":3}') }).status).toBe('failed')
  })

  test('that came to nothing has a name of its metric and no value', () => {
    const record = buildRecord({ ...input, metrics: null, job: { ...job, outcome: 'lost', reason: 'Gone.' } })
    expect(record).toMatchObject({
      status: 'failed',
      primary: { name: 'loss', value: null },
      metrics: {},
      params: { lr: 0.1, seed: 1 },
      seed: 1,
      error: 'Gone.',
    })
    expect(renderRunSection(record, compareRun(record, []))).toContain('`loss=missing`')
  })
})

test('secrets of known shapes do not get into the registry', () => {
  const token = 'abcdefgh12345678'
  const { params, command, error } = buildRecord({
    ...input,
    params: { api_key: token, lr: 0.1, note: 'plain' },
    meta: readMeta(JSON.stringify({ command: ['train', '--token', token, '--lr', '0.1'], exit_code: 1 })),
    job: { ...job, outcome: 'failed', reason: `password=${token}` },
  })
  expect(JSON.stringify({ params, command, error })).not.toContain(token)
  expect(params).toMatchObject({ lr: 0.1, note: 'plain' })
  expect(command).toEqual(['train', '--token', '‹password removed›', '--lr', '0.1'])
})

/** Runs of one template with one learning rate each and these losses by seed. */
const runs = (lr: number, ...values: number[]) =>
  values.map((value, seed) =>
    runRecord({ runId: `lr${lr}-s${seed}`, value, template: 't', seed, params: { lr, seed } }),
  )

describe('a run beside the best', () => {
  const verdict = (shape: RunShape, others = runs(1, 0.5, 0.52, 0.48)) => compareRun(runRecord(shape), others)

  test('is better or worse by more than the noise of the seeds, or within it', () => {
    expect(seedNoise(runs(1, 0.5, 0.52, 0.48))).toEqual({ sd: expect.closeTo(0.02) as number, runs: 3 })
    expect(verdict({ runId: 'x', value: 0.3 })).toMatchObject({ verdict: 'better', best: { runId: 'lr1-s2' } })
    expect(verdict({ runId: 'x', value: 0.46 })).toMatchObject({ verdict: 'within_noise' })
    expect(verdict({ runId: 'x', value: 0.6 })).toMatchObject({ verdict: 'worse' })
    expect(verdict({ runId: 'x', value: 0.48 })).toMatchObject({ verdict: 'equal', delta: 0 })
    expect(verdict({ runId: 'x', value: 0.6 }).sentence).toMatch(
      /worse, by more than the noise of the seeds .*0\.04, from 3 runs/,
    )
  })

  test('without seeds says that the noise is not known', () => {
    const { verdict: found, noise, sentence } = verdict({ runId: 'x', value: 0.3 }, runs(1, 0.5))
    expect([found, noise]).toEqual(['better', null])
    expect(sentence).toMatch(/No two runs differ in nothing but their seed/)
    // A seed that was run twice, and runs that differ in more, tell nothing of it.
    expect(seedNoise([...runs(1, 0.5), ...runs(2, 0.7), { ...runs(1, 0.6)[0], runId: 'again' } as never])).toBeNull()
  })

  test('is compared with the same metric and direction only, and with runs that succeeded', () => {
    const others = [
      runRecord({ runId: 'a', value: 0.1, name: 'other' }),
      runRecord({ runId: 'b', value: 0.1, higherIsBetter: true }),
      runRecord({ runId: 'c', value: 0.1, status: 'failed' }),
      runRecord({ runId: 'd', value: null }),
    ]
    expect(verdict({ runId: 'x', value: 0.3 }, others).verdict).toBe('first')
    expect(verdict({ runId: 'x', value: null }).verdict).toBe('not_comparable')
    expect(verdict({ runId: 'x', value: 0.1, status: 'failed' }).sentence).toBe(
      'It failed, so it is not ranked among the runs.',
    )
  })
})

describe('the next run', () => {
  const next = (shape: RunShape, others = runs(1, 0.5, 0.52, 0.48), failure: FailureClass | null = null) => {
    const record = runRecord({ template: 't', ...shape })
    const failed: Failure | null =
      failure === null ? null : { class: failure, lines: [], explanation: 'It.', nextStep: 'Do this.', signature: '' }
    return proposeNext({
      record,
      comparison: compareRun(record, others),
      failure: failed,
      records: others,
      names: ['lr', 'seed', 'batch_size'],
    })
  }

  test('of a better run is another seed of it, then one step further', () => {
    const shape = { runId: 'x', value: 0.3, seed: 0, params: { lr: 2, seed: 0, secret: 'no name of the template' } }
    expect(next(shape).command).toBe('relay exp run t lr=2 seed=1')
    const seeded = [...runs(1, 0.5, 0.52, 0.48), ...runs(2, 0.35, 0.31, 0.33)]
    const last = { runId: 'y', value: 0.2, seed: 4, params: { lr: 4, seed: 4 } }
    expect(next(last, [...seeded, ...runs(4, 0.21, 0.22)]).command).toMatch(/^relay exp run t lr=/)
  })

  test('of a worse run lies between it and the best', () => {
    expect(next({ runId: 'x', value: 0.9, seed: 0, params: { lr: 0.01, seed: 0 } })).toEqual({
      command: 'relay exp run t lr=0.1 seed=0',
      why: expect.stringMatching(/lr 0\.01 was worse than 1/) as string,
    })
  })

  test('of a failure changes what may have caused it, or says what to do first', () => {
    const failed = { runId: 'x', value: null, status: 'failed' as const, params: { lr: 0.1, batch_size: 64 } }
    expect(next(failed, [], 'oom').command).toBe('relay exp run t lr=0.1 batch_size=32')
    expect(next(failed, [], 'nan').command).toBe('relay exp run t lr=0.01 batch_size=64')
    expect(next(failed, [], 'data_missing')).toEqual({
      command: 'relay exp run t lr=0.1 batch_size=64',
      why: expect.stringContaining('Do this.') as string,
    })
  })

  test('of a run without a template is no command', () => {
    expect(next({ runId: 'x', value: 1, template: null }).command).toBeNull()
  })
})
