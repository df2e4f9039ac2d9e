import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stepCompletionsAt, stepHoverAt, stepSnippetFor } from '../../../src/core/steps/completeDefinitions'
import { parseDefinitions } from '../../../src/core/steps/parseDefinitions'
import { chunkedStep, setupStep } from './seed'

const workspace = {
  agents: [{ name: 'tinker-executor', file: '.claude/agents/AGENT.md' }],
  skills: ['tinker-api', 'document-skills'],
  isFile: () => true,
}
/** What is offered at the sign `^`. */
const offered = (text: string) =>
  stepCompletionsAt(text.replace('^', ''), text.indexOf('^'), workspace).map(({ label }) => label)

test.each<readonly [string, string, readonly string[]]>([
  ['a step', 'step_3_x:\n  main:\n    script: a\n^', ['step_4']],
  ['a phase', 'step_1:\n  ^\n', ['pre_flight', 'test', 'main', 'post_validation', 'background']],
  [
    'a phase behind others',
    'step_1:\n  pre_flight:\n  - task: a\n  ma^\n  background:\n',
    ['test', 'main', 'post_validation'],
  ],
  [
    'a field of a check',
    'step_1:\n  pre_flight:\n    - task: a\n      ^\n',
    ['command', 'timeout', 'parallel', 'explore', 'verify', 'estimate', 'check'],
  ],
  [
    'a field of a check in a list that is not indented',
    'step_1:\n  pre_flight:\n  - task: a\n    command: b\n  - command: a\n    t^\n',
    ['task', 'timeout', 'parallel', 'explore', 'verify', 'estimate', 'check'],
  ],
  [
    'the first field of a monitor',
    'step_1:\n  background:\n    - ^',
    ['task', 'command', 'interval', 'alert_on', 'timeout', 'monitor', 'check', 'alert'],
  ],
  ['a mode', 'step_1:\n  main:\n    mode: "b^"\n', ['foreground', 'background', 'chunked']],
  ['an agent', 'step_1:\n  main:\n    agent: ^\n', ['tinker-executor']],
  ['a skill', 'step_1:\n  main:\n    skills: ["tinker-api", "^"]\n', ['tinker-api', 'document-skills']],
  ['a skill in lines', 'step_1:\n  main:\n    skills:\n      - ^\n', ['tinker-api', 'document-skills']],
  ['a size', 'step_1:\r\n  main:\r\n    chunks:\r\n      - ^\r\n', ['size']],
  ['nothing in a comment', 'step_1:\n  # ^\n', []],
  ['nothing in a value that can be anything', 'step_1:\n  main:\n    objective: ^\n', []],
])('%s', (_, text, labels) => {
  expect(offered(text)).toEqual(labels)
})

test('the pointer on a key tells what it means', () => {
  const told = (text: string, word: string) => stepHoverAt(text, text.indexOf(word) + 2)?.field.type
  expect(told(setupStep, 'timeout')).toBe('seconds, at most 30')
  expect(told(setupStep, 'timeout: 300')).toBe('seconds')
  expect(told(chunkedStep, 'size')).toBe('whole number')
  expect(told(chunkedStep, 'monitor')).toBe('command or sentence')
  expect(told(setupStep, 'verify_env')).toBeUndefined()
})

test('at any place of any text something or nothing is offered, in the text', () => {
  const pieces = fc.constantFrom(...setupStep.split(/(?<=\n)/), '  - ', '\t', ':', '\r\n', '"', '- - -', '#')
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), fc.nat(400), (parts, offset) => {
      const text = parts.join('')
      const at = Math.min(offset, text.length)
      stepHoverAt(text, at)
      for (const { start, end } of stepCompletionsAt(text, at, workspace)) {
        expect(start <= at && at <= end && end <= text.length).toBe(true)
        expect(text.slice(start, end)).not.toMatch(/[\r\n]/)
      }
    }),
    { numRuns: 500 },
  )
})

test('a definition that is begun for a step of the document is one, whatever its title', () => {
  for (const [title, key] of [
    ['Train the model: 3 epochs, "fast"', 'step_7_train_the_model_3_epochs_fast'],
    ['', 'step_7_name'],
    ['数据 $HOME} \\ #x', 'step_7_home_x'],
    ['a'.repeat(200), `step_7_${'a'.repeat(30)}`],
  ] as const) {
    // As the editor inserts it: without the places to be typed in.
    const text = stepSnippetFor(7, title)
      .replace(/\$\{\d:((?:\\.|[^}])*)\}/g, '$1')
      .replace('$0', '')
      .replace(/\\([\\$}])/g, '$1')
    const { steps, findings } = parseDefinitions(text)
    expect(
      findings.filter(({ severity }) => severity === 'error'),
      text,
    ).toEqual([])
    expect(steps[0]).toMatchObject({ key, number: 7 })
    expect(steps[0]?.definition?.main.objective).toBe(title === '' ? 'What is to be reached' : title)
  }
})
