import { describe, expect, test } from 'vitest'
import { decide, type Effect, stopGraceMs } from '../../../src/core/jobs/decide'
import type { AttemptSeen, Seen } from '../../../src/core/jobs/seen'
import type { JobEvent } from '../../../src/core/jobs/event'
import type { Job } from '../../../src/core/jobs/job'
import { approved, exited, handle, intended, jobAfter, jobId, launched } from '../../support/jobs'

const started = { handle, atMs: 4000 }
const stop: JobEvent = { type: 'stop_requested' }
const running = [approved, intended, launched]

function seenRunning(attempt: AttemptSeen, more: Partial<Extract<Seen, { kind: 'running' }>> = {}): Seen {
  return {
    kind: 'running',
    attempt,
    log: { bytes: 0, lastLine: '' },
    ranForMs: 0,
    sinceLookMs: 0,
    sinceStopMs: 0,
    ...more,
  }
}

function settling(more: Partial<Extract<Seen, { kind: 'settling' }>> = {}): Seen {
  return {
    kind: 'settling',
    files: [],
    waitedMs: 0,
    lookedForMs: 5000,
    processes: [],
    sinceStopMs: 0,
    answer: null,
    beforeNext: [],
    ...more,
  }
}

const file = (state: 'ready' | 'missing' | 'growing') => ({ path: 'a.json', state, detail: state })
const records = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'record' ? [effect.event] : []))
const kinds = (effects: readonly Effect[]) =>
  effects.map((effect) => (effect.kind === 'record' ? effect.event.type : effect.kind))
const endOf = (effects: readonly Effect[]) => records(effects).find((event) => event.type === 'ended')

describe('before the start', () => {
  const checks = { preflight: { checks: [{ type: 'path_exists' as const, path: 'x' }], onFail: 'reject' as const } }
  const finding = (passed: boolean) => ({ name: 'path exists: x', passed, detail: 'there is no x', durationMs: 1 })

  test('nothing happens to a job that nobody approved', () => {
    expect(decide(jobAfter([{ type: 'requested' }]), { kind: 'nothing' })).toEqual([])
  })
  test('the intent is recorded before the launch', () => {
    expect(kinds(decide(jobAfter([approved]), { kind: 'checking', checks: null, before: [], processes: [] }))).toEqual([
      'launch_intended',
      'launch',
    ])
  })
  test('checks run first', () => {
    expect(
      kinds(decide(jobAfter([approved], checks), { kind: 'checking', checks: null, before: [], processes: [] })),
    ).toEqual(['run_checks'])
  })
  test('a failed check blocks the job, with the list of what failed, and no follow-up', () => {
    const effects = decide(jobAfter([approved], checks), {
      kind: 'checking',
      checks: [finding(false)],
      before: [],
      processes: [],
    })
    expect(kinds(effects)).toEqual(['checked', 'ended'])
    expect(endOf(effects)).toMatchObject({
      outcome: 'blocked',
      followUp: null,
      reason: 'Not started: path exists: x: there is no x',
    })
  })
  test('a failed check that only warns lets the job start', () => {
    const warn = { preflight: { ...checks.preflight, onFail: 'warn' as const } }
    const effects = decide(jobAfter([approved], warn), {
      kind: 'checking',
      checks: [finding(false)],
      before: [],
      processes: [],
    })
    expect(kinds(effects)).toEqual(['checked', 'alerted', 'launch_intended', 'launch'])
    expect(JSON.stringify(effects[1])).toMatch(/"key":"check".*"Started with a warning: /)
  })
  test('nothing is started before it is known what its files look like; that they do not answer is told once', () => {
    const silent = (beforeAskedMs: number) => ({
      kind: 'checking' as const,
      checks: null,
      before: null,
      beforeAskedMs,
      processes: [],
    })
    const job = jobAfter([approved])
    expect(kinds(decide(job, silent(50)))).toEqual(['look_again'])
    const told = decide(job, silent(11_000))
    expect(kinds(told)).toEqual(['alerted', 'look_again'])
    const alerted = jobAfter([approved, { type: 'alerted', key: 'files', kind: 'check', text: 'x' }])
    expect(kinds(decide(alerted, silent(12_000)))).toEqual(['look_again'])
    const answered = decide(alerted, { ...silent(13_000), before: [] })
    expect(kinds(answered)).toEqual(['alert_cleared', 'launch_intended', 'launch'])
  })
  test('a stop before the start ends it as stopped', () => {
    const effects = decide(jobAfter([approved, stop]), { kind: 'checking', checks: null, before: [], processes: [] })
    expect(endOf(effects)).toMatchObject({ outcome: 'stopped', followUp: null })
  })
})

describe('launching', () => {
  const job = jobAfter([approved, intended])
  const cases: [string, AttemptSeen, string[]][] = [
    ['a wrapper that left no claim is started (again)', { kind: 'absent' }, ['launch']],
    ['a claim without a record is waited for', { kind: 'starting' }, ['look_again']],
    ['a wrapper that lives has launched', { kind: 'alive', started }, ['launched']],
    [
      'a job that is already over was launched first',
      { kind: 'exited', status: 0, atMs: 1, started, processes: [] },
      ['launched'],
    ],
    [
      'a job whose start record was torn still has its exit',
      { kind: 'exited', status: 0, atMs: 1, started: null, processes: [] },
      ['exited'],
    ],
    ['a wrapper that is gone is lost', { kind: 'gone', evidence: 'gone' }, ['ended']],
    ['what cannot be started is blocked', { kind: 'not_startable', why: 'E2BIG' }, ['ended']],
    ['a failed query changes nothing', { kind: 'unknown', why: 'busy' }, ['look_again']],
  ]
  test.each(cases)('%s', (_name, attempt, expected) => {
    expect(kinds(decide(job, { kind: 'launching', attempt }))).toEqual(expected)
  })
})

describe('running', () => {
  const job = jobAfter(running)
  test('a living job is looked at again when its next look is due', () => {
    expect(decide(job, seenRunning({ kind: 'alive', started }, { sinceLookMs: 1000 }))).toEqual([
      { kind: 'look_again', afterMs: 299_000 },
    ])
  })
  test('a look is recorded only if the log has changed', () => {
    const due = { sinceLookMs: 300_000 }
    const grown = { ...due, log: { bytes: 5, lastLine: 'x' } }
    expect(kinds(decide(job, seenRunning({ kind: 'alive', started }, due)))).toEqual(['look_again'])
    expect(kinds(decide(job, seenRunning({ kind: 'alive', started }, grown)))).toEqual(['looked', 'look_again'])
  })
  test('a failed query never changes the state', () => {
    expect(records(decide(job, seenRunning({ kind: 'unknown', why: 'busy' })))).toEqual([])
  })
  test('a wrapper that was killed leaves a running job with an unknown exit', () => {
    const effects = decide(job, seenRunning({ kind: 'orphaned', evidence: 'killed', processes: ['1 a'] }))
    expect(kinds(effects)).toEqual(['wrapper_lost', 'look_again'])
  })
  test('a job that is gone is lost, not failed, and calls back', () => {
    const effects = decide(job, seenRunning({ kind: 'gone', evidence: 'gone' }))
    expect(endOf(effects)).toMatchObject({ outcome: 'lost', followUp: { jobId: `${jobId}-f1`, run: true } })
  })
  test('the time limit ends the whole group', () => {
    const limited = jobAfter(running, { timeLimitSec: 60 })
    expect(kinds(decide(limited, seenRunning({ kind: 'alive', started }, { ranForMs: 60_000 })))).toContain(
      'time_limit_reached',
    )
    const reached = jobAfter([...running, { type: 'time_limit_reached', attempt: 1 }], { timeLimitSec: 60 })
    expect(kinds(decide(reached, seenRunning({ kind: 'alive', started })))).toEqual(['signal', 'look_again'])
  })
})

describe('stopping', () => {
  const stopping = jobAfter([...running, stop])
  test.each([
    [0, false],
    [stopGraceMs - 1, false],
    [stopGraceMs, true],
  ])('%d ms after the stop the signal is hard: %s', (sinceStopMs, hard) => {
    const [effect] = decide(stopping, seenRunning({ kind: 'alive', started }, { sinceStopMs }))
    expect(effect).toEqual({ kind: 'signal', attempt: 1, hard })
  })
  test('it is not over while anything of it lives', () => {
    const seen = seenRunning({ kind: 'exited', status: 143, atMs: 9e12, started, processes: ['7 straggler'] })
    expect(kinds(decide(stopping, seen))).toEqual(['signal', 'look_again'])
  })
  test('it is over when everything is dead, and never calls back', () => {
    const dead = jobAfter([
      ...running,
      stop,
      { ...exited(143, 9e12), exit: { kind: 'signal', signal: 'SIGTERM', status: 143, inferred: true } } as JobEvent,
    ])
    expect(endOf(decide(dead, settling()))).toMatchObject({ outcome: 'stopped', followUp: null })
  })
  test('an end before the stop is an end like any other', () => {
    expect(endOf(decide(jobAfter([...running, exited(0), stop]), settling()))).toMatchObject({
      outcome: 'succeeded',
    })
  })
  test('waiting for files ends at a stop', () => {
    const job = jobAfter([...running, exited(0, 1), stop])
    expect(endOf(decide(job, settling({ files: [file('missing')] })))).toMatchObject({ outcome: 'stopped' })
  })
})

describe('settling', () => {
  const succeeded = jobAfter([...running, exited(0)])
  test('exit 0 and all files ready is success, and the end carries its promise', () => {
    expect(endOf(decide(succeeded, settling({ files: [file('ready')] })))).toMatchObject({
      outcome: 'succeeded',
      followUp: { run: true },
    })
  })
  test('missing files are waited for, until the limit', () => {
    expect(kinds(decide(succeeded, settling({ files: [file('missing')], waitedMs: 899_000 })))).toEqual(['look_again'])
    const late = decide(succeeded, settling({ files: [file('missing')], waitedMs: 900_000 }))
    expect(endOf(late)).toMatchObject({ outcome: 'blocked', followUp: null })
  })
  test('with onMissing enqueue the follow-up runs in any case', () => {
    const job = jobAfter([...running, exited(0)], {
      watch: {
        everySec: 1,
        tailLines: 1,
        requireFiles: ['a.json'],
        readyTimeoutSec: 10,
        readyPollSec: 1,
        onMissing: 'enqueue',
      },
    })
    expect(endOf(decide(job, settling({ files: [file('missing')], waitedMs: 10_000 })))).toMatchObject({
      outcome: 'blocked',
      followUp: { run: true },
    })
  })
  test('a failure does not wait for its files, but tells what is there', () => {
    const job = jobAfter([...running, exited(3)])
    const files = [file('missing')]
    expect(endOf(decide(job, settling({ files })))).toMatchObject({ outcome: 'failed', reason: 'Exit 3.', files })
  })
})

describe('after the end', () => {
  const job = (created: boolean) =>
    jobAfter([
      ...running,
      exited(0),
      {
        type: 'ended',
        attempt: 1,
        outcome: 'succeeded',
        reason: '',
        files: [],
        answer: null,
        followUp: { jobId: `${jobId}-f1` as Job['spec']['id'], run: true },
      },
      ...(created ? [{ type: 'follow_up_created' as const, jobId: `${jobId}-f1` as Job['spec']['id'] }] : []),
    ])
  test('a promised follow-up is created once', () => {
    expect(kinds(decide(job(false), { kind: 'ended', followUpExists: false }))).toEqual(['create_follow_up'])
    expect(kinds(decide(job(false), { kind: 'ended', followUpExists: true }))).toEqual(['follow_up_created'])
    expect(decide(job(true), { kind: 'ended', followUpExists: true })).toEqual([])
  })
})
