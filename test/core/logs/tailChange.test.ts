import fc from 'fast-check'
import { expect, it } from 'vitest'
import { applyTailChange, tailChange } from '../../../src/core/logs/tailChange'

it('makes the one tail the other, whatever they are', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 })
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const change = tailChange(before, after)
      expect(change === null ? before : applyTailChange(before, change)).toEqual(after)
    }),
  )
})

it('sends only what was appended, and the last line, which may have grown', () => {
  expect(tailChange(['1', '2', '3'], ['2', '3!', '4'])).toEqual({ keep: 2, drop: 1, add: ['3!', '4'] })
})
