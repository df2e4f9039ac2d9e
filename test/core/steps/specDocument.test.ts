import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyEdits } from '../../../src/core/blocks/textEdit'
import { type MarkStep, markStep } from '../../../src/core/steps/markStep'
import { isDoneLine, readSpec } from '../../../src/core/steps/specDocument'

const at = '2026-11-28 09:15:02'
const tick: MarkStep = {
  kind: 'mark_step',
  step: 3,
  title: 'Train the student',
  outcome: 'ticked',
  taskId: 'task_3_a2b3c4d5',
  at,
  text: 'loss 0.12',
}
const marked = (text: string, edit: MarkStep = tick) => {
  const { edits, problem } = markStep(text, edit)
  return problem ?? applyEdits(text, edits)
}

describe('steps of SPEC.md', () => {
  test.each([
    ['- [ ] **STEP 3**: Train', 'open', 'Train'],
    ['- [x] **STEP 3**: Train', 'ticked', 'Train'],
    ['- [X] **STEP 3:** Train', 'ticked', 'Train'],
    ['* [~] **Step 3: Train**', 'partial', 'Train'],
    ['+ [ ] Step 3 - Train', 'open', 'Train'],
    ['  1. [ ] step 3. Train', 'open', 'Train'],
    ['1) [-] __STEP 3__ — Train', 'partial', 'Train'],
    ['- [ ] STEP #03 Train', 'open', 'Train'],
    ['- [ ] **STEP 3**', 'open', ''],
    ['\t- [ ]  **STEP 3**:Train  ', 'open', 'Train'],
    ['- [ ] STEP 3: **Train** now', 'open', '**Train** now'],
    ['- [x] **STEP 3**: ✓ [2026-11-28 09:15:02.123456] Train', 'ticked', 'Train'],
    ['- [x] **STEP 3**: ✓ [2026-11-28 09:15:02] Train (task_3_a2b3c4d5: loss 0.12)', 'ticked', 'Train'],
  ])('%s', (line, state, title) => {
    const before = line.startsWith('\t') ? '- [ ] Phase\n' : ''
    const text = `# Plan\r\n\r\n${before}${line}\r\nand on`
    expect(readSpec(text)).toEqual([expect.objectContaining({ number: 3, state, title })])
    const [step] = readSpec(text)
    expect(text.slice(step?.start, step?.end)).toBe(line)
    expect(text.slice(step?.label.start, step?.label.end)).toMatch(/^step/i)
  })

  test.each([
    ['in a fence', '```markdown\n- [ ] **STEP 3**: Train\n```'],
    ['in a fence of tildes that holds another', '~~~~\n```\n~~~\n- [ ] **STEP 3**: Train\n~~~~'],
    ['in a fence of a list item', '- Example:\n\n  ```\n  - [ ] **STEP 3**: Train\n  ```'],
    ['in indented code', 'Text\n\n    - [ ] **STEP 3**: Train'],
    ['in a comment', '<!--\n- [ ] **STEP 3**: Train\n-->'],
    ['in a quote', '> - [ ] **STEP 3**: Train'],
    ['without a box', '- **STEP 3**: Train'],
    ['with another word', '- [ ] **STEPS 3**: Train'],
    ['of a part of a step', '- [ ] **STEP 3.1**: Train'],
  ])('are not what stands %s', (_, text) => {
    expect(readSpec(text)).toEqual([])
  })

  test('a fence in a list item ends with the item, whoever forgot to close it', () => {
    expect(readSpec('- Look:\n  ```\n  x\n- [ ] STEP 1: One').map(({ number }) => number)).toEqual([1])
    expect(readSpec('  ```\nx\n- [ ] STEP 1: One\n```')).toEqual([])
  })

  test('nested steps are steps, at any depth that people write', () => {
    const text = '- [ ] Phase\n    - [ ] STEP 1: One\n        - [ ] STEP 2: Two\n\n          more\n- [ ] STEP 3: Three'
    expect(readSpec(text).map(({ number }) => number)).toEqual([1, 2, 3])
  })

  test('10,000 steps, and a line without an end, are read at once', () => {
    const many = Array.from({ length: 10_000 }, (_, n) => `- [ ] **STEP ${n}**: Title ${n}\n`).join('')
    const began = performance.now()
    expect(readSpec(many)).toHaveLength(10_000)
    expect(readSpec('> '.repeat(1_000_000))).toEqual([])
    expect(readSpec(`- [ ] **STEP 3**: ${'('.repeat(1_000_000)}`)).toEqual([])
    expect(performance.now() - began).toBeLessThan(2_000)
  })
})

describe('marking a step', () => {
  test('ticks its line, with the time, the task id and what is notable', () => {
    expect(marked('- [ ] **STEP 3**: Train the student  \n')).toBe(
      '- [x] **STEP 3**: ✓ [2026-11-28 09:15:02] Train the student (task_3_a2b3c4d5: loss 0.12)  \n',
    )
    expect(marked('* [~] **Step 3: Train the student**\r')).toBe(
      '* [x] **Step 3: ✓ [2026-11-28 09:15:02] Train the student** (task_3_a2b3c4d5: loss 0.12)\r',
    )
  })

  test('what is done and unproved is noted without a tick, and a tick replaces it', () => {
    const noted = marked('- [ ] **STEP 3**: Train the student', { ...tick, outcome: 'unproved', text: 'unproved' })
    expect(noted).toBe('- [ ] **STEP 3**: ? [2026-11-28 09:15:02] Train the student (task_3_a2b3c4d5: unproved)')
    expect(readSpec(noted).map(isDoneLine)).toEqual([true])
    expect(marked(noted, { ...tick, outcome: 'failed', text: '' }), 'what comes late').toBe(noted)
    expect(marked(noted)).toContain('- [x] **STEP 3**: ✓ [2026-11-28 09:15:02] Train the student (')
  })

  test('a start and a failure are noted without a tick, and replaced by what comes after', () => {
    const text = '- [ ] **STEP 3**: Train the student'
    const started = marked(text, { ...tick, outcome: 'started', text: '' })
    expect(started).toBe('- [ ] **STEP 3**: ▶ [2026-11-28 09:15:02] Train the student (task_3_a2b3c4d5)')
    const failed = marked(started, { ...tick, outcome: 'failed', text: 'exit 1 (out of memory)' })
    expect(failed).toBe(
      '- [ ] **STEP 3**: ✗ [2026-11-28 09:15:02] Train the student (task_3_a2b3c4d5: exit 1 [out of memory])',
    )
    const again: MarkStep = { ...tick, taskId: 'task_3_00000001', at: '2026-11-28 10:00:00', text: '' }
    expect(marked(failed, again)).toBe('- [x] **STEP 3**: ✓ [2026-11-28 10:00:00] Train the student (task_3_00000001)')
    expect(marked(marked(failed, again), tick), 'an old edit that comes late').toMatch(
      /^STEP 3 has the note of a later run already \(task_3_00000001, 2026-11-28 10:00:00\)/,
    )
  })

  test('a step that was moved, renamed or given another number is found again; a conflict is said, and nothing is forced', () => {
    const other = '- [ ] STEP 9: Train the student\n- [ ] STEP 3: Something else'
    expect(marked(other)).toContain('- [x] STEP 9: ✓')
    const another = marked('- [ ] STEP 3: Evaluate the student')
    expect(another).toMatch(/^STEP 3 is another step by now \(Evaluate the student\)/)
    expect(marked('- [ ] STEP 3: ▶ [2026-11-28 09:15:01] Evaluate (task_3_a2b3c4d5)')).toContain('[x] STEP 3: ✓')
    expect(marked('- [ ] STEP 3: Train it')).toContain('- [x] STEP 3: ✓')
    expect(marked('- [ ] STEP 3: Trai'), 'a title that is being typed').toContain('- [x] STEP 3: ✓')
    expect(marked('- [ ] STEP 4: Another')).toBe(
      'STEP 3 (Train the student) is not in the document any more. The outcome of task_3_a2b3c4d5 is in the log.',
    )
    expect(marked('- [ ] STEP 3: One\n- [ ] STEP 3: Two')).toMatch(/^STEP 3 is in the document 2 times/)
    expect(marked('- [ ] STEP 3: One\n- [ ] STEP 3: Train the student')).toContain('- [x] STEP 3: ✓')
  })

  test('what is noted of a try gives way to what is true of the next one, and never to what comes late', () => {
    const at10 = '2026-11-28 10:00:00'
    const failed = marked('- [ ] STEP 3: Train the student', { ...tick, outcome: 'failed', text: 'no data' })
    const once = marked(failed, { ...tick, outcome: 'failed', at: at10, text: 'exit 1' })
    expect(once).toBe('- [ ] STEP 3: ✗ [2026-11-28 10:00:00] Train the student (task_3_a2b3c4d5: exit 1)')
    const runs = marked(failed, { ...tick, outcome: 'started', at: at10, text: '' })
    expect(runs).toBe('- [ ] STEP 3: ▶ [2026-11-28 10:00:00] Train the student (task_3_a2b3c4d5)')
    expect(marked(once, { ...tick, outcome: 'started', text: '' })).toBe(once)
    const ticked = marked(once)
    expect(marked(ticked, { ...tick, outcome: 'failed', at: '2026-11-28 11:00:00' })).toBe(ticked)
  })

  test('an undo of a person is the last word', () => {
    const undone = marked('- [ ] **STEP 3**: Train the student').replace('[x]', '[ ]')
    expect(markStep(undone, tick)).toEqual({ edits: [], problem: null })
  })

  test('whatever is around it, only its own line changes, once, and people’s words stay', () => {
    const word = fc.constantFrom(
      '',
      'Some text',
      '# Head',
      '```',
      '- item',
      '    code',
      '<!-- x -->',
      '> q',
      '- [ ] STEP 4: Four',
      '~~~',
      'İ🙂',
    )
    const end = fc.constantFrom('\n', '\r\n', '\r')
    const lines = fc.array(fc.tuple(word, end), { maxLength: 8 })
    const title = fc.constantFrom(
      'Train',
      'Train (a task)',
      '✓ done?',
      '**bold** (task_3)',
      'x [2026] (task_3_a2b3c4d5)',
      '',
    )
    fc.assert(
      fc.property(
        lines,
        title,
        end,
        lines,
        fc.constantFrom('started', 'failed', 'ticked'),
        (before, name, own, after, outcome) => {
          const join = (parts: [string, string][]) => parts.map((part) => part.join('')).join('')
          const line = `- [ ] **STEP 3**: ${name}`
          const text = join(before) + line + own + join(after)
          const edit: MarkStep = { ...tick, title: name, outcome }
          const found = readSpec(text).filter(({ number }) => number === 3)
          const { edits, problem } = markStep(text, edit)
          if (found.length === 0) {
            expect([edits, problem === null]).toEqual([[], false])
            return
          }
          const once = applyEdits(text, edits)
          expect(once.startsWith(join(before))).toBe(true)
          expect(once.endsWith(own + join(after))).toBe(true)
          const middle = once.slice(join(before).length, once.length - own.length - join(after).length)
          expect(middle).not.toMatch(/[\r\n]/)
          expect(middle).toContain(name)
          expect(applyEdits(once, markStep(once, edit).edits)).toBe(once)
          const [read] = readSpec(once).filter(({ number }) => number === 3)
          expect(read?.note).toMatchObject({ outcome, taskId: tick.taskId, at })
          expect(read?.title).toBe(readSpec(text).find(({ number }) => number === 3)?.title)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('no text at all is too odd', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('-*[x] ~`#>STEP 3:\n\r\t(✓)İ')), maxLength: 200 }),
        (text) => {
          for (const { start, end, box, rest } of readSpec(text)) {
            expect(start <= box.start && box.end <= rest.start && rest.end <= end && end <= text.length).toBe(true)
          }
          markStep(text, tick)
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
