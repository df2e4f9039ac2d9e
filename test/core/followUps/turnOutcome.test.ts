import { expect, test } from 'vitest'
import { readResetTime } from '../../../src/core/followUps/resetTime'
import type { StreamEnd } from '../../../src/core/followUps/streams/agentStream'
import { ClaudeStream } from '../../../src/core/followUps/streams/claudeStream'
import { CodexStream } from '../../../src/core/followUps/streams/codexStream'
import { judgeCall, nextStep, noTries, type Tries, type TurnOutcome } from '../../../src/core/followUps/turnOutcome'

const now = { ms: Date.UTC(2026, 10, 28, 8, 30), offsetMin: 60 }
const noEnd: StreamEnd = { answer: null, error: null, resetsAtMs: null, usage: null, toolCalls: 0 }
const failed = (message: string, status: number | null = null, stderr = '') =>
  judgeCall(
    { kind: 'exited', status: 1, stderr, end: { ...noEnd, error: message === '' ? null : { message, status } } },
    now,
  )

/** As the real commands say it. */
test.for<[string, string, number | null, TurnOutcome['kind']]>([
  ['claude', 'Not logged in · Please run /login', null, 'logged_out'],
  ['claude', 'Failed to authenticate. API Error: 401', 401, 'logged_out'],
  ['codex', 'unexpected status 401 Unauthorized: no key, url: http://x', 401, 'logged_out'],
  ['claude', "You've hit your 5-hour limit · resets 8:52am (UTC)", 429, 'rate_limited'],
  ['claude', 'API Error: Request rejected (429) · The model refuses with 429.', 429, 'rate_limited'],
  ['codex', 'You’ve hit your usage limit. Visit x or try again at 8:52 AM.', null, 'rate_limited'],
  ['codex', 'exceeded retry limit, last status: 429 Too Many Requests', 429, 'rate_limited'],
  [
    'claude',
    'API Error: Connection refused — a firewall or proxy may be blocking it (ECONNREFUSED)',
    null,
    'unreachable',
  ],
  ['claude', 'API Error: 503 This is a server-side issue', 503, 'unreachable'],
  ['codex', 'stream disconnected before completion: Connection refused (os error 111)', null, 'unreachable'],
  ['claude', 'No conversation found with session ID: 01234567', null, 'stale'],
  ['claude', 'API Error: 400 prompt is too long', 400, 'crashed'],
])('%s: “%s” is known for what it is', ([, message, status, kind]) => {
  expect(failed(message, status).kind).toBe(kind)
})

test('what only standard error tells is read there, and a process without a word is a crash', () => {
  expect(failed('', null, 'Error: thread/resume failed: no rollout found for thread id 0').kind).toBe('stale')
  expect(failed('')).toMatchObject({ kind: 'crashed', said: 'It ended with status 1 and said nothing.' })
})

test('an answer of blanks is empty, and a whole answer counts although the process failed after it', () => {
  const usage = { inputTokens: 1, outputTokens: 1, costUsd: null }
  const end = { ...noEnd, answer: ' \n', usage }
  expect(judgeCall({ kind: 'exited', status: 0, stderr: '', end }, now).kind).toBe('empty')
  expect(judgeCall({ kind: 'exited', status: 1, stderr: '', end: { ...end, answer: 'Yes' } }, now).kind).toBe(
    'answered',
  )
})

test.for<[string, number | null]>([
  ['resets 8:52am (UTC)', Date.UTC(2026, 10, 28, 8, 52)],
  ['try again at 9:52 AM.', Date.UTC(2026, 10, 28, 8, 52)],
  ['try again at 9:30 AM.', Date.UTC(2026, 10, 28, 8, 30)],
  ['resets 3am', Date.UTC(2026, 10, 29, 2, 0)],
  ['resets 12am', Date.UTC(2026, 10, 28, 23, 0)],
  ['try again at Dec 5th, 2026 8:52 AM.', Date.UTC(2026, 11, 5, 7, 52)],
  ['resets Dec 1, 5pm (Europe/Berlin)', Date.UTC(2026, 11, 1, 16, 0)],
  ['Please try again in 1.5s.', now.ms + 1_500],
  ['try again in 2 hours 5 minutes.', now.ms + 7_500_000],
  ['Claude AI usage limit reached|1795855957', 1_795_855_957_000],
  ['It is in the way.', null],
  ['The model refuses with 429.', null],
])('the time in “%s”', ([text, expected]) => {
  expect(readResetTime(text, now)).toBe(expected)
})

const limits = { timeLimitSec: 60, waitLimitSec: 600, otherwise: 'builtin' } as const
const limited = (resetsAtMs: number | null): TurnOutcome => ({ kind: 'rate_limited', said: 'Wait.', resetsAtMs })

test('a limit is waited for: until the time that it told, else 1, 2, 4 … minutes up to the limit of the waiting', () => {
  expect(nextStep(limited(now.ms + 5_000), 'X', limits, noTries, now)).toMatchObject({
    kind: 'wait',
    untilMs: now.ms + 6_000,
  })
  let tries: Tries = noTries
  let ms = now.ms
  const waits: number[] = []
  for (;;) {
    const step = nextStep(limited(null), 'X', limits, tries, { ...now, ms })
    if (step.kind !== 'wait') {
      expect(step).toMatchObject({ kind: 'fall_back' })
      break
    }
    waits.push((step.untilMs - ms) / 60_000)
    ms = step.untilMs
    tries = step.tries
  }
  expect(waits).toEqual([1, 2, 4, 3])
})

test('a limit that lasts longer than it may be waited for is not waited for at all', () => {
  const outcome = limited(now.ms + 3_600_000)
  expect(nextStep(outcome, 'X', limits, noTries, now)).toMatchObject({ kind: 'fall_back' })
  expect(nextStep(outcome, 'X', { ...limits, otherwise: 'wait' }, noTries, now)).toMatchObject({ kind: 'fail' })
})

test('an agent that is missing or logged out is left for the built-in analyst at once, or waited for, as was planned', () => {
  for (const outcome of [
    { kind: 'missing', why: 'no such file' },
    { kind: 'logged_out', said: 'Please run /login' },
  ] as const) {
    expect(nextStep(outcome, 'X', limits, noTries, now).kind).toBe('fall_back')
    expect(nextStep(outcome, 'X', { ...limits, otherwise: 'wait' }, noTries, now).kind).toBe('wait')
    expect(nextStep(outcome, 'X', { ...limits, otherwise: 'wait', waitLimitSec: 0 }, noTries, now).kind).toBe('fail')
  }
})

test('time that is over is a failure, unless the network was waited for all the while', () => {
  const step = (said: string) => nextStep({ kind: 'timed_out', said }, 'X', limits, noTries, now)
  expect(step('')).toMatchObject({ kind: 'fail' })
  expect(step('Reconnecting... waiting for network (Connection failed)')).toMatchObject({ kind: 'fall_back' })
})

test('a conversation that is gone is renewed once, a crash and an empty answer are tried again once', () => {
  const cases = [
    [{ kind: 'stale', said: 'x' }, 'renew'],
    [{ kind: 'crashed', said: 'x' }, 'again'],
    [{ kind: 'empty' }, 'nudge'],
  ] as const
  for (const [outcome, kind] of cases) {
    const step = nextStep(outcome, 'X', limits, noTries, now)
    expect(step.kind).toBe(kind)
    if ('tries' in step) expect(nextStep(outcome, 'X', limits, step.tries, now).kind).toBe('fail')
  }
})

test('lines that no version has written yet are passed over, and lines that are no records are told', () => {
  for (const stream of [new ClaudeStream(), new CodexStream()]) {
    const odd = [
      '{"type":"brand.new","x":1}',
      '[]',
      '{"type":7}',
      '{"type":"item.completed"}',
      '{"type":"assistant","message":{"content":"x"}}',
    ]
    for (const line of odd) expect(() => stream.read(line)).not.toThrow()
    expect(stream.read('WARNING: something')).toEqual([{ kind: 'note', text: 'WARNING: something' }])
    expect(stream.end().answer).toBeNull()
  }
})

test('what tools give back is told apart from what the agent says', () => {
  const claude = (content: unknown) =>
    new ClaudeStream().read(JSON.stringify({ type: 'user', message: { role: 'user', content } }))
  expect(claude([{ type: 'tool_result', tool_use_id: 't', content: 'key ok' }])).toEqual([
    { kind: 'output', text: 'key ok' },
  ])
  expect(claude([{ type: 'tool_result', content: [{ type: 'text', text: 'a' }, { type: 'image' }] }])).toEqual([
    { kind: 'output', text: 'a\n' },
  ])
  expect(claude([{ type: 'text', text: 'key ok' }])).toEqual([])
  expect(claude('key ok')).toEqual([])
  const codex = (item: unknown) => new CodexStream().read(JSON.stringify({ type: 'item.completed', item }))
  expect(codex({ type: 'command_execution', aggregated_output: 'key ok\n' })).toEqual([
    { kind: 'output', text: 'key ok\n' },
  ])
  expect(codex({ type: 'mcp_tool_call', result: { content: [{ type: 'text', text: 'x' }] } })).toEqual([
    { kind: 'output', text: 'x' },
  ])
  expect(codex({ type: 'mcp_tool_call', result: 7 })).toEqual([])
})
