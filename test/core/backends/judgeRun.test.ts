// A workflow run and the SLURM job that its log names: what becomes of the one when the other ends, and when both are to end.
import { describe, expect, test } from 'vitest'
import { type Chained, isCancelledWith, judgeRun, type RunKnown } from '../../../src/core/backends/github/judgeRun'
import type { WorkflowRun } from '../../../src/core/backends/github/runs'

const createdMs = Date.parse('2026-11-28T12:00:00.600Z')
const nowMs = createdMs + 60_000

const run = (change: Partial<WorkflowRun> = {}): WorkflowRun => ({
  id: '99',
  status: 'completed',
  conclusion: 'cancelled',
  title: 'Train',
  event: 'workflow_dispatch',
  branch: 'main',
  sha: null,
  workflow: 'Train',
  createdMs,
  startedMs: createdMs + 1_000,
  updatedMs: createdMs + 30_000,
  url: null,
  ...change,
})

const pending: Chained = {
  state: 'PENDING',
  words: 'waits for resources',
  facts: {},
  isOver: false,
  exit: null,
  submittedMs: createdMs + 5_000,
}
const older: Chained = { ...pending, submittedMs: createdMs - 5_000 }
const over: Chained = {
  ...pending,
  state: 'CANCELLED',
  isOver: true,
  exit: { kind: 'service', by: 'slurm', state: 'CANCELLED', words: 'cancelled', status: null, verdict: 'stopped' },
}

const judge = (change: Partial<RunKnown> = {}) =>
  judgeRun({
    handle: { kind: 'github', repo: 'lab/models', runId: '99', also: { kind: 'slurm', id: '17' } },
    run: run(),
    also: pending,
    isToStop: true,
    nowMs,
    ...change,
  })

describe('a SLURM job that a log names', () => {
  test('is cancelled with the run if it was submitted after that was made, and whether it waits or runs is all one', () => {
    expect(isCancelledWith(pending, createdMs)).toBe('yes')
    // Its scheduler tells whole seconds.
    expect(isCancelledWith({ ...pending, submittedMs: createdMs - 600 }, createdMs)).toBe('yes')
    expect(isCancelledWith(older, createdMs)).toBe('no')
  })

  test('is not cancelled as long as it is not known when either was made', () => {
    expect(isCancelledWith(null, createdMs)).toBe('unknown')
    expect(isCancelledWith(pending, null)).toBe('unknown')
    expect(isCancelledWith({ ...pending, submittedMs: null }, createdMs)).toBe('unknown')
  })

  test('is waited for after a stop until it has ended, too', () => {
    expect(judge()).toMatchObject({ kind: 'alive' })
    expect(judge({ also: over })).toMatchObject({ kind: 'over', exit: { by: 'github' } })
    expect(judge({ run: run({ conclusion: 'success' }), also: over })).toMatchObject({ kind: 'over', exit: over.exit })
  })

  test('is asked for after a stop before anything is known of it, but not for ever, and that is said', () => {
    expect(judge({ also: null })).toMatchObject({ kind: 'alive' })
    expect(judge({ also: null, nowMs: nowMs + 3_600_000 })).toMatchObject({
      kind: 'over',
      exit: { words: expect.stringMatching(/SLURM job 17, .*could not be looked at, and was not cancelled/) as string },
    })
  })

  test('that was there before the run is left alone, and that is said', () => {
    expect(judge({ also: older })).toMatchObject({
      kind: 'over',
      exit: { words: expect.stringMatching(/SLURM job 17, .*submitted before the run was made/) as string },
    })
    expect(judge({ also: older, run: run({ status: 'in_progress', conclusion: null }) })).toMatchObject({
      kind: 'alive',
      service: { seen: { words: expect.stringMatching(/is left alone, for it was submitted before/) as string } },
    })
  })

  test('goes on with a run that succeeded, and not with one that was cancelled by somebody else', () => {
    const success = { run: run({ conclusion: 'success' }), isToStop: false }
    expect(judge(success)).toMatchObject({ kind: 'alive' })
    expect(judge({ ...success, also: null })).toMatchObject({ kind: 'alive' })
    expect(judge({ isToStop: false })).toMatchObject({ kind: 'over', exit: { state: 'cancelled' } })
  })
})

test('a run that has named no SLURM job is over when it is', () => {
  const handle = { kind: 'github', repo: 'lab/models', runId: '99' } as const
  expect(judge({ handle, also: null })).toMatchObject({ kind: 'over', exit: { state: 'cancelled' } })
  expect(judge({ handle, also: null, run: run({ conclusion: 'success' }) })).toMatchObject({ exit: { code: 0 } })
  expect(judge({ handle, also: null, run: run({ status: 'queued', conclusion: null }) })).toMatchObject({
    kind: 'submitted',
  })
})
