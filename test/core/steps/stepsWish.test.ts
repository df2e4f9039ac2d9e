import { describe, expect, test } from 'vitest'
import { readStepsWish } from '../../../src/core/steps/stepsWish'

const run = (from: number, to = from, dryRun = false) => ({ kind: 'run', range: { from, to }, dryRun })

describe('the words behind /steps and /do-tasks-v2', () => {
  test.each([
    ['', { kind: 'list' }],
    ['list', { kind: 'list' }],
    ['status', { kind: 'list' }],
    ['--step 1', run(1)],
    ['--step 1-5', run(1, 5)],
    ['--step=1-5', run(1, 5)],
    ['--step 1 – 5', run(1, 5)],
    ['--continue', { kind: 'continue' }],
    ['--monitor', { kind: 'monitor' }],
    ['continue', { kind: 'continue' }],
    ['monitors', { kind: 'monitor' }],
    ['3', run(3)],
    ['run 3', run(3)],
    ['run step 3', run(3)],
    ['run steps 2 to 4', run(2, 4)],
    ['Run `3`', run(3)],
    ['dry run 2', run(2, 2, true)],
    ['--step 2 --dry-run', run(2, 2, true)],
    ['run 1-2 --dry-run', run(1, 2, true)],
    ['stop', { kind: 'stop', step: null }],
    ['stop step 4', { kind: 'stop', step: 4 }],
    ['retry', { kind: 'retry', step: null }],
    ['--retry 3', { kind: 'retry', step: 3 }],
    ['log', { kind: 'log', taskId: null, step: null }],
    ['log 3', { kind: 'log', taskId: null, step: 3 }],
    ['log task_3_a2b3c4d5', { kind: 'log', taskId: 'task_3_a2b3c4d5', step: null }],
  ])('%j', (prompt, wish) => {
    expect(readStepsWish(prompt)).toEqual(wish)
  })

  test.each([
    ['--step', 'Say which step'],
    ['--step five', '“five” is no number of a step'],
    ['--step 5-1', '“5-1” ends before it begins'],
    ['--step 1 2', '“2” is too much'],
    ['--continue 3', '“3” is too much'],
    ['run', 'Say which step'],
    ['stop retry', 'stop and retry are two things'],
    ['log ../../etc/passwd', 'is no task id'],
    ['--step 99999999', 'is no number of a step'],
    ['make me a sandwich', '“make” is nothing that I know'],
  ])('of %j it is said what is not clear', (prompt, problem) => {
    const wish = readStepsWish(prompt)
    expect(wish.kind === 'unclear' ? wish.problem : wish).toContain(problem)
  })
})
