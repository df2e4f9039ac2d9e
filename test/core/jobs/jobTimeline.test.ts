import { expect, it } from 'vitest'
import type { JobEvent } from '../../../src/core/jobs/event'
import { jobIdSchema } from '../../../src/core/jobs/jobId'
import { fill, translateWords } from '../../../src/core/jobs/jobPageWords'
import { tellTimeline } from '../../../src/core/jobs/jobTimeline'

const words = translateWords((english) => english)
const followUpId = jobIdSchema.parse('20261120-150204-czmudf-f1')
const handle = { host: 'h', bootId: 'b', pid: 42, startTime: '1' }

function tell(events: readonly (readonly [atMs: number, event: JobEvent])[]) {
  return tellTimeline(
    events.map(([atMs, event]) => ({ atMs, event })),
    [],
    words,
  )
}

it('tells what happened to a job in order, with only the last of many looks', () => {
  const told = tell([
    [0, { type: 'requested' }],
    [10, { type: 'approved', approval: { digest: 'd', how: 'yes_flag' } }],
    [20, { type: 'checked', findings: [{ name: 'disk', passed: false, detail: '1 GB', durationMs: 1 }] }],
    [30, { type: 'launched', attempt: 1, handle, startedAtMs: 30 }],
    [40, { type: 'looked', logBytes: 1, lastLine: 'first' }],
    [50, { type: 'looked', logBytes: 2, lastLine: 'second' }],
    [60, { type: 'exited', attempt: 1, exit: { kind: 'code', code: 0 }, atMs: 60, leftBehind: [] }],
    [
      70,
      {
        type: 'ended',
        attempt: 1,
        outcome: 'succeeded',
        reason: 'Exit 0.',
        files: [{ path: 'm.json', state: 'ready', detail: '' }],
        answer: null,
        followUp: { jobId: followUpId, run: true },
      },
    ],
  ])
  expect(told.map(({ tone, text, detail }) => [tone, text, detail])).toEqual([
    ['plain', 'Asked for', null],
    ['plain', 'Approved', 'with --yes'],
    ['bad', 'Checks failed', 'disk: 1 GB'],
    ['plain', 'Started', 'process 42'],
    ['plain', 'Last look at its log', 'second'],
    ['good', 'Command ended', 'exit 0'],
    ['good', 'Required files ready', 'm.json'],
    ['good', 'Ended: succeeded', 'Exit 0.'],
    ['plain', 'Follow-up promised', null],
  ])
})

it('counts the time anew from a restart', () => {
  const approval = { digest: 'd', how: 'asked' } as const
  const told = tell([
    [1_000, { type: 'requested' }],
    [61_000, { type: 'restart_requested', approval, request: 'r' }],
    [63_000, { type: 'launch_intended', attempt: 2, before: [] }],
  ])
  expect(told.map(({ elapsedMs }) => elapsedMs)).toEqual([0, 0, 2_000])
})

it('fills a text in without looking at what was filled in', () => {
  expect(fill('{0} of {1}', '{1}', 2)).toBe('{1} of 2')
})
