import { describe, expect, test } from 'vitest'
import { decideRelaunch, type FailedAttempt } from '../../../src/core/tracking/relaunch'
import type { TrackFailure } from '../../../src/core/tracking/diagnose'
import { plan } from './tracks'

const both = { memory: true, time: true }
const neither = { memory: false, time: false }
const relaunch = { ...plan().relaunch, attempts: 3, maxMemoryMb: 6_000, maxTimeSec: 7_200 }

function failed(name: TrackFailure, signature: string = name, more: Partial<FailedAttempt> = {}): FailedAttempt {
  const resources = { memoryMb: 4_000, timeSec: 3_600 }
  return { outcome: 'failed', diagnosis: { class: name, signature }, resources, ...more }
}

describe('a rule', () => {
  test('gives twice the memory, but no more than was approved', () => {
    const decision = decideRelaunch([failed('oom')], relaunch, both)
    expect(decision).toMatchObject({ kind: 'rule', changes: { memoryMb: 6_000, timeSec: null } })
  })
  test('gives twice the time', () => {
    expect(decideRelaunch([failed('timeout')], relaunch, both)).toMatchObject({
      kind: 'rule',
      changes: { timeSec: 7_200 },
    })
  })
  test.for(['preempted', 'node_failure'] as const)('runs it again as it is after %s', (name) => {
    const changes = { memoryMb: null, timeSec: null }
    expect(decideRelaunch([failed(name)], relaunch, neither)).toMatchObject({ kind: 'rule', changes })
  })
  test('gives nothing where nothing was approved, or where it had that much: then the agent looks', () => {
    const none = { ...relaunch, maxMemoryMb: null, maxTimeSec: null }
    expect(decideRelaunch([failed('oom')], none, both).kind).toBe('agent')
    const had = failed('oom', 'oom', { resources: { memoryMb: 6_000, timeSec: null } })
    expect(decideRelaunch([had], relaunch, both).kind).toBe('agent')
    expect(decideRelaunch([failed('oom')], relaunch, neither).kind).toBe('agent')
  })
})

describe('it ends', () => {
  const why = (attempts: readonly FailedAttempt[], over: Partial<typeof relaunch> = {}) => {
    const decision = decideRelaunch(attempts, { ...relaunch, ...over }, both)
    return decision.kind === 'stop' ? decision.why : decision.kind
  }
  test('when the same failure comes twice, though another was between', () => {
    expect(why([failed('syntax', 's'), failed('data_missing', 'd'), failed('syntax', 's')], { attempts: 3 })).toContain(
      'All 3',
    )
    expect(why([failed('syntax', 's'), failed('syntax', 's')])).toBe('Attempts 1 and 2 failed in the same way.')
  })
  test('after the attempts that were approved', () => {
    expect(why([failed('syntax', 'a'), failed('syntax', 'b')], { attempts: 2 })).toContain('All 2 attempts')
    expect(why([failed('syntax')], { attempts: 1 })).toContain('run once')
  })
  test('when a person stopped it', () => {
    expect(why([failed('interrupted', 'x', { outcome: 'stopped' })])).toContain('on request')
  })
  test('when nobody knows how it ended, and nothing says that it failed', () => {
    expect(why([failed('unknown', 'x', { outcome: 'lost' })])).toContain('not known')
    expect(why([failed('syntax', 'x', { outcome: 'lost' })])).toBe('agent')
  })
  test('when it was cancelled from outside, on a cluster or by a signal', () => {
    expect(why([failed('interrupted', 'x')])).toContain('cancelled from outside')
  })
  test('when nobody knows how it was launched', () => {
    expect(why([failed('preempted')], { again: null })).toContain('how it was launched is not known')
    expect(why([failed('preempted')], { again: null, onceFor: 'it is a task of an array' })).toBe(
      'It cannot be run again: it is a task of an array.',
    )
  })
  test('when no rule helps and no agent may look: the analyst fixes nothing', () => {
    expect(why([failed('syntax')], { agent: null })).toContain('no agent was approved')
    expect(why([failed('syntax')], { agent: { kind: 'builtin' } })).toContain('no agent was approved')
  })
})
