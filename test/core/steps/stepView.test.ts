import { describe, expect, test } from 'vitest'
import { type ActState, type ActView, phasesOf, renderCount, stateOfAll } from '../../../src/core/steps/stepView'

function act(phase: ActView['phase'], name: string, state: ActState, startedAtMs: number | null = null): ActView {
  const endedAtMs = startedAtMs === null || state === 'running' ? null : startedAtMs + 1_000
  return { phase, name, state, startedAtMs, endedAtMs, attempt: 1, detail: '', job: null, what: name }
}

describe('phases of a step', () => {
  test('stand in the order of the acts, with the state that a person should see', () => {
    const phases = phasesOf([
      act('PRE-FLIGHT', 'a', 'passed', 1_000),
      act('PRE-FLIGHT', 'b', 'failed', 1_500),
      act('MAIN', 'main', 'skipped'),
      act('POST-VALIDATION', 'c', 'skipped'),
    ])
    expect(phases.map(({ phase, state }) => `${phase} ${state}`)).toEqual([
      'PRE-FLIGHT failed',
      'MAIN skipped',
      'POST-VALIDATION skipped',
    ])
  })

  test('last from the first of their acts to the last, and are open while one goes on', () => {
    const [ended, going] = phasesOf([
      act('PRE-FLIGHT', 'a', 'passed', 1_000),
      act('PRE-FLIGHT', 'b', 'passed', 1_500),
      act('MAIN', 'chunk 1', 'passed', 3_000),
      act('MAIN', 'chunk 2', 'running', 4_000),
    ])
    expect(ended).toMatchObject({ startedAtMs: 1_000, endedAtMs: 2_500 })
    expect(going).toMatchObject({ startedAtMs: 3_000, endedAtMs: null, state: 'running' })
    expect(ended && renderCount(ended)).toBe('2 of 2')
    expect(going && renderCount(going)).toBe('1 of 2')
  })

  test.each<[ActState, readonly ActState[]]>([
    ['pending', ['pending', 'pending']],
    ['running', ['passed', 'pending']],
    ['running', ['passed', 'running', 'pending']],
    ['failed', ['passed', 'failed', 'running']],
    ['stopped', ['passed', 'stopped', 'skipped']],
    ['passed', ['passed', 'notChecked']],
    ['notChecked', ['notChecked', 'notChecked']],
    ['skipped', ['skipped']],
  ])('are %s of %j', (state, states) => {
    expect(stateOfAll(states)).toBe(state)
  })
})
