// What a model may ask for with the reading tools, and how much of it there is.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readGlob } from '../../../src/core/followUps/globPattern'
import {
  describeReadingTools,
  fitPrompt,
  fullBudget,
  isSpent,
  readCall,
  readingLimits,
  renderCall,
  spend,
} from '../../../src/core/followUps/readingTools'
import { secrecyOf, withoutValue } from '../../../src/core/followUps/secretFiles'

describe('a call of a reading tool', () => {
  test.for([
    ['list_folder', {}, '.'],
    ['list_folder', undefined, '.'],
    ['read_file', { path: 'a.txt' }, 'a.txt, 400 lines from line 1'],
    ['read_file', { path: 'a.txt', from_line: -20, lines: 20 }, 'a.txt, 20 lines from 20 before the end'],
    ['search_text', { text: 'loss', glob: '*.py' }, '“loss” in ., *.py'],
    ['read_log', { lines: 5 }, 'the last 5 lines'],
    ['read_file', {}, 'read_file was not called: “path” is not as it must be'],
    ['read_file', { path: 'a', lines: 100_000 }, 'read_file was not called: “lines” is not as it must be'],
    ['read_file', ['a'], 'read_file was not called'],
    ['write_file', { path: 'a', text: 'b' }, 'There is no tool “write_file” here.'],
    ['runCommands', { command: 'rm -rf .' }, 'There is no tool “runCommands” here.'],
  ] as const)('%s %j is told as “%s”', ([name, input, told]) => {
    expect(renderCall(readCall(name, input))).toContain(told)
  })

  test('never throws, whatever a model sends', () => {
    const names = fc.oneof(fc.string(), fc.constantFrom('list_folder', 'read_file', 'search_text', 'read_log'))
    fc.assert(fc.property(names, fc.anything(), (name, input) => typeof renderCall(readCall(name, input)) === 'string'))
  })

  test('only reading tools are offered, and the log only where there is one', () => {
    const names = (hasLog: boolean) => describeReadingTools(hasLog).map(({ name }) => name)
    expect(names(true)).toEqual(['list_folder', 'read_file', 'search_text', 'read_log'])
    expect(names(false)).toEqual(['list_folder', 'read_file', 'search_text'])
    expect(describeReadingTools(true)[1]?.inputSchema).toMatchObject({ type: 'object', required: ['path'] })
  })
})

test('a result is cut, and when all is spent nothing more is told', () => {
  let budget = fullBudget
  const result = 'x'.repeat(readingLimits.resultChars * 2)
  let told = 0
  while (!isSpent(budget)) {
    const spent = spend(budget, result)
    expect(spent.told).toContain('more characters left out')
    told += spent.told.length
    budget = spent.left
  }
  expect(told).toBeLessThan(readingLimits.totalChars + 100)
  expect(spend(budget, 'more').told).toMatch(/^Not read: .*Answer with what you know/)
})

test('a prompt that a model cannot take keeps its task and its contract, and says what is missing', () => {
  const lines = Array.from({ length: 5_000 }, (_, index) => `| line ${index}`)
  const prompt = `The task.\n${lines.join('\n')}\nHow to answer.\n`
  const fit = fitPrompt(prompt, 10_000)
  expect(fit.length).toBeLessThanOrEqual(10_000)
  expect(fit).toMatch(
    /^The task\.\n\| line 0\n[^]*\n\| … \(\d+ characters left out[^]*\n\| line 4999\nHow to answer\.\n$/,
  )
  expect(fitPrompt(prompt, 1_000_000)).toBe(prompt)
})

test.for([
  ['*.py', 'exp/train.py', true],
  ['*.py', 'exp/train.pyc', false],
  ['exp/**/*.json', 'exp/a/b/metrics.json', true],
  ['exp/**/*.json', 'exp/metrics.json', true],
  ['exp/**/*.json', 'other/metrics.json', false],
  ['./src/?.ts', 'src/a.ts', true],
  ['*.{json,yaml}', 'a/b.yaml', true],
  ['*.{json,yaml}', 'a/b.toml', false],
  ['{a,b}/*.{c,d}', 'b/x.d', true],
  ['**', 'a/b', true],
  ['a/**', 'a/b/c', true],
  ['a+(b)', 'a+(b)', true],
] as const)('the glob %s for %s is %s', ([glob, file, fits]) => {
  expect(readGlob(glob)?.(file)).toBe(fits)
})

test('a glob that could be slow is refused, and any other is quick', () => {
  expect(readGlob('{a,b}'.repeat(20))).toBeNull()
  expect(readGlob('x'.repeat(500))).toBeNull()
  const from = performance.now()
  expect(readGlob(`**/${'a*'.repeat(80)}b`)?.(`${'a/'.repeat(100)}${'a'.repeat(1_000)}`)).toBe(false)
  expect(readGlob('**/a/'.repeat(30) + 'b')?.('a/'.repeat(500))).toBe(false)
  expect(performance.now() - from).toBeLessThan(1_000)
})

test.for([
  ['.env', 'values'],
  ['deploy/.env.production', 'values'],
  ['prod.env', 'values'],
  ['config/secrets.yaml', 'values'],
  ['gcp-credentials.json', 'values'],
  ['.npmrc', 'values'],
  ['terraform.tfstate', 'values'],
  ['keys/server.PEM', 'key'],
  ['id_rsa', 'key'],
  ['home/.ssh/config', 'key'],
  ['.aws/credentials', 'key'],
  ['.netrc', 'key'],
  ['src/environment.ts', 'open'],
  ['src/secrets.ts', 'open'],
  ['.environment/readme.md', 'open'],
] as const)('%s is %s', ([file, secrecy]) => {
  expect(secrecyOf(file)).toBe(secrecy)
})

test.for([
  ['API_KEY=abc', 'API_KEY=‹value removed›'],
  ['export TOKEN="a b"', 'export TOKEN=‹value removed›'],
  ['  password: hunter2', '  password: ‹value removed›'],
  ['  "private_key": "-----BEGIN", ', '  "private_key": ‹value removed›'],
  ['database:', 'database:'],
  ['[section]', '[section]'],
  ['{', '{'],
  ['# was: hunter2', '# ‹comment removed›'],
  ['the second line of a secret', '‹value removed›'],
  ['', ''],
] as const)('of %j the values go', ([line, shown]) => {
  expect(withoutValue(line)).toBe(shown)
})
