import { describe, expect, test } from 'vitest'
import type { CellValue, RunColumn } from '../../../src/core/experiments/runColumns'
import { parseFilter, passes } from '../../../src/core/experiments/runFilter'

const column = (id: string, kind: RunColumn['kind'] = 'number', label = id): RunColumn => ({
  id,
  label,
  group: 'run',
  kind,
  isUsual: true,
})
const columns = [
  column('status', 'text', 'State'),
  column('duration', 'duration', 'Duration'),
  column('started', 'time', 'Started'),
  column('param:lr', 'text', 'lr'),
  column('metric:val acc', 'number', 'val acc'),
]
const run: Readonly<Record<string, CellValue>> = {
  status: 'failed',
  duration: 90_000,
  started: Date.UTC(2026, 10, 20),
  'param:lr': 0.01,
  'metric:val acc': 0.91,
}
const matches = (text: string, cells = run) =>
  passes(parseFilter(text, columns), (id) => cells[id] ?? null, 'r1\nbaseline\nlr=0.01')

describe('the filter of runs', () => {
  test.each([
    ['', true],
    ['base', true],
    ['wide', false],
    ['lr>0.001 lr<0.1', true],
    ['lr >= 0.01', true],
    ['lr>0.01', false],
    ['LR=1e-2', true],
    ['param.lr!=0.01', false],
    ['status=FAILED', true],
    ['"val acc">0.9', true],
    ['"val acc" > 0.95', false],
    ['duration>1m duration<=1.5m', true],
    ['duration>1h', false],
    ['started>2026-11-19', true],
    ['started<2026-11-19', false],
    ['lr>', true],
    ['lr>high', false],
    ['base lr=0.01 "val acc"<0.5', false],
  ])('%j is %j', (text, expected) => expect(matches(text)).toBe(expected))

  test('a run that lacks a value passes no comparison with it', () => {
    for (const text of ['lr=0.01', 'lr!=0.01', 'lr<9', 'lr>0'])
      expect(matches(text, { ...run, 'param:lr': null }), text).toBe(false)
  })

  test('a name that no column has is told, with the nearest, and hides nothing', () => {
    const filter = parseFilter('duratio>3 base', columns)
    expect(filter.unknown).toEqual([{ name: 'duratio', meant: 'Duration' }])
    expect(filter.terms).toHaveLength(1)
  })

  test('whatever is typed is understood in a moment', () => {
    for (const text of [
      '"',
      '""',
      '>>>',
      '=',
      'a"b c"d>1',
      '>'.repeat(10_000),
      'x'.repeat(50_000),
      '" '.repeat(5_000),
    ]) {
      const startedMs = performance.now()
      matches(text)
      expect(performance.now() - startedMs, text.slice(0, 20)).toBeLessThan(500)
    }
  })
})
