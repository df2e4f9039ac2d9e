import { expect, test } from 'vitest'
import { applyEdits } from '../../../src/core/blocks/textEdit'
import { findDrift } from '../../../src/core/steps/drift'
import {
  addToHistory,
  parseLogLine,
  renderLogLine,
  type StepHistory,
  taskIdOf,
} from '../../../src/core/steps/executionLog'
import { readSpec } from '../../../src/core/steps/specDocument'

const timestamp = '2026-11-28T09:15:02.000Z'
const line = (step: number, status: string, id = `task_${step}_a2b3c4d5`) =>
  `{"task_id": "${id}", "step": ${step}, "timestamp": "${timestamp}", "status": "${status}"}`
const historyOf = (lines: readonly string[]) => {
  const history = new Map<number, StepHistory>()
  for (const one of lines) {
    const entry = parseLogLine(one)
    if (entry !== null) addToHistory(history, entry)
  }
  return history
}

test('a line has the keys of the format, is one line whatever was printed, and is read again', () => {
  const written = renderLogLine({
    taskId: taskIdOf(1, 0xa2b3c4d5),
    step: 1,
    timestamp,
    status: 'PASSED',
    phase: 'PRE-FLIGHT',
    name: 'check_python',
    command: `python -c 'x'${'y'.repeat(5_000)}`,
    exit: 0,
    durationSec: 2,
    output: `first\n${'\u001b[31m\u2028'.repeat(3_000)}last`,
  })
  expect(written.split('\n')).toHaveLength(2)
  expect(written.length).toBeLessThan(4_000)
  expect(written).toContain('last"}\n')
  expect(Object.keys(JSON.parse(written) as object)).toEqual(
    'task_id step timestamp status phase name command exit duration output'.split(' '),
  )
  expect(parseLogLine(written)).toEqual({
    taskId: 'task_1_a2b3c4d5',
    step: 1,
    timestamp,
    status: 'PASSED',
    phase: 'PRE-FLIGHT',
  })
  expect(taskIdOf(13, 7)).toBe('task_13_00000007')
})

test('lines of other tools are read as far as they say the same, and skipped otherwise', () => {
  expect(parseLogLine('{"task_id":"task_4_00000000","phase":"COMPLETED","results":{"success":true}}')).toMatchObject({
    step: 4,
    status: 'COMPLETED',
    phase: null,
  })
  expect(parseLogLine('{"task_id":"task_4_00000000","step":"4","status":"odd"}')).toMatchObject({
    step: 4,
    status: 'odd',
  })
  for (const foreign of [
    '',
    'Step 1 complete',
    '{"task_id":',
    '[]',
    'null',
    '{"task_id":7}',
    '{"task_id":"x","status":"COMPLETED"}',
  ])
    expect(parseLogLine(foreign)).toBeNull()
})

test('the last word of the log counts, and what an act of a run became does not', () => {
  const failedCheck = line(1, 'FAILED').replace('}', ', "phase": "PRE-FLIGHT"}')
  expect(historyOf([line(1, 'STARTED'), failedCheck, 'noise', line(1, 'COMPLETED')]).get(1)).toEqual({
    taskId: 'task_1_a2b3c4d5',
    state: 'completed',
    at: timestamp,
    completed: { taskId: 'task_1_a2b3c4d5', at: timestamp },
  })
  const again = historyOf([line(1, 'COMPLETED'), line(1, 'STARTED', 'task_1_00000002')]).get(1)
  expect([again?.state, again?.completed?.taskId]).toEqual(['running', 'task_1_a2b3c4d5'])
})

test('a tick of what could not be proved is the word that was asked for: it is told in passing', () => {
  const [drift] = findDrift(readSpec('- [x] STEP 2: Data\n'), historyOf([line(2, 'UNPROVED')]), () => false)
  expect(drift?.finding).toMatchObject({ code: 'ticked-not-completed', severity: 'hint' })
  expect(drift?.finding.message).toContain('task_2_a2b3c4d5 on 2026-11-28 09:15 is done, but unproved')
  expect(drift?.inLog.status).toBe('COMPLETED')
})

test('where SPEC.md and the log differ, either can be made to say what the other does', () => {
  const spec =
    '- [x] STEP 1: By hand\n- [x] STEP 2: Data\n- [ ] STEP 3: Train\n- [x] STEP 4: Done\n- [ ] STEP 5: Open\n'
  const log = [line(2, 'STARTED'), line(2, 'FAILED'), line(3, 'COMPLETED'), line(4, 'COMPLETED'), line(5, 'FAILED')]
  const drift = findDrift(readSpec(spec), historyOf(log), () => false)
  expect(drift.map(({ finding }) => [finding.code, finding.message])).toEqual([
    [
      'ticked-not-completed',
      'STEP 2 is ticked, and the log has no run of it that completed (the last, task_2_a2b3c4d5: failed on 2026-11-28 09:15).',
    ],
    [
      'completed-not-ticked',
      'STEP 3 is not ticked, and the log says that task_3_a2b3c4d5 completed it on 2026-11-28 09:15.',
    ],
  ])
  const edited = applyEdits(
    spec,
    drift.flatMap(({ inDocument }) => inDocument.edits),
  )
  expect(findDrift(readSpec(edited), historyOf(log), () => false)).toEqual([])
  const more = drift.map(({ step, inLog }) => line(step.number, inLog.status))
  expect(findDrift(readSpec(spec), historyOf([...log, ...more]), () => false)).toEqual([])
  expect(findDrift(readSpec(spec), historyOf(log), (step) => step === 1)).toHaveLength(3)
  expect(
    findDrift(readSpec(spec), new Map(), () => true),
    'nobody uses a log here',
  ).toEqual([])
})
