// Paths that lead out of the folder of a job: what the core cannot know.
import { describe, expect, test } from 'vitest'
import type { BlockPath, PathRole } from '../../../src/core/blocks/blockPaths'
import { findOutside, isInside } from '../../../src/extension/blocks/outsideFolder'

const named = (path: string, role: PathRole = 'required'): BlockPath => ({ path, role, start: 7, end: 7 + path.length })

describe('a path', () => {
  test.for([
    ['exp/metrics.json', true],
    ['/projects/moons/exp/metrics.json', true],
    ['/projects/moons/../moons/a.json', true],
    ['..notes/a.json', true],
    ['.', false],
    ['/projects/moons', false],
    ['/projects/moons2/a.json', false],
    ['../a.json', false],
    ['/etc/passwd', false],
  ] as const)('%s is inside of its folder: %s', ([name, expected]) => {
    expect(isInside(name, '/projects/moons')).toBe(expected)
  })
})

describe('of the paths in a block', () => {
  test('an absolute required file outside is an error at its characters, a check of one is advice', () => {
    const found = findOutside(
      [named('/data/a.json'), named('/data', 'checked'), named('/data/b.log', 'mentioned')],
      '/projects/moons',
    )
    expect(found.map(({ code, severity, start, end }) => ({ code, severity, start, end }))).toEqual([
      { code: 'path-outside-workspace', severity: 'error', start: 7, end: 19 },
      { code: 'path-outside-workspace', severity: 'hint', start: 7, end: 12 },
    ])
    expect(found[0]?.message).toContain('/projects/moons')
  })

  test('what is inside, or relative and so judged by the core, is not told of', () => {
    expect(
      findOutside([named('/projects/moons/a.json'), named('a.json'), named('../a.json')], '/projects/moons'),
    ).toEqual([])
  })
})
