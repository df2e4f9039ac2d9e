import { expect, test } from 'vitest'
import { countNodes } from '../../../src/core/tracking/countNodes'

test.for([
  ['c1', 1],
  ['c1,c2', 2],
  ['c[1-4,7]', 5],
  ['c[1-4,7],d[01-02]', 7],
  ['rack[1-2]n[1-3]', 6],
  ['', 1],
  ['None assigned', 1],
  ['[[', 1],
] as const)('%s are %d', ([list, count]) => {
  expect(countNodes(list)).toBe(count)
})
