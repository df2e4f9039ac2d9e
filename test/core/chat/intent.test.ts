// Few words that mean a block of before, and those that do not.
import { describe, expect, it } from 'vitest'
import { meantEarlierBlock, pickEarlier } from '../../../src/core/chat/intent'

describe('what means a block of before', () => {
  it.each(['start it', 'Start it!', 'yes, please start it', 'run that', 'ok launch the job now', 'Start the block.'])(
    '%s',
    (words) => expect(meantEarlierBlock(words)).toEqual({ kind: 'newest' }),
  )
  it.each([
    ['start the second one', 2],
    ['yes, run the third block please', 3],
    ['Start number 2.', 2],
    ['start #4', 4],
    ['launch the 1st', 1],
    ['start block 2', 2],
    ['run the 10th job', 10],
  ])('%s', (words, number) => expect(meantEarlierBlock(words)).toEqual({ kind: 'nth', number }))
  it.each(['start the last one', 'run the last'])('%s', (words) =>
    expect(meantEarlierBlock(words)).toEqual({ kind: 'last' }),
  )
  it.each(['start both', 'start all of them', 'run all blocks'])('%s', (words) =>
    expect(meantEarlierBlock(words)).toEqual({ kind: 'all' }),
  )
  it.each([
    'start it tomorrow',
    'do not start it',
    'start training',
    '',
    'how do I start it?',
    'start the second experiment with seed 2',
    'start the zeroth',
    'start number 0',
    'run train.py 2',
    `start ${'the second '.repeat(1000)}`,
  ])('not: %s', (words) => expect(meantEarlierBlock(words)).toBeNull())
})

describe('a block of before is picked', () => {
  const pick = (turns: readonly (readonly string[])[], meant: Parameters<typeof pickEarlier>[1]) =>
    pickEarlier(turns, meant, (block) => block).join(' ')

  it('from the newest turn that has any', () => {
    const turns = [['a', 'b'], [], ['c', 'd'], []]
    expect(pick(turns, { kind: 'newest' })).toBe('c d')
    expect(pick(turns, { kind: 'last' })).toBe('d')
    expect(pick(turns, { kind: 'nth', number: 2 })).toBe('d')
  })
  it('from an older turn that has as many, or by its place in the whole conversation', () => {
    expect(pick([['a', 'b', 'c'], ['d']], { kind: 'nth', number: 2 })).toBe('b')
    expect(pick([['a'], ['b'], ['a']], { kind: 'nth', number: 2 })).toBe('b')
    expect(pick([['a'], ['a']], { kind: 'nth', number: 2 })).toBe('')
    expect(pick([], { kind: 'newest' })).toBe('')
  })
})
