import { expect, test } from 'vitest'
import { parseRegistryLine, renderRegistryLine, type RunRecord } from '../../../src/core/experiments/registryRecord'
import { buildRunTable } from '../../../src/core/experiments/runTable'
import { runRecord } from '../../support/runRecord'

test('a record comes back from its line as it was', () => {
  const record = runRecord({
    runId: 'r1',
    value: 0.5,
    params: { lr: 0.1, note: 'a "b"' },
    error: 'x',
    errorType: 'oom',
  })
  const line = renderRegistryLine(record)
  expect(line.endsWith('}\n') && line.indexOf('\n') === line.length - 1).toBe(true)
  expect(parseRegistryLine(line)).toEqual({ kind: 'record', record })
})

test('what the deployed tools write is read, and what is no record says why', () => {
  const deployed =
    '{"command": ["python3", "train.py"], "cwd": "/w", "ended_at": "2026-02-01T10:00:09+00:00", "git": {"branch": "main", "commit": "abc", "dirty": "true"}, "job_id": null, "params": {"lr": 0.1}, "paths": {"meta": "/w/m", "metrics": "/w/x", "run_dir": "/w/exp/results/r1", "train_log": "/w/t"}, "primary": {"higher_is_better": false, "name": "val_loss", "value": 0.25}, "recorded_at": "2026-02-01T10:01:00+00:00", "run_id": "r1", "seed": 3, "started_at": "2026-02-01T10:00:00+00:00", "status": "success", "task_id": null}'
  const parsed = parseRegistryLine(deployed)
  expect(parsed.kind === 'record' && parsed.record).toMatchObject({
    runId: 'r1',
    primary: { name: 'val_loss', value: 0.25, higherIsBetter: false },
    seed: 3,
    metrics: {},
    git: { dirty: true },
  })
  const problemOf = (line: string) => {
    const result = parseRegistryLine(line)
    return result.kind === 'problem' ? result.problem : result.kind
  }
  expect(problemOf('')).toBe('blank')
  expect(problemOf(deployed.slice(0, 90))).toMatch(/not JSON/)
  expect(problemOf('[1]')).toMatch(/no JSON object/)
  expect(problemOf('{"status":"success"}')).toMatch(/no run_id/)
  expect(problemOf('{"run_id":"r1","status":"ok"}')).toMatch(/none of success/)
})

test('numbers that are not finite are missing, and a missing metric is never 0', () => {
  const parsed = parseRegistryLine(
    '{"run_id":"r1","status":"success","primary":{"name":"loss","value":1e999,"higher_is_better":false},"metrics":{"a":1,"b":-1e999,"c":"1"}}',
  )
  expect(parsed.kind === 'record' && parsed.record).toMatchObject({
    primary: { name: 'loss', value: null },
    metrics: { a: 1 },
  })
})

test('rows are newest first, with the best of each metric and direction, and how far the others are', () => {
  const at = (minute: number) => `2026-11-20T10:0${minute}:00Z`
  const records: RunRecord[] = [
    runRecord({ runId: 'a', value: 0.5, startedAt: at(1), params: { lr: 1 } }),
    runRecord({ runId: 'b', value: 0.25, startedAt: at(3), params: { lr: 2 } }),
    runRecord({ runId: 'failed', value: 0.01, status: 'failed', startedAt: at(2) }),
    runRecord({ runId: 'other', value: 0.9, name: 'loss', higherIsBetter: true, startedAt: at(4) }),
    runRecord({ runId: 'none', value: null, startedAt: at(0) }),
  ]
  const { rows, best, metricNames, differing } = buildRunTable(records)
  expect(rows.map(({ runId, isBest, deltaToBest }) => [runId, isBest, deltaToBest])).toEqual([
    ['other', true, 0],
    ['b', true, 0],
    ['failed', false, null],
    ['a', false, 0.25],
    ['none', false, null],
  ])
  expect(best.map(({ runId, of }) => [runId, of])).toEqual([
    ['b', 2],
    ['other', 1],
  ])
  expect(metricNames).toEqual(['loss'])
  expect(differing).toEqual(['lr'])
})
