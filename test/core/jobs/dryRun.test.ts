// What a dry run says of a start, and that it never leads to one.
import { describe, expect, test } from 'vitest'
import type { CheckFinding } from '../../../src/core/jobs/checkFinding'
import { decide } from '../../../src/core/jobs/decide'
import { directoryCheck, judgeDryRun } from '../../../src/core/jobs/dryRun'
import { initialJob, type Job, reduce } from '../../../src/core/jobs/job'
import { isSettled } from '../../../src/core/jobs/owed'
import type { Plan } from '../../../src/core/jobs/plan'
import { approved, intended, plan, specOf } from '../../support/jobs'

const directory = (passed = true): CheckFinding => ({ name: directoryCheck, passed, detail: 'it is', durationMs: 0 })
const finding = (name: string, passed: boolean): CheckFinding => ({ name, passed, detail: 'so', durationMs: 1 })
const planWith = (onFail: 'reject' | 'warn'): Plan => ({ ...plan, preflight: { checks: [], onFail } })

describe('a dry run is judged by its findings', () => {
  test.each([
    [
      'none of its own',
      'reject',
      [directory()],
      'succeeded',
      'It has no checks of its own; its directory can be used.',
    ],
    ['one that passed', 'reject', [directory(), finding('a', true)], 'succeeded', 'Its check passed.'],
    [
      'two that passed',
      'warn',
      [directory(), finding('a', true), finding('b', true)],
      'succeeded',
      'All 2 checks passed.',
    ],
    [
      'one of two that did not',
      'reject',
      [directory(), finding('a', true), finding('b', false)],
      'blocked',
      'It would not be started, 1 of 2 checks did not pass: b: so',
    ],
    [
      'one that only warns',
      'warn',
      [directory(), finding('a', false)],
      'succeeded',
      'It would be started with a warning, 1 of 1 check did not pass: a: so',
    ],
    ['no directory', 'warn', [directory(false), finding('a', true)], 'blocked', 'It would fail: it is'],
  ] as const)('%s, with onFail %s', (_, onFail, findings, outcome, reason) => {
    expect(judgeDryRun(planWith(onFail), findings)).toEqual({ outcome, reason })
  })
})

describe('a dry run', () => {
  const dry = (...events: Parameters<typeof reduce>[1]['event'][]): Job =>
    events.reduce((job, event) => reduce(job, { atMs: 2000, event }), initialJob({ ...specOf(), dryRun: true }))
  const seen = (checks: readonly CheckFinding[] | null) =>
    ({ kind: 'checking', checks, before: [], processes: [] }) as const

  test('runs its checks, though its block has none, and ends with them: no launch, no promise', () => {
    expect(decide(dry(approved), seen(null))).toEqual([{ kind: 'run_checks' }])
    const effects = decide(dry(approved), seen([directory()]))
    expect(effects).toMatchObject([
      { event: { type: 'checked' } },
      { event: { type: 'ended', outcome: 'succeeded', followUp: null } },
    ])
    const ended = effects.reduce(
      (job, effect) => (effect.kind === 'record' ? reduce(job, { atMs: 3000, event: effect.event }) : job),
      dry(approved),
    )
    expect(isSettled(ended)).toBe(true)
  })

  test('that a damaged journal says was about to be launched ends without a follow-up', () => {
    const effects = decide(dry(approved, intended), {
      kind: 'launching',
      attempt: { kind: 'not_startable', why: 'this is a dry run, which starts nothing.' },
    })
    expect(effects).toMatchObject([{ event: { type: 'ended', outcome: 'blocked', followUp: null } }])
  })
})
