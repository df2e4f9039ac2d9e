import { describe, expect, it } from 'vitest'
import { groupSeries } from '../../../src/core/followUps/plotGroups'
import { readNumbers } from '../../../src/core/followUps/metricSeries'
import { maxPlotPoints, type PlotSeries, SeriesCollector } from '../../../src/core/followUps/seriesCollector'
import { readTableColumns, readTableRow } from '../../../src/core/followUps/tableNumbers'

function collect(lines: Iterable<string>): (key: string) => PlotSeries {
  const collector = new SeriesCollector()
  for (const line of lines) collector.add(readNumbers(line))
  const series = collector.series()
  return (key) => {
    const found = series.find((one) => one.key === key)
    if (found === undefined) throw new Error(`no ${key} among ${series.map((one) => one.key).join(', ')}`)
    return found
  }
}

describe('a series out of a log', () => {
  it('stands over the finest counter that only grows', () => {
    const loss = collect(['epoch 1 step 10 loss=3', 'epoch 1 step 20 loss=2', 'epoch 2 step 30 loss=1'])('loss')
    expect(loss).toMatchObject({ xName: 'step', xs: [10, 20, 30], ys: [3, 2, 1], better: 'lower' })
  })

  it('stands over its lines when every counter begins again', () => {
    const lines = [1, 2, 3].flatMap((epoch) => [1, 2, 3].map((batch) => `epoch ${epoch} batch ${batch} loss=0.5`))
    expect(collect(lines)('loss')).toMatchObject({ xName: null, xs: [1, 2, 3, 4, 5, 6, 7, 8, 9] })
  })

  it('belongs to the counter of an earlier line when its own has none', () => {
    const val = collect(['epoch 1', 'val_loss=3', 'epoch 2', 'val_loss=2'])('val_loss')
    expect(val).toMatchObject({ xName: 'epoch', xs: [1, 2] })
  })

  it('keeps its axis when one summary repeats the last counter', () => {
    const loss = collect(['epoch 1 loss=3', 'epoch 2 loss=2', 'epoch 2 loss=1.5'])('loss')
    expect(loss).toMatchObject({ xName: 'epoch', xs: [1, 2, 2] })
  })

  it('knows its best, its last, and where it stopped being finite', () => {
    const loss = collect(['step 1 loss=3', 'step 2 loss=1', 'step 3 loss=2', 'step 4 loss=nan', 'step 5 loss=inf'])(
      'loss',
    )
    expect(loss).toMatchObject({ ys: [3, 1, 2], min: { x: 2, y: 1 }, nonFinite: { count: 2, firstX: 4 }, count: 5 })
    expect(loss.last).toEqual({ x: 5, y: Infinity })
  })

  it('stays bounded and loses neither a spike nor its evenness', () => {
    const spike = 61_234
    function* lines() {
      for (let step = 1; step <= 200_000; step++)
        yield `step ${step} loss=${step === spike ? 9 : 0.5 + (step % 7) / 100}`
    }
    const loss = collect(lines())('loss')
    expect(loss.xs.length).toBeLessThanOrEqual(maxPlotPoints)
    expect(loss.xs.length).toBe(loss.ys.length)
    expect(loss.ys[loss.xs.indexOf(spike)]).toBe(9)
    expect(loss.count).toBe(200_000)
    const gaps = loss.xs.slice(1).map((x, index) => x - (loss.xs[index] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...gaps)).toBeLessThan(400)
  })
})

describe('a table', () => {
  it('is read by the names of its columns', () => {
    const columns = readTableColumns('step,time,"val, loss",note')
    if (columns === null) throw new Error('no columns')
    expect(readTableRow(columns, '3,12.5,"0.25",fine')).toEqual([
      { key: 'step', value: 3, of: null },
      { key: 'val, loss', value: 0.25, of: null },
    ])
  })

  it('without names is none', () => {
    expect(readTableColumns('1,2,3')).toBeNull()
  })
})

describe('groupSeries', () => {
  it('puts the phases of one metric on one chart, and other metrics and files on others', () => {
    const one = (key: string, source: string | null = null, count = 2) => ({
      id: `${source ?? ''}:${key}`,
      key,
      source,
      xName: 'epoch',
      count,
    })
    const groups = groupSeries([
      one('train_loss'),
      one('val_loss'),
      one('acc'),
      one('loss', 'a.jsonl'),
      one('lr', null, 1),
    ])
    expect(groups.map(({ name, series }) => [name, series])).toEqual([
      ['loss', [':train_loss', ':val_loss']],
      ['acc', [':acc']],
      ['loss', ['a.jsonl:loss']],
    ])
  })
})
