import { expect, test } from 'vitest'
import { decide, type Effect } from '../../../src/core/jobs/decide'
import type { Seen } from '../../../src/core/jobs/seen'
import type { JobEvent } from '../../../src/core/jobs/event'
import type { Job } from '../../../src/core/jobs/job'
import { approved, handle, jobAfter } from '../../support/jobs'

const smoke = {
  name: 'smoke',
  command: 'train --steps 1',
  timeLimitSec: 60,
  requireFiles: ['smoke.json'],
  readyTimeoutSec: 30,
  readyPollSec: 1,
}
const staged = { stages: [smoke] }
const smokeBegun: readonly JobEvent[] = [
  approved,
  { type: 'launch_intended', attempt: 1, before: [], stage: 0 },
  { type: 'launched', attempt: 1, handle, startedAtMs: 4000, stage: 0 },
]
const smokeExited = (code: number): JobEvent => ({
  type: 'exited',
  attempt: 1,
  exit: { kind: 'code', code },
  atMs: 9000,
  leftBehind: [],
  stage: 0,
})

function settling(state: 'ready' | 'missing', waitedMs = 0): Seen {
  return {
    kind: 'settling',
    files: [{ path: 'smoke.json', state, detail: state }],
    waitedMs,
    lookedForMs: 5000,
    processes: [],
    sinceStopMs: 0,
    answer: null,
    beforeNext: [{ path: 'full.json', print: null }],
  }
}
const records = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'record' ? [effect.event] : []))
const after = (job: Job, seen: Seen) => decide(job, seen)

test('the first stage is launched first, and named in the journal', () => {
  const effects = after(jobAfter([approved], staged), { kind: 'checking', checks: null, before: [], processes: [] })
  expect(records(effects)).toEqual([{ type: 'launch_intended', attempt: 1, before: [], stage: 0 }])
  expect(effects.at(-1)).toEqual({ kind: 'launch', attempt: 1 })
})

test('a stage that did what it should is followed by the work, of which the files are looked at before', () => {
  const job = jobAfter([...smokeBegun, smokeExited(0)], staged)
  expect(records(after(job, settling('ready')))).toEqual([
    { type: 'stage_passed', attempt: 1, stage: 0, files: [{ path: 'smoke.json', state: 'ready', detail: 'ready' }] },
    { type: 'launch_intended', attempt: 1, before: [{ path: 'full.json', print: null }] },
  ])
})

test('a stage that failed ends the job, and the end says which', () => {
  const job = jobAfter([...smokeBegun, smokeExited(3)], staged)
  expect(records(after(job, settling('missing')))).toMatchObject([
    { type: 'ended', outcome: 'failed', reason: 'In the stage “smoke”, before the work: Exit 3.' },
  ])
})

test('a stage without its files is awaited for its own time, and then the job has failed', () => {
  const job = jobAfter([...smokeBegun, smokeExited(0)], staged)
  expect(records(after(job, settling('missing', 29_000)))).toEqual([])
  expect(records(after(job, settling('missing', 31_000)))).toMatchObject([
    {
      type: 'ended',
      outcome: 'failed',
      reason:
        'In the stage “smoke”, before the work: Exit 0, but after 30 s its required files are not ready: smoke.json (missing).',
    },
  ])
})

test('the limit of time is that of the stage', () => {
  const seen: Seen = {
    kind: 'running',
    attempt: { kind: 'alive', started: { handle, atMs: 4000 } },
    log: { bytes: 0, lastLine: '' },
    ranForMs: 61_000,
    sinceLookMs: 0,
    sinceStopMs: 0,
  }
  expect(records(after(jobAfter(smokeBegun, staged), seen))).toContainEqual({ type: 'time_limit_reached', attempt: 1 })
})

test('the start of the job stays that of its first stage', () => {
  const passed: readonly JobEvent[] = [
    ...smokeBegun,
    smokeExited(0),
    { type: 'stage_passed', attempt: 1, stage: 0, files: [] },
    { type: 'launch_intended', attempt: 1, before: [] },
    { type: 'launched', attempt: 1, handle, startedAtMs: 20_000 },
  ]
  const job = jobAfter(passed, staged)
  expect(job.state).toMatchObject({ kind: 'running', stage: 1, sinceMs: 20_000 })
  expect(job.attempts).toMatchObject([{ startedAtMs: 4000, ending: null, passed: [{ stage: 0 }] }])
})
