import { describe, expect, test } from 'vitest'
import { collectMetrics } from '../../../src/core/tracking/collect'

const contract = (value: number, seed: number, higher = true) =>
  JSON.stringify({
    status: 'success',
    primary: { name: 'score', value, higher_is_better: higher },
    metrics: { loss: 0.25 },
    run: { run_id: `r${seed}`, seed },
  })

describe('metrics', () => {
  test('of a log are their last and their best value', () => {
    const text = 'epoch 1 loss 0.9 acc 0.5\nepoch 2 loss 0.3 acc 0.9\nepoch 3 loss 0.4 acc 0.8'
    const { metrics } = collectMetrics([{ path: 'train.log', text }], [])
    expect(metrics).toEqual([
      { name: 'acc', better: 'higher', last: 0.8, best: 0.9, count: 3, seeds: null, path: 'train.log' },
      { name: 'loss', better: 'lower', last: 0.4, best: 0.3, count: 3, seeds: null, path: 'train.log' },
    ])
  })

  test('of a JSONL skip its torn line and say so, and NaN is no value', () => {
    const text = '{"step":1,"val_loss":2}\n{"step":2,"val_loss":NaN}\n{"step":3,"val_loss":1}\n{"step":4,"val_lo'
    const { metrics, problems } = collectMetrics([{ path: 'm.jsonl', text }], ['val_loss'])
    expect(metrics).toMatchObject([{ name: 'val_loss', last: 1, best: 1, count: 2 }])
    expect(problems).toEqual(['m.jsonl: 1 of its lines is no JSON object.'])
  })

  test('of a CSV go by its columns', () => {
    const text = 'step,val/acc,lr\n1,0.5,0.1\n2,0.75,0.1\n3,,0.1\n'
    expect(collectMetrics([{ path: 'h.csv', text }], ['acc']).metrics).toMatchObject([
      { name: 'val/acc', last: 0.75, best: 0.75, count: 2 },
    ])
  })

  test('take their direction from the file, whatever their name says', () => {
    const texts = [contract(3, 1, false), contract(2, 2, false)].map((text, index) => ({
      path: `seed${index + 1}/metrics.json`,
      text,
    }))
    expect(collectMetrics(texts, ['score']).metrics[0]).toMatchObject({ better: 'lower', best: 2, last: 2 })
  })

  test('over seeds have mean and standard deviation', () => {
    const texts = [0.8, 0.9, 1].map((value, index) => ({
      path: `r/seed_${index}/metrics.json`,
      text: contract(value, index),
    }))
    const [score] = collectMetrics(texts, ['score']).metrics
    expect(score?.seeds?.last).toMatchObject({ runs: 3 })
    expect(score?.seeds?.last.mean).toBeCloseTo(0.9)
    expect(score?.seeds?.last.sd).toBeCloseTo(0.1)
    expect(score?.seeds?.best?.mean).toBeCloseTo(0.9)
  })

  test('that are found nowhere are missing, and never 0', () => {
    const found = collectMetrics([{ path: 'metrics.json', text: '{"acc": null, "loss": 1}' }], ['acc', 'bleu'])
    expect(found).toMatchObject({ metrics: [], missing: ['acc', 'bleu'] })
  })

  test('with an ambiguous name are not guessed', () => {
    const text = '{"train": {"acc": 1}, "eval": {"acc": 0.5}}'
    expect(collectMetrics([{ path: 'a.json', text }], ['acc']).missing).toEqual(['acc'])
    expect(collectMetrics([{ path: 'a.json', text }], ['eval.acc']).metrics).toMatchObject([{ last: 0.5 }])
  })

  test('of bad files are none, and nothing is thrown', () => {
    const texts = ['', '[', '{"a":', 'null', '[1,2]', '\0\0', '{"__proto__":{"acc":1}}', 'a,b\n1'].flatMap((text) =>
      ['x.json', 'x.jsonl', 'x.csv', 'x.log'].map((path) => ({ path, text })),
    )
    expect(() => collectMetrics(texts, [])).not.toThrow()
    expect(collectMetrics(texts, []).problems.length).toBeLessThanOrEqual(20)
  })
})
