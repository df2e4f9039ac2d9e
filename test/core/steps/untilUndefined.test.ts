import { expect, test } from 'vitest'
import { untilUndefined } from '../../../src/core/steps/untilUndefined'

test('what is gone on with ends before the first step that is not defined, and begins with one that is told of', () => {
  const of = (text: string) => untilUndefined(text.split(','), (sign) => sign !== '-')
  expect(of('a,b')).toEqual({ steps: ['a', 'b'], undefinedStep: null })
  expect(of('a,b,-,c')).toEqual({ steps: ['a', 'b'], undefinedStep: '-' })
  expect(of('-,-')).toEqual({ steps: ['-', '-'], undefinedStep: null })
  expect(untilUndefined([], () => false)).toEqual({ steps: [], undefinedStep: null })
})
