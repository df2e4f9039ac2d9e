import { expect, test } from 'vitest'
import { onceInATurn } from '../../src/extension/onceInATurn'

test('a value is read once for each key, and anew when the code that asked has given way', async () => {
  const asked: string[] = []
  const read = onceInATurn((key: string) => `${key}${asked.push(key)}`)
  expect([read('a'), read('b'), read('a'), read('b')]).toEqual(['a1', 'b2', 'a1', 'b2'])
  await Promise.resolve()
  expect([read('a'), read('a')]).toEqual(['a3', 'a3'])
})

test('what could not be read is tried again', () => {
  let tries = 0
  const read = onceInATurn(() => {
    if (++tries === 1) throw new Error('damaged')
    return tries
  })
  expect(() => read(null)).toThrow('damaged')
  expect([read(null), read(null)]).toEqual([2, 2])
})
