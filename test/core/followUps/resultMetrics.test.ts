import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readResultMetrics } from '../../../src/core/followUps/resultMetrics'

const contract = {
  status: 'success',
  primary: { name: 'acc', value: 0.9, higher_is_better: true },
  metrics: { acc: 0.9, loss: 0.1, per: { class: [0.5, 0.6] } },
  run: { run_id: 'r1', seed: 7 },
}

describe('readResultMetrics', () => {
  it('reads metrics.json of the contract: the primary once, then the metrics, not the run', () => {
    expect(readResultMetrics('a/metrics.json', JSON.stringify(contract))).toEqual({
      path: 'a/metrics.json',
      kind: 'contract',
      status: 'success',
      exitCode: null,
      primary: { name: 'acc', value: 0.9, higherIsBetter: true },
      numbers: [
        { key: 'loss', value: 0.1 },
        { key: 'per.class.0', value: 0.5 },
        { key: 'per.class.1', value: 0.6 },
      ],
      more: 0,
      error: null,
      errorType: null,
      problems: [],
    })
  })

  it.each([
    ['absent', {}],
    ['null', { value: null }],
    ['text', { value: '0.9' }],
  ])('calls a primary value that is %s missing, never 0', (_name, value) => {
    const text = JSON.stringify({ ...contract, primary: { name: 'acc', higher_is_better: true, ...value } })
    const result = readResultMetrics('metrics.json', text)
    expect(result.primary).toEqual({ name: 'acc', value: null, higherIsBetter: true })
    expect(result.problems).toEqual(['Its primary metric acc has no finite value.'])
  })

  it('takes the NaN that Python writes for missing, and keeps the other numbers', () => {
    const text =
      '{"status":"failed","primary":{"name":"NaN \\" Infinity","value":NaN,"higher_is_better":false},"metrics":{"a":-Infinity,"b":2},"error_type":"nan"}'
    expect(readResultMetrics('metrics.json', text)).toMatchObject({
      primary: { name: 'NaN " Infinity', value: null, higherIsBetter: false },
      numbers: [{ key: 'b', value: 2 }],
      errorType: 'nan',
      problems: [
        'It holds NaN or Infinity, which JSON does not have.',
        'Its primary metric NaN " Infinity has no finite value.',
        'Not finite, so missing: a.',
      ],
    })
  })

  it('flattens any other JSON object', () => {
    expect(readResultMetrics('eval.json', '{"a":{"b":1,"c":"x"},"d":1e999}')).toMatchObject({
      kind: 'json',
      numbers: [{ key: 'a.b', value: 1 }],
      problems: ['Not finite, so missing: d.'],
    })
  })

  it('shows exit code and status of meta.json', () => {
    expect(readResultMetrics('r/meta.json', '{"exit_code":3,"status":"failed","pid":12}')).toMatchObject({
      kind: 'meta',
      exitCode: 3,
      status: 'failed',
      numbers: [],
    })
  })

  it('takes the last whole record of a jsonl and says that a line is torn', () => {
    expect(readResultMetrics('m.jsonl', '{"step":1,"loss":2}\n{"step":2,"loss":1}\n{"step":3,"lo')).toMatchObject({
      kind: 'record',
      numbers: [
        { key: 'step', value: 2 },
        { key: 'loss', value: 1 },
      ],
      problems: ['Its last line is not a JSON object.'],
    })
  })

  it.each([
    ['', /It is not JSON/],
    ['[1,2]', /holds no JSON object/],
    ['nope', /It is not JSON/],
    ['{"a":NaN', /It is not JSON/],
  ])('says what is wrong with %j', (text, problem) => {
    expect(readResultMetrics('metrics.json', text).problems.join()).toMatch(problem)
  })

  it('is bounded, deep or wide', () => {
    expect(readResultMetrics('a.json', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`).numbers).toEqual([])
    const wide = readResultMetrics(
      'a.json',
      JSON.stringify(Object.fromEntries(Array.from({ length: 9_000 }, (_, at) => [`k${at}`, at]))),
    )
    expect(wide.numbers.length + wide.more).toBe(9_000)
    expect(wide.numbers.length).toBeLessThanOrEqual(256)
  })

  it('never throws, and never lists a number that is not finite', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => json.slice(0, -1)),
      fc.json().map((json) => json.replace(/\d+/, 'NaN')),
    )
    fc.assert(
      fc.property(text, fc.constantFrom('metrics.json', 'meta.json', 'x.jsonl'), (content, path) => {
        for (const { value } of readResultMetrics(path, content).numbers) expect(Number.isFinite(value)).toBe(true)
      }),
    )
  })
})
