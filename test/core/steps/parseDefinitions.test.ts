import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyEdits } from '../../../src/core/blocks/textEdit'
import { DefinitionsCache, parseDefinitions, prepareDefinitions } from '../../../src/core/steps/parseDefinitions'
import { isProse } from '../../../src/core/steps/prose'
import { findPrintedSecret } from '../../../src/core/steps/secrets'
import { agentIn, findMissing, type StepWorkspace } from '../../../src/core/steps/workspace'
import { chunkedStep, definitions, setupStep } from './seed'

/** `code: what is underlined`. */
const told = (text: string) =>
  parseDefinitions(text).findings.map(({ code, start, end }) => `${code}: ${text.slice(start, end)}`)
const fixed = (text: string) =>
  applyEdits(
    text,
    parseDefinitions(text).findings.flatMap(({ fix }) => fix ?? []),
  )

describe('the examples of the format', () => {
  test('are read as they stand, and their first check is told of: it prints a part of a key', () => {
    const { steps, findings } = parseDefinitions(definitions)
    expect(steps.map(({ number, definition }) => [number, definition !== null])).toEqual([
      [1, true],
      [13, true],
    ])
    expect(findings.map(({ severity, code, message }) => [severity, code, message])).toEqual([
      [
        'warning',
        'secret-printed',
        'This prints TINKER_API_KEY, or a part of it, into the log, where it stays. Test that it is set instead: test -n "$TINKER_API_KEY".',
      ],
    ])
    expect(fixed(definitions)).toContain(`command: 'test -n "$TINKER_API_KEY"'\n`)
    expect(told(fixed(definitions))).toEqual([])
    expect(steps[1]?.definition?.main).toEqual({
      work: { kind: 'agent', agent: 'tinker-executor', skills: ['tinker-api'], script: '06_train_student_model.py' },
      objective: 'Start model training',
      timeoutSec: 300,
      retries: 0,
      successCriteria: ['Training started', 'First checkpoint saved'],
      requireFiles: [],
      mode: { kind: 'background' },
    })
    expect(steps[1]?.definition?.background.map(({ intervalSec, alert }) => [intervalSec, alert])).toEqual([
      [60, { kind: 'matches', pattern: 'error|failed|nan' }],
      [120, { kind: 'never' }],
      [180, { kind: 'never' }],
    ])
  })

  test('short forms: sentences are questions for an agent, commands are commands, and an alert speaks when it prints', () => {
    const { steps, findings } = parseDefinitions(chunkedStep)
    expect(findings.every(({ severity }) => severity === 'hint')).toBe(true)
    const definition = steps[0]?.definition
    expect(definition?.preflight.map(({ work }) => work)).toEqual([
      { kind: 'question', question: 'Check existing JSONL files' },
      { kind: 'question', question: 'Test teacher model access' },
      { kind: 'question', question: 'Calculate time/cost' },
    ])
    expect(definition?.background.map(({ work, alert }) => [work.kind, alert.kind])).toEqual([
      ['command', 'never'],
      ['command', 'fails'],
      ['command', 'output'],
    ])
    expect(definition?.main.mode).toEqual({
      kind: 'chunked',
      sizes: [100, 900, 4000],
      quality: null,
      checkpointEvery: 500,
    })
  })

  test('read the same with other line ends, a byte order mark, as JSON, and one by one', () => {
    const plain = parseDefinitions(setupStep).steps[0]?.definition
    for (const other of [setupStep.replaceAll('\n', '\r\n'), `\uFEFF# x\n---\n${setupStep}`])
      expect(parseDefinitions(other).steps[0]?.definition).toEqual(plain)
    expect(parseDefinitions('{"step_1": {"main": {"script": "a.py", "timeout": 5}}}').steps).toHaveLength(1)
  })
})

const main = '  main:\n    script: a.py\n    timeout: 5\n'

describe('what is wrong is told at its place', () => {
  test.each<readonly [string, string, readonly string[]]>([
    ['an unknown key', 'step_1:\n  preflights: []\n' + main, ['unknown-key: preflights']],
    [
      'an unknown key of a check',
      `step_1:\n${main}  pre_flight:\n    - comand: ls\n`,
      ['unknown-key: comand', 'missing-field: comand'],
    ],
    ['a number that is there twice', `step_1_a:\n${main}step_01_b:\n${main}`, ['step-duplicate: step_01_b']],
    ['a key that is there twice', `step_1:\n${main}${main}`, ['yaml-duplicate-key: main']],
    ['a step that is there twice', `step_1:\n${main}step_1:\n${main}`, ['step-duplicate: step_1']],
    ['a key that is no step', `prepare:\n${main}`, ['step-key: prepare']],
    [
      'more than three checks',
      `step_1:\n${main}  pre_flight:\n${'    - command: ls\n'.repeat(4)}`,
      ['too-many-checks: pre_flight'],
    ],
    [
      'a limit over 30 s',
      `step_1:\n${main}  pre_flight:\n    - command: ls\n      timeout: 60\n`,
      ['time-over-limit: 60'],
    ],
    [
      'a pattern',
      `step_1:\n${main}  background:\n    - command: ls\n      alert_on: "(a"\n`,
      ['pattern-invalid: "(a"'],
    ],
    ['two forms', `step_1:\n${main}  pre_flight:\n    - command: ls\n      verify: ls x\n`, ['two-forms: verify']],
    ['a mode', 'step_1:\n  main:\n    script: a.py\n    mode: backgroud\n    timeout: 1\n', ['wrong-value: backgroud']],
    [
      'chunks without the mode',
      'step_1:\n  main:\n    script: a.py\n    timeout: 1\n    chunks: [1]\n',
      ['mode-field: chunks'],
    ],
    ['the mode without chunks', 'step_1:\n  main:\n    script: a.py\n    mode: chunked\n', ['missing-field: mode']],
    [
      'a size',
      'step_1:\n  main:\n    script: a.py\n    mode: chunked\n    chunks:\n      - size: -1\n',
      ['out-of-range: -1'],
    ],
    ['a missing main phase', 'step_1:\n  post_validation: []\n', ['missing-field: step_1']],
    ['an empty step', 'step_1:\n', ['wrong-type: step_1']],
    [
      'an alias',
      `step_1:\n  main: &m\n    script: a.py\nstep_2:\n  main: *m\n`,
      ['yaml-anchor: script: a.py\n', 'yaml-anchor: *m'],
    ],
    ['a merge key', `step_1:\n  <<: {main: 1}\n${main}`, ['unknown-key: <<']],
    ['a tag', `step_1:\n  main: !!js/function x\n`, ['yaml-syntax: !!js/function']],
    ['several documents', `step_1:\n${main}---\nstep_2:\n${main}`, ['yaml-documents: ---']],
    [
      'a value that is a key again',
      'step_1:\n  main:\n    script: echo a: b\n    timeout: 1\n',
      ['yaml-syntax: echo a: b'],
    ],
    ['a key that is being typed', 'step_1:\n  main:\n    scr\n    timeout: 1\n', ['yaml-syntax: scr']],
    ['a tab', 'step_1:\n\tmain:\n', ['yaml-syntax: \tmain:']],
    [
      'a hidden character',
      'step_1:\n  main:\n    script: "a\\u202e.py"\n    timeout: 1\n',
      ['invisible-character: "a\\u202e.py"'],
    ],
    [
      'a check that never ends',
      `step_1:\n${main}  pre_flight:\n    - command: tail -f x.log\n`,
      ['never-ends: tail -f x.log'],
    ],
    ['no time limit', 'step_1:\n  main:\n    script: a.py\n', ['no-time-limit: main']],
    ['a required file outside', `step_1:\n${main}    required_files: [../x]\n`, ['wrong-value: ../x']],
    ['a list of definitions', '- step_1\n', ['wrong-type: - step_1']],
    ['definitions that are indented', '  step_1:\n    main: 1\n', ['wrong-type: 1']],
  ])('%s', (_, text, expected) => {
    expect(told(text)).toEqual(expected)
  })

  test('what was surely meant is written with one click', () => {
    const wrong = `step_1:\n  preflight:\n    - command: ls\n      timeout: "40s"\n      parallel: "yes"\n${main}`
    expect(fixed(fixed(wrong))).toBe(
      `step_1:\n  pre_flight:\n    - command: ls\n      timeout: 40\n      parallel: true\n${main}`,
    )
    const flags = `step_1:\n${main}  background:\n    - command: ls\n      alert_on: "(?i)it's"\n`
    expect(fixed(flags)).toContain(`alert_on: 'it''s'\n`)
    expect(told(fixed(flags))).toEqual([])
  })

  test('a mistake in one step leaves the others as they are', () => {
    const text = `step_1:\n  main: "not closed\n${setupStep.replace('step_1', 'step_2')}"step_3": {{{\nstep_4:\n${main}`
    const { steps, findings } = parseDefinitions(text)
    expect(steps.filter(({ definition }) => definition !== null).map(({ number }) => number)).toEqual([2, 4])
    // It is there, as it was before somebody typed in it; what is wrong is told in it, and once.
    expect(steps.map(({ number }) => number)).toEqual([1, 2, 3, 4])
    const broken = findings.filter(({ code }) => code === 'yaml-syntax')
    const owner = (at: number) => steps.find(({ start, end }) => start <= at && at < end)?.number
    expect([...new Set(broken.map(({ start }) => owner(start)))]).toEqual([1, 3])
    expect(new Set(broken.map(({ start, message }) => `${start} ${message}`)).size).toBe(broken.length)
  })
})

test('what the folder does not have is told of, an agent by the common file if there is one', () => {
  const { steps } = parseDefinitions(definitions)
  const workspace = (parts: Partial<StepWorkspace>): StepWorkspace => ({
    agents: [],
    skills: [],
    isFile: () => false,
    ...parts,
  })
  const missing = (parts: Partial<StepWorkspace>) =>
    findMissing(steps, workspace(parts)).map(({ code, start, end }) => `${code}: ${definitions.slice(start, end)}`)
  expect(missing({})).toEqual([
    'agent-missing: "tinker-executor"',
    'skill-missing: "tinker-api"',
    'script-missing: "01_test_auth.py"',
    'agent-missing: "tinker-executor"',
    'skill-missing: "tinker-api"',
    'script-missing: "06_train_student_model.py"',
  ])
  const common = agentIn('.claude/agents/AGENT.md', 'no front matter')
  expect(missing({ agents: [common], skills: ['tinker-api'], isFile: (file) => file.startsWith('0') })).toEqual([])
  const named = agentIn('.claude/agents/other.md', '---\r\nname: "tinker-executor" # x\r\n---\r\n')
  expect(named.name).toBe('tinker-executor')
  expect(missing({ agents: [named], skills: ['tinker-api'], isFile: () => true })).toEqual([])
})

test.each([
  ['Check that train.jsonl exists', true],
  ['检查 文件', true],
  ['find the newest checkpoint', true],
  ['look at the loss curve.', true],
  ['ls -la', false],
  ['nvidia-smi', false],
  ['./check.sh now', false],
  ['make data', false],
  ['test -f x', false],
  ['Rscript check.R', false],
  ['python check.py --fast', false],
  ['Compare x > y', false],
])('%s is prose: %s', (text, expected) => {
  expect(isProse(text)).toBe(expected)
})

test.each([
  ['echo $TINKER_API_KEY | head -c 10', 'TINKER_API_KEY'],
  ['echo "key: ${HF_TOKEN:0:4}"', 'HF_TOKEN'],
  ['printenv OPENAI_API_KEY', 'OPENAI_API_KEY'],
  ['python -c \'import os; print(os.environ["API_KEY"])\'', 'API_KEY'],
  ['cat .env', '.env'],
  ['test -n "$TINKER_API_KEY"', null],
  ['[ -n "$HF_TOKEN" ] && echo set', null],
  ['echo $API_KEY | wc -c', null],
  ['echo $API_KEY > /dev/null', null],
  ['echo ${API_KEY:+set}', null],
  ['echo $KEYBOARD $MONKEYS', null],
  ['echo "$X" | grep -q y', null],
])('%s prints %s', (command, name) => {
  expect(findPrintedSecret(command)?.name ?? null).toBe(name)
})

describe('whatever the text is, reading it', () => {
  test('neither throws nor takes long, and every finding lies in it', () => {
    const bombs = [
      '['.repeat(60_000),
      `step_1: ${'{a: '.repeat(20_000)}`,
      `step_1:\n  main: ${'- '.repeat(20_000)}x`,
      Array.from({ length: 3_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
      `step_1: &a [x]\n${Array.from({ length: 30 }, (_, at) => `step_${at}: &b${at} [*a, *a, *a]`).join('\n')}`,
      `step_1: ${'? '.repeat(30_000)}`,
      '!'.repeat(50_000),
      `step_1:\n  main: "${'\\'.repeat(60_000)}`,
      `"${'a'.repeat(1_000_000)}`,
      'step_1: |\n'.repeat(100_000),
      '\0'.repeat(1000),
    ]
    for (const text of bombs) {
      const began = performance.now()
      const { findings } = parseDefinitions(text)
      expect(performance.now() - began, text.slice(0, 20)).toBeLessThan(5_000)
      expect(findings.every(({ start, end }) => 0 <= start && start <= end && end <= text.length)).toBe(true)
      expect(findings.length).toBeGreaterThan(0)
    }
  })

  test('is the same with what was remembered of an earlier text', () => {
    const pieces = fc.constantFrom(
      ...definitions.split(/(?<=\n)/),
      'step_9:\n',
      '\t\n',
      '- x\n',
      '---\n',
      '# c\n',
      '"\n',
    )
    const cache = new DefinitionsCache()
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (lines) => {
        const text = lines.join('')
        const read = parseDefinitions(text, cache)
        expect(read).toEqual(parseDefinitions(text))
        expect(read.findings.every(({ start, end }) => 0 <= start && start <= end && end <= text.length)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  test('is quick for 10,000 steps, and at once after a key was pressed', () => {
    const text = Array.from(
      { length: 10_000 },
      (_, n) => `step_${n}_x:\n${main}  post_validation:\n    - command: ls\n`,
    ).join('')
    const cache = new DefinitionsCache()
    expect(Array.from(prepareDefinitions(text, cache))).toHaveLength(10_000)
    expect(parseDefinitions(text, cache).steps).toHaveLength(10_000)
    const began = performance.now()
    expect(parseDefinitions(text.replace('command: ls', 'command: ls -l'), cache).findings).toEqual([])
    expect(performance.now() - began).toBeLessThan(1_000)
  })
})
