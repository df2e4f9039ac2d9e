// What leaves the table: a file, a table in the chat, lines with fewer points.
import { describe, expect, test } from 'vitest'
import { renderRunTable } from '../../../src/core/chat/runMarkdown'
import { readAskedExperiment } from '../../../src/core/experiments/askedExperiment'
import { compareLines, compareSeries, curvesOf, type RunSeries } from '../../../src/core/experiments/compareSeries'
import type { RunColumn } from '../../../src/core/experiments/runColumns'
import { buildRunTable } from '../../../src/core/experiments/runTable'
import { renderCsv } from '../../../src/core/experiments/tableCsv'
import { thinLine } from '../../../src/core/experiments/thinLine'
import { SeriesCollector } from '../../../src/core/followUps/seriesCollector'
import { runRecord } from '../../support/runRecord'

const column = (id: string, kind: RunColumn['kind']): RunColumn => ({
  id,
  label: id,
  group: 'run',
  kind,
  isUsual: true,
})

test('a CSV file has no cell that becomes a formula, and is quoted where it must be', () => {
  const columns = [column('=run', 'text'), column('n', 'number'), column('t', 'time'), column('d', 'duration')]
  const csv = renderCsv(columns, [
    ['=cmd()', -1.5, 0, 90_000],
    ['+1', null, null, null],
    ['@x', 2, null, null],
    ['-2', 3, null, null],
    ['  =x', true, null, null],
    ['a "b", c\nd', Infinity, null, null],
  ])
  expect(csv.split('\r\n')).toEqual([
    `"'=run",n,t,d`,
    `"'=cmd()",-1.5,1970-01-01T00:00:00.000Z,90`,
    `"'+1",,,`,
    `"'@x",2,,`,
    `"'-2",3,,`,
    `"'  =x",true,,`,
    `"a ""b"", c\nd",,,`,
    '',
  ])
})

test('a line with fewer points has its ends and its spikes', () => {
  const ys = Array.from({ length: 10_000 }, (_, index) => Math.sin(index / 500))
  ys[4321] = 9
  ys[8765] = -9
  const thin = thinLine({ xs: ys.map((_, index) => index), ys }, 1_000)
  expect(thin.xs.length).toBeLessThanOrEqual(1_000)
  expect(thin.xs.length).toBeGreaterThan(900)
  expect([thin.xs[0], thin.xs.at(-1)]).toEqual([0, 9_999])
  expect([Math.max(...thin.ys), Math.min(...thin.ys)]).toEqual([9, -9])
  expect([...thin.xs].sort((a, b) => a - b)).toEqual(thin.xs)
  const short = { xs: [1, 2], ys: [3, 4] }
  expect(thinLine(short, 1_000)).toBe(short)
})

describe('the series of several runs', () => {
  const seriesOf = (key: string, values: readonly number[], higherIsBetter: boolean): RunSeries => {
    const collector = new SeriesCollector()
    values.forEach((value, step) =>
      collector.add([
        { key: 'step', value: step, of: null },
        { key: 'Score', value, of: null },
        { key: 'loss', value: 1 - value, of: null },
      ]),
    )
    return { key, primary: { name: 'score', higherIsBetter }, series: collector.series() }
  }

  test('are one a metric, the primary first, and the run itself says which way is better', () => {
    const runs = [seriesOf('a', [0.1, 0.9, 0.5], true), seriesOf('b', [0.2, NaN], true)]
    const [score, loss] = compareSeries(runs)
    expect(score).toMatchObject({
      id: 'score',
      better: 'higher',
      runs: [
        { key: 'a', best: { x: 1, y: 0.9 }, last: '0.5', nonFinite: 0 },
        { key: 'b', best: { x: 0, y: 0.2 }, last: 'NaN', nonFinite: 1 },
      ],
    })
    expect(loss).toMatchObject({ id: 'loss', better: 'lower' })
    expect(compareLines(runs, 'score').map(({ ys }) => ys)).toEqual([[0.1, 0.9, 0.5], [0.2]])
    expect(curvesOf(seriesOf('a', [0.1, 0.9, 0.5], false)).metrics['score']).toEqual({ best: 0.1, last: 0.5 })
  })
})

test('a table in the chat shows what runs say as it is', () => {
  const name = '| [a](command:x) `b`\n<img>'
  const table = buildRunTable([
    runRecord({ runId: 'r1', value: 0.5, params: { lr: 0.1 } }),
    runRecord({ runId: name, name, value: 1, params: { [name]: name } }),
  ])
  const lines = renderRunTable(table.rows).split('\n')
  expect(lines).toHaveLength(4)
  for (const line of lines.slice(2)) expect(line.match(/(?<!\\)\|/g)).toHaveLength(7)
  expect(lines.join('\n')).not.toMatch(/(?<!\\)[<[`]/)
})

test.each([
  ['', { kind: 'report' }],
  ['report', { kind: 'report' }],
  ['best', { kind: 'best', metric: null }],
  ['BEST val_acc', { kind: 'best', metric: 'val_acc' }],
  ['run', { kind: 'help' }],
  [
    `run base lr=0.1 name="two words" x='a b'`,
    { kind: 'run', template: 'base', words: ['lr=0.1', 'name=two words', 'x=a b'] },
  ],
  ['what is this', { kind: 'help' }],
])('/exp %s', (prompt, expected) => expect(readAskedExperiment(prompt)).toEqual(expected))
