import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseKeyValues, typedParam } from '../../../src/core/experiments/keyValues'
import { newRunId } from '../../../src/core/experiments/runId'
import { placeholdersIn, substitute } from '../../../src/core/experiments/substitute'
import { parseTemplate } from '../../../src/core/experiments/template'

const baseline = `id: ablation_lr
description: "Learning-rate ablation run"
command:
  - python3
  - train.py
  - --lr
  - "{lr}"
  - --config
  - "{config}"
  - --out
  - "{out_dir}"
  - '{"a": {"seed": {seed}}}'
primary_metric:
  name: val_loss
  higher_is_better: false
defaults:
  seed: 0
  lr: 3e-4
watch:
  everySec: 300
  tailLines: 50
artifacts:
  metrics: "{run_dir}/metrics.json"
`

test('a template of the contract is read, and values keep the spelling they have', () => {
  expect(parseTemplate(baseline, 'stem')).toEqual({
    findings: [],
    template: expect.objectContaining({
      id: 'ablation_lr',
      primary: { name: 'val_loss', higherIsBetter: false },
      defaults: { seed: '0', lr: '3e-4' },
      names: ['lr', 'config', 'seed'],
      watch: { everySec: 300, tailLines: 50 },
    }) as unknown,
  })
  expect(parseTemplate('command: [make, 1.0, true]', 'build').template).toMatchObject({
    id: 'build',
    command: ['make', '1.0', 'true'],
    primary: null,
  })
})

test.each([
  ['', 1, /empty/],
  ['- a', 1, /map of keys/],
  ['description: x', 1, /command is missing/],
  ['command: python3 train.py', 1, /command must be a list/],
  ['command: [a]\ncommand: [b]', 2, /written twice/],
  ['command: [a]\ndefaults:\n  seed: {a: 1}', 3, /defaults\.seed must be a text/],
  ['command: [a]\nwatch:\n  everySecs: 3', 3, /everySecs is not known.*Was everySec meant/],
  ['command: [a]\nwatch:\n  everySec: 0', 3, /watch\.everySec must be a whole number/],
  ['command: [a]\nprimary_metric:\n  name: x', 3, /higher_is_better must be true or false/],
  ['command: &a [a]\ndefaults: *a', 1, /Anchors and aliases/],
  ['command: [a]\ndefaults:\n  run_id: x', 3, /filled in by relay/],
  ['command: [a]\n---\ncommand: [b]', 2, /several documents/],
  ['command: [a\n', 2, /not YAML/],
  ['command: [a]\ndescription: !!js/function x', 2, /not YAML/],
])('a template that cannot be run says where and why: %j', (text, line, message) => {
  const { template, findings } = parseTemplate(text, 'stem')
  expect(template).toBeNull()
  const [first] = findings.filter(({ severity }) => severity === 'error')
  expect(first?.message).toMatch(message)
  expect(first?.line).toBe(line)
})

test('an unknown key at the top is told and does no harm', () => {
  const { template, findings } = parseTemplate(`${baseline}primary_metrics: 1\n`, 'stem')
  expect(template?.id).toBe('ablation_lr')
  expect(findings).toEqual([
    expect.objectContaining({ severity: 'warning', message: expect.stringMatching(/primary_metric meant/) as unknown }),
  ])
})

test('neither deep nesting nor any other text can hang or throw', () => {
  const many = 20_000
  for (const text of [
    '['.repeat(many),
    '{a: '.repeat(many),
    '- '.repeat(many),
    '? '.repeat(many),
    `command: ${'['.repeat(many)}${']'.repeat(many)}`,
    Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    `a: ${'!x '.repeat(10_000)}`,
    'x'.repeat(70_000),
  ])
    expect(parseTemplate(text, 'x').template).toBeNull()
  const piece = fc.constantFrom(
    'command:',
    '- ',
    'a',
    ': ',
    '\n',
    '  ',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '|',
    '>',
    '#',
    '&a',
    '*a',
    '!',
    '%',
    '\t',
    ',',
    '0',
    '?',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => void parseTemplate(pieces.join(''), 'x')),
    {
      numRuns: 500,
    },
  )
})

test('only names that have values are replaced, once; other braces are what they are', () => {
  expect(substitute('{a}{{a}}{b}{a.b}{"x":{a}}{', { a: '{b}', 'a.b': '2' })).toBe('{b}{a}{b}2{"x":{b}}{')
  expect(substitute('{constructor} {__proto__}', {})).toBe('{constructor} {__proto__}')
  expect(placeholdersIn(['{a} {{b}} {c}', '{a} {"d": 1} {}'])).toEqual(['a', 'c'])
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(substitute(substitute(text, {}), {})).toBe(substitute(substitute(text, {}), {}))
      if (!text.includes('{')) expect(substitute(text, { a: 'x' })).toBe(text)
    }),
  )
})

test('key=value words are read, and a wrong one says what to do', () => {
  expect(parseKeyValues(['lr=0.1', 'note=a=b', 'empty='], ['lr', 'note', 'empty'])).toEqual({
    values: { lr: '0.1', note: 'a=b', empty: '' },
    problems: [],
  })
  const { problems } = parseKeyValues(
    ['lr', 'lrr=1', 'run_id=x', 'lr=1', 'lr=2', 'a b=1', 'seed=1\n2'],
    ['lr', 'seed', 'run_id'],
  )
  expect(problems).toEqual([
    expect.stringMatching(/no key=value: write lr=…/),
    expect.stringMatching(/has no lrr. Was lr meant/),
    expect.stringMatching(/run_id is filled in/),
    expect.stringMatching(/lr is given twice/),
    expect.stringMatching(/no blanks/),
    expect.stringMatching(/seed must be one line/),
  ])
  expect(['1', '-0.25', '3e-7', '1e3', 'true', 'false'].map(typedParam)).toEqual([1, -0.25, 3e-7, 1000, true, false])
  const texts = ['007', '+1', '-0', '.5', '', ' 1', '0x10', '1e999', 'NaN', 'Infinity', '12345678901234567890']
  expect(texts.map(typedParam)).toEqual(texts)
})

test('run ids have the form of the contract', () => {
  expect(newRunId(Date.UTC(2026, 10, 20, 13, 39, 53), 0)).toBe('r20261120-133953-0000')
  expect(newRunId(Date.UTC(2026, 10, 20, 13, 39, 53), 0.999999)).toMatch(/^r\d{8}-\d{6}-[0-9a-z]{4}$/)
})
