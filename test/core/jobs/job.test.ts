import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { reduce } from '../../../src/core/jobs/job'
import { isSettled } from '../../../src/core/jobs/owed'
import type { JobEvent } from '../../../src/core/jobs/event'
import { followUpJobId, jobIdSchema, newJobId } from '../../../src/core/jobs/jobId'
import { approved, exited, handle, intended, jobAfter, jobId, launched } from '../../support/jobs'

const ended: JobEvent = {
  type: 'ended',
  attempt: 1,
  outcome: 'failed',
  reason: 'x',
  files: [],
  answer: null,
  followUp: null,
}
const restart: JobEvent = { type: 'restart_requested', approval: { digest: 'd', how: 'asked' }, request: 'r' }

test('a restart is a new attempt, and the old one stays known', () => {
  const job = jobAfter([approved, intended, launched, exited(1), ended, restart])
  expect(job).toMatchObject({ attempt: 2, state: { kind: 'checking' }, followUp: null, checks: null })
  expect(job.attempts).toMatchObject([{ number: 1, outcome: 'failed', ending: { exit: { code: 1 } } }])
})

test('a follow-up of a second attempt is another job, even if the first was never launched', () => {
  const blocked: JobEvent = { ...ended, outcome: 'blocked' }
  expect(jobAfter([approved, blocked, restart]).attempt).toBe(2)
  expect(followUpJobId(jobId, 2)).toBe(`${jobId}-f2`)
})

test('an ended job is settled only when its follow-up exists', () => {
  const promised: JobEvent = { ...ended, followUp: { jobId: followUpJobId(jobId, 1), run: true } }
  expect(isSettled(jobAfter([approved, intended, launched, promised]))).toBe(false)
  const created: JobEvent = { type: 'follow_up_created', jobId: followUpJobId(jobId, 1) }
  expect(isSettled(jobAfter([approved, intended, launched, promised, created]))).toBe(true)
})

describe('whatever lines a damaged journal has lost', () => {
  const whole: JobEvent[] = [
    approved,
    intended,
    launched,
    { type: 'looked', logBytes: 1, lastLine: 'a' },
    exited(0),
    ended,
  ]

  test('the others are still understood', () => {
    fc.assert(
      fc.property(fc.subarray(whole), (events) => {
        const job = jobAfter(events)
        if (events.includes(ended)) expect(job.state.kind).toBe('ended')
        if (events.includes(exited(0)) && !events.includes(ended)) expect(job.state.kind).toBe('settling')
        expect(job.attempts.length).toBeLessThanOrEqual(1)
      }),
    )
  })
  test('any order of events is taken without an error', () => {
    const any = fc.constantFrom<JobEvent>(
      ...whole,
      restart,
      { type: 'wrapper_lost', attempt: 1, evidence: 'e' },
      { type: 'stop_requested' },
    )
    fc.assert(fc.property(fc.array(any, { maxLength: 30 }), (events) => jobAfter(events).updatedAtMs >= 1000))
  })
})

test('reducing does not change the job it was given', () => {
  const before = jobAfter([approved])
  const copy = structuredClone(before)
  reduce(before, { atMs: 1, event: { type: 'launched', attempt: 1, handle, startedAtMs: 1 } })
  expect(before).toEqual(copy)
})

test('ids are sortable by time and fit our alphabet', () => {
  const time = fc.integer({ min: 0, max: 4_000_000_000_000 })
  fc.assert(
    fc.property(time, time, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (a, b, random) => {
      const [first, second] = [newJobId(Math.min(a, b), random), newJobId(Math.max(a, b), random)]
      expect(jobIdSchema.safeParse(first).success).toBe(true)
      expect(first <= second).toBe(true)
    }),
  )
})
