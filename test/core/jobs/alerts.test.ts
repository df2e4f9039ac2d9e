import { describe, expect, test } from 'vitest'
import { decideAlerts, type PatternHit, type Watched } from '../../../src/core/jobs/alerts'
import type { JobEvent } from '../../../src/core/jobs/event'
import type { Plan } from '../../../src/core/jobs/plan'
import { approved, intended, jobAfter, launched, plan } from '../../support/jobs'

const running = [approved, intended, launched]
const busy: Watched = { idleForMs: 0, silent: null, hits: [] }
const minute = 60_000

function alertsOf(watched: Partial<Watched>, watch: Partial<Plan['watch']> = {}, more: JobEvent[] = [], ranForMs = 0) {
  const job = jobAfter([...running, ...more], { watch: { ...plan.watch, ...watch } })
  return decideAlerts(job, { ...busy, ...watched }, ranForMs, 10_000_000).map((event) =>
    event.type === 'alerted' || event.type === 'alert_cleared' ? `${event.type} ${event.key}` : event.type,
  )
}
const alerted = (key: string, kind: 'stale' | 'silent_start' | 'pattern'): JobEvent => ({
  type: 'alerted',
  key,
  kind,
  text: 'x',
})

describe('a job that neither writes nor works', () => {
  test('is told of after half an hour, or the time that its block says, once', () => {
    expect(alertsOf({ idleForMs: 29 * minute })).toEqual([])
    expect(alertsOf({ idleForMs: 30 * minute })).toEqual(['alerted stale'])
    expect(alertsOf({ idleForMs: 40 * minute }, {}, [alerted('stale', 'stale')])).toEqual([])
    expect(alertsOf({ idleForMs: minute }, { staleSec: 60 })).toEqual(['alerted stale'])
  })

  test('may be silent for six hours if it is meant to run for very long, and for ever if its block says so', () => {
    expect(alertsOf({ idleForMs: 5 * 60 * minute }, { long: true })).toEqual([])
    expect(alertsOf({ idleForMs: 6 * 60 * minute }, { long: true })).toEqual(['alerted stale'])
    expect(alertsOf({ idleForMs: 900 * minute, silent: { cpuMs: 0 } }, { staleSec: 0 }, [], 900 * minute)).toEqual([])
  })

  test('is no longer told of when it works again', () => {
    expect(alertsOf({}, {}, [alerted('stale', 'stale')])).toEqual(['alert_cleared stale'])
  })
})

describe('a job that has done nothing since its start', () => {
  const nothing = { idleForMs: 100_000, silent: { cpuMs: 150 } }
  test('is told of after two minutes, or fifteen if it is meant to run for very long', () => {
    expect(alertsOf(nothing, {}, [], minute)).toEqual([])
    expect(alertsOf(nothing, {}, [], 2 * minute)).toEqual(['alerted silent_start'])
    expect(alertsOf(nothing, { long: true }, [], 14 * minute)).toEqual([])
    expect(alertsOf(nothing, { long: true }, [], 15 * minute)).toEqual(['alerted silent_start'])
  })

  test('is not, if it works without a word', () => {
    expect(alertsOf({ silent: { cpuMs: 60_000 } }, {}, [], 5 * minute)).toEqual([])
  })

  test('is no longer told of when it writes or works, or when it is told that it stands still', () => {
    const told = [alerted('silent_start', 'silent_start')]
    expect(alertsOf({ silent: { cpuMs: 5_000 } }, {}, told, 5 * minute)).toEqual(['alert_cleared silent_start'])
    expect(alertsOf({ ...nothing, idleForMs: 31 * minute }, {}, told, 31 * minute)).toEqual([
      'alerted stale',
      'alert_cleared silent_start',
    ])
    expect(alertsOf({ silent: null }, {}, told, 5 * minute)).toEqual(['alert_cleared silent_start'])
  })
})

describe('a line with a pattern', () => {
  const hit: PatternHit = { pattern: 2, count: 3, line: 'loss is nan' }
  test('is told with how many there were, and again ten minutes later at most', () => {
    const events = decideAlerts(jobAfter(running), { ...busy, hits: [hit] }, 0, 10_000_000)
    expect(events).toEqual([
      { type: 'alerted', key: 'pattern:2', kind: 'pattern', text: '3 lines of its log, the last: loss is nan' },
    ])
    // The events of jobAfter are one a second from 2000 on.
    const job = jobAfter([...running, alerted('pattern:2', 'pattern')])
    expect(decideAlerts(job, { ...busy, hits: [hit] }, 0, 5_000 + 9 * minute)).toEqual([])
    expect(decideAlerts(job, { ...busy, hits: [hit] }, 0, 5_000 + 10 * minute)).toHaveLength(1)
  })
})
