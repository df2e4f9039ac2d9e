// What was shown is done, once; nothing else is.
import { describe, expect, it } from 'vitest'
import { Confirmed } from '../../../src/extension/chat/confirmed'

const input = { command: 'make' }

describe('what a person was shown', () => {
  it('is taken once', () => {
    const confirmed = new Confirmed()
    confirmed.hold(input, 'plan a')
    expect(confirmed.take(input, 'plan a')).toBe(true)
    expect(confirmed.take(input, 'plan a')).toBe(false)
  })

  it('is not taken for another plan of the same input, nor for another input', () => {
    const confirmed = new Confirmed()
    confirmed.hold(input, 'plan a')
    expect(confirmed.take(input, 'plan b')).toBe(false)
    expect(confirmed.take({ command: 'make all' }, 'plan a')).toBe(false)
    expect(confirmed.take(input, 'plan a')).toBe(true)
  })

  it('is taken as often as it was shown', () => {
    const confirmed = new Confirmed()
    confirmed.hold(input, 'plan a')
    confirmed.hold(input, 'plan a')
    expect([1, 2, 3].map(() => confirmed.take(input, 'plan a'))).toEqual([true, true, false])
  })
})
