import { expect, test } from 'vitest'
import { isSameStatus, stepStates } from '../../../src/core/steps/stepStates'
import { readSpec } from '../../../src/core/steps/specDocument'

test('a status is another one as soon as anything of it is', () => {
  const [status] = stepStates(readSpec('- [ ] **STEP 1**: Train\n'), [], new Map())
  if (status === undefined) throw new Error('there is no step')
  expect(isSameStatus(status, { ...status })).toBe(true)
  for (const name of Object.keys(status)) expect(isSameStatus(status, { ...status, [name]: 'x' }), name).toBe(false)
})
