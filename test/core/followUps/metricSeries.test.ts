import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMetricSeries, readNumbers, type Trend } from '../../../src/core/followUps/metricSeries'

const pairs: readonly (readonly [line: string, numbers: Readonly<Record<string, number>>])[] = [
  ['epoch 3 loss 0.42 acc=0.91 lr 1e-4', { epoch: 3, loss: 0.42, acc: 0.91, lr: 1e-4 }],
  [' 45%|████▌     | 45/100 [00:10<00:12,  4.5it/s, loss=0.123, v_num=3]', { loss: 0.123, v_num: 3 }],
  ['Epoch 2:  45%|████▌     | 45/100 [00:10<00:12]', { Epoch: 2 }],
  ['{"loss":0.1,"step":3,"time":12.5,"lr":{"group":1e-3}}', { loss: 0.1, step: 3, 'lr.group': 1e-3 }],
  ["{'loss': 0.6931, 'grad_norm': nan, 'epoch': 1.0}", { loss: 0.6931, grad_norm: NaN, epoch: 1 }],
  ["{'loss': '0.4', 'epoch': '2'}", { loss: 0.4, epoch: 2 }],
  ['{"loss": NaN, "step": 4}', { loss: NaN, step: 4 }],
  ['step 100/2000 | loss: 2.5', { step: 100, loss: 2.5 }],
  ['Epoch: [3][ 10/500] Loss 6.9 (7.0)', { Epoch: 3, Loss: 6.9 }],
  ['Epoch [3/10], Step [100/600], Loss: 0.25', { Epoch: 3, Step: 100, Loss: 0.25 }],
  ['Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.134', { 'Train Epoch': 1, Loss: 2.134 }],
  ['train loss 0.5, val loss 0.6', { 'train loss': 0.5, 'val loss': 0.6 }],
  ['val/loss=1.5 top1: 71.2% acc@5=90.1', { 'val/loss': 1.5, top1: 71.2, 'acc@5': 90.1 }],
  ['loss=-inf cost: Infinity loss2 -.5', { loss: -Infinity, cost: Infinity, loss2: -0.5 }],
  ['loss=tensor(0.3, device=cuda)', { loss: 0.3 }],
  ['reward: 1,234,567 score=1,200', { reward: 1_234_567, score: 1_200 }],
  ['final loss 0.42.', { 'final loss': 0.42 }],
  // None of these is a metric.
  ['2024-05-01 12:30:45,123 INFO: 5 files at 12:30', {}],
  ['started: 2024-05-01 took 5.2s eta: 3 elapsed=12.5 step_time=0.3', {}],
  ['torch 2.1.0 version=1.2 cuda: 11.8 release=1.2.3', {}],
  ['listening on localhost:8080, 10.0.0.1:22 host=10.0.0.1 at 0x7f3a', {}],
  ['  File "train.py", line 12, in main', {}],
  ['train.py:12: warning', {}],
  ['Downloading: 45% progress 45% progress=0.45', {}],
  ['mem=12GB speed=3.2it/s size=(3,4) Accuracy: 9823/10000 (98%)', {}],
  ['run --lr=0.1 --epochs 12', {}],
]

describe('readNumbers', () => {
  it.each(pairs)('%s', (line, numbers) => {
    expect(Object.fromEntries(readNumbers(line).map(({ key, value }) => [key, value]))).toEqual(numbers)
  })

  it('knows what a counter goes up to', () => {
    expect(readNumbers('step 100/2000')).toEqual([{ key: 'step', value: 100, of: 2_000 }])
  })
})

function seriesOf(key: string, values: readonly (number | string)[]) {
  return readMetricSeries(values.map((value, at) => ({ number: at + 1, text: `${key}=${value}` })))[0]
}

const trends: readonly (readonly [name: string, key: string, values: readonly (number | string)[], trend: Trend])[] = [
  ['a loss that falls with noise', 'loss', [1, 0.8, 0.85, 0.5, 0.45, 0.5, 0.3, 0.31], 'falling'],
  ['an accuracy that rises', 'acc', [0.1, 0.5, 0.8, 0.9], 'rising'],
  ['no change to speak of', 'loss', [0.5, 0.501, 0.499, 0.5], 'flat'],
  ['a loss that ends over twice where it began', 'loss', [1, 0.5, 3, 40], 'diverged'],
  ['growth of what may grow', 'reward', [1, 10, 100, 1000], 'rising'],
  ['NaN at the end', 'loss', [1, 0.5, 'nan'], 'non_finite'],
  ['NaN that passed', 'loss', [1, 'nan', 0.5], 'falling'],
  ['one value', 'loss', [1], 'single'],
  ['negative values', 'loss', [-1, -2, -3, -4], 'falling'],
]

describe('readMetricSeries', () => {
  it.each(trends)('%s', (_name, key, values, trend) => {
    expect(seriesOf(key, values)?.trend).toBe(trend)
  })

  it('keeps first, last, best and the first that is not finite, with their lines', () => {
    expect(seriesOf('Loss', [3, 1, 'nan', 2, 1])).toMatchObject({
      key: 'Loss',
      role: 'metric',
      count: 5,
      first: { value: 3, line: 1 },
      last: { value: 1, line: 5 },
      min: { value: 1, line: 2 },
      max: { value: 3, line: 1 },
      firstNonFinite: { line: 3 },
    })
  })

  it('thins out points, not what it says of them', () => {
    const series = seriesOf(
      'loss',
      Array.from({ length: 100_000 }, (_, at) => 100_000 - at),
    )
    expect(series?.points.length).toBeLessThanOrEqual(512)
    expect(series).toMatchObject({ count: 100_000, last: { value: 1, line: 100_000 }, trend: 'falling' })
  })

  it('keeps the loss although a thousand settings were printed before it', () => {
    const settings = Array.from({ length: 900 }, (_, at) => ({
      number: at + 1,
      text: `hidden_size_of_${'x'.repeat(at % 40)}${at}z=1`,
    }))
    const series = readMetricSeries([...settings, { number: 901, text: 'loss=0.5' }])
    expect(series).toHaveLength(64)
    expect(series[0]?.key).toBe('loss')
  })

  it('takes any text, in bounded time', () => {
    const piece = fc.constantFrom(
      'loss',
      '=',
      ': ',
      ' ',
      '1',
      '.',
      '-',
      'e',
      '/',
      '[',
      '(',
      'nan',
      '%',
      ',',
      '"',
      '{',
      '}',
      'epoch',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 60 }), (pieces) => {
        for (const { count, points } of readMetricSeries([{ number: 1, text: pieces.join('') }]))
          expect(points.length).toBeLessThanOrEqual(count)
      }),
    )
    const started = performance.now()
    for (const unit of ['a', '1', 'a=', 'a ', 'loss 1.', '1,234', '{"a":', 'e1', '@', '     ='])
      readNumbers(unit.repeat(Math.floor(100_000 / unit.length)))
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})
