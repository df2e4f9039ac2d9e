import { describe, expect, test } from 'vitest'
import type { AlertRule } from '../../../src/core/steps/definition'
import { judgeLook, type Look } from '../../../src/core/steps/monitorRule'
import type { MonitorRun, StepRunEvent } from '../../../src/core/steps/stepRunState'

const fresh: MonitorRun = {
  ...{ act: 3, state: 'watching', look: null, alert: null, alertedAtMs: null },
  ...{ turns: 0, turn: null },
}
const minute = 60_000

/** What looks one after the other, a minute between them, tell: `!` an alert, `.` its end, `-` nothing. */
function told(rule: AlertRule, looks: readonly Look[], everyMs = minute): string {
  let monitor = fresh
  return looks
    .map((look, at) => {
      const nowMs = at * everyMs
      const events = judgeLook(0, monitor, rule, look, nowMs)
      for (const event of events) monitor = after(monitor, event, nowMs)
      const types = events.map(({ type }) => type)
      return types.includes('alerted') ? '!' : types.includes('alert_cleared') ? '.' : '-'
    })
    .join('')
}

function after(monitor: MonitorRun, event: StepRunEvent, atMs: number): MonitorRun {
  if (event.type === 'monitor_looked') return { ...monitor, look: { atMs, exit: event.exit, line: event.line } }
  if (event.type === 'alerted')
    return { ...monitor, alert: { text: event.text, atMs, ignored: false }, alertedAtMs: atMs }
  return event.type === 'alert_cleared' ? { ...monitor, alert: null } : monitor
}

const good: Look = { exit: 0, lines: ['loss 0.5'], hit: null }
const bad: Look = { exit: 0, lines: ['loss nan'], hit: 'loss nan' }
const silent: Look = { exit: 1, lines: [], hit: null }

describe('a person is told', () => {
  test('once while a pattern stands, and not again at once when it comes and goes', () => {
    const rule = { kind: 'matches', pattern: 'nan' } as const
    expect(told(rule, [good, bad, bad, bad, good, bad, good])).toBe('-!--.--')
    expect(told(rule, [bad, good, bad], 15 * minute)).toBe('!.!')
  })

  test('of what an alert prints, as grep does', () => {
    expect(told({ kind: 'output' }, [silent, good, good, silent])).toBe('-!-.')
  })

  test('of a check that fails and did not before', () => {
    expect(told({ kind: 'fails' }, [silent, good, silent, silent, good])).toBe('--!-.')
  })

  test('of nothing where nothing is to be told', () => {
    expect(told({ kind: 'never' }, [good, bad, silent])).toBe('---')
  })
})

test('what it prints is noted once a minute, how it ends at once', () => {
  const looked = (monitor: MonitorRun, look: Look, nowMs: number) =>
    judgeLook(0, monitor, { kind: 'never' }, look, nowMs).length === 1
  const before: MonitorRun = { ...fresh, look: { atMs: 0, exit: 0, line: 'a' } }
  expect(looked(before, { ...good, lines: ['b'] }, 1_000)).toBe(false)
  expect(looked(before, { ...good, lines: ['b'] }, minute)).toBe(true)
  expect(looked(before, { ...good, lines: ['a'] }, minute)).toBe(false)
  expect(looked(before, silent, 1_000)).toBe(true)
})
