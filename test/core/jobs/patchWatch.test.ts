import { expect, test } from 'vitest'
import { changesWhatRuns, isSamePlan, patchWatch, renderWatchChange } from '../../../src/core/jobs/patchWatch'
import type { Plan } from '../../../src/core/jobs/plan'
import type { Watch } from '../../../src/core/blocks/schema'
import { plan } from '../../support/jobs'

const agent = { kind: 'builtin' } as const
function patched(watch: Watch, before: Plan = plan): Plan {
  const result = patchWatch(before, watch, agent)
  if ('refusals' in result) throw new Error(result.refusals.join(' '))
  return result.plan
}
const without: Plan = { ...plan, followUp: null }

test('a patch changes what it names, and nothing else', () => {
  expect(patched({ everySec: 5 })).toEqual({ ...plan, watch: { ...plan.watch, everySec: 5 } })
  expect(isSamePlan(patched({}), plan)).toBe(true)
  expect(isSamePlan(patched({ everySec: 300, thenTask: 'Analyze.' }), plan)).toBe(true)
})

test('that a job is long is said, or is not there at all: the digest stays that of a plan without', () => {
  const long = patched({ long: true })
  expect(long.watch).toHaveProperty('long', true)
  expect(isSamePlan(patched({ long: false }, long), plan)).toBe(true)
})

test('a follow-up is never taken away, and another task has no old name', () => {
  const named: Plan = { ...plan, followUp: { task: 'Analyze.', description: 'Analysis', run: false, agent } }
  expect(patched({ everySec: 5 }, named).followUp).toEqual(named.followUp)
  expect(patched({ thenTask: 'Other.' }, named).followUp).toEqual({
    ...named.followUp,
    task: 'Other.',
    description: null,
  })
  expect(patched({ runTasks: true }, named).followUp).toMatchObject({
    task: 'Analyze.',
    description: 'Analysis',
    run: true,
  })
  expect(patched({ thenTask: 'New.' }, without).followUp).toEqual({
    task: 'New.',
    description: null,
    run: false,
    agent,
  })
  expect(patchWatch(without, { runTasks: true }, agent)).toHaveProperty('refusals')
})

test('what can run is told from mere cadence', () => {
  const weighs = (watch: Watch, before: Plan = plan) => changesWhatRuns(before, patched(watch, before))
  expect(weighs({ everySec: 5, tailLines: 3, readyTimeoutSec: 10 })).toBe(false)
  expect(weighs({ thenTask: 'Other.' })).toBe(true)
  expect(weighs({ runTasks: false })).toBe(true)
  expect(weighs({ thenTask: 'New.' }, without)).toBe(true)
  // With a follow-up, the files decide whether it runs.
  expect(weighs({ onMissing: 'enqueue' })).toBe(true)
  expect(weighs({ requireFiles: ['m.json'] })).toBe(true)
  expect(weighs({ onMissing: 'enqueue', requireFiles: ['m.json'] }, without)).toBe(false)
})

test('the change is told from old to new, and what somebody wrote is marked as that', () => {
  const facts = renderWatchChange(plan, patched({ everySec: 5, requireFiles: ['a.json'], thenTask: 'Run: no\u202e.' }))
  expect(facts).toEqual([
    { label: 'Follow-up', value: 'Run: no\\u{202e}.', isVerbatim: true },
    { label: 'Follow-up, before', value: 'Analyze.', isVerbatim: true },
    { label: 'everySec', value: '300 → 5', isVerbatim: true },
    { label: 'requireFiles', value: 'none → a.json', isVerbatim: true },
  ])
})
