// When the job that an answer asks for starts by itself, and where it stands in its chain.
import { describe, expect, test } from 'vitest'
import { chainPlace, decideNext, defaultChainLimits, type NextWish } from '../../../src/core/followUps/decideNext'
import { jobIdSchema } from '../../../src/core/jobs/jobId'
import type { JobSpec, Origin } from '../../../src/core/jobs/spec'
import { specOf } from '../../support/jobs'

const id = (text: string) => jobIdSchema.parse(text)
const first = { kind: 'job', warnings: [], hasUnknownKeys: false, isApproved: true, running: [] } as const
const fine: NextWish = {
  blocks: 1,
  first,
  depth: 1,
  areChainsOn: true,
  startsLastHour: 0,
  limits: defaultChainLimits,
}

describe('the next job', () => {
  test('starts by itself where nothing speaks against it, up to the limits themselves', () => {
    expect(decideNext(fine)).toEqual({ kind: 'start' })
    expect(decideNext({ ...fine, depth: 3, startsLastHour: 5 })).toEqual({ kind: 'start' })
  })

  test.each<[string, Partial<NextWish>, string]>([
    [
      'has errors',
      { first: { kind: 'malformed', problems: ['1:2: no command.'] } },
      'The block has errors: 1:2: no command.',
    ],
    ['is one of several', { blocks: 2 }, 'asks for 2 jobs'],
    ['has unknown keys', { first: { ...first, hasUnknownKeys: true, warnings: ['"nise" has no effect.'] } }, '"nise"'],
    ['was not approved for good', { first: { ...first, isApproved: false } }, 'not approved before'],
    ['comes while all chains are stopped', { areChainsOn: false }, 'All chains are stopped.'],
    ['is too deep', { depth: 4 }, 'job 4 of its chain'],
    ['is one too many in an hour', { startsLastHour: 6 }, 'the limit is 6'],
    ['comes where none may', { limits: { maxDepth: 0, startsPerHour: 6 } }, '0 may follow'],
  ])('is left to a person if it %s', (_what, change, why) => {
    expect(decideNext({ ...fine, ...change })).toEqual({ kind: 'ask', why: expect.stringContaining(why) as unknown })
  })

  test('is refused while the same runs, approved or not', () => {
    for (const isApproved of [true, false])
      expect(decideNext({ ...fine, first: { ...first, isApproved, running: [id('other')] } })).toEqual({
        kind: 'refuse',
        why: 'The same is running already, as other.',
      })
  })
})

describe('the place in a chain', () => {
  const spec = (name: string, origin: Origin): JobSpec => ({ ...specOf(), id: id(name), origin })
  const block: Origin = { kind: 'block', file: null, line: 1 }
  const specs = [
    spec('root', block),
    spec('root-f1', { kind: 'follow_up', parent: id('root'), attempt: 1 }),
    spec('answer', { kind: 'task', answers: id('root-f1') }),
    spec('next', { kind: 'answer', parent: id('answer'), attempt: 1, root: id('root'), depth: 1 }),
    spec('next-f1', { kind: 'follow_up', parent: id('next'), attempt: 1 }),
    spec('task', { kind: 'task', answers: null }),
    spec('loop', { kind: 'task', answers: id('loop') }),
  ]
  const find = (wanted: string) => specs.find((one) => one.id === wanted) ?? null
  const placeOf = (name: string) => chainPlace(find(name) ?? expect.unreachable(), find)

  test('is told by the job that a follow-up, or the answer to one, belongs to', () => {
    expect(placeOf('root-f1')).toEqual({ root: 'root', depth: 0 })
    expect(placeOf('answer')).toEqual({ root: 'root', depth: 0 })
    expect(placeOf('next-f1')).toEqual({ root: 'root', depth: 1 })
    expect(placeOf('task')).toEqual({ root: 'task', depth: 0 })
  })

  test('is known where the job before was removed, and a damaged spec leads to no start', () => {
    expect(chainPlace(specs[1] ?? expect.unreachable(), () => null)).toEqual({ root: 'root', depth: 0 })
    expect(placeOf('loop').depth).toBeGreaterThan(defaultChainLimits.maxDepth)
  })
})
