import { expect, test } from 'vitest'
import { planTask } from '../../../src/core/followUps/planTask'

test('the built-in analyst cannot do a task of its own, and that is said', () => {
  expect(planTask({ task: 'Tidy up.', agent: { kind: 'builtin' }, cwd: '/w' })).toEqual({
    refusals: [expect.stringContaining('needs an agent')],
  })
})
