// How a task stands, what a blocked one is missing, and when its answer is to be looked at.
import { describe, expect, test } from 'vitest'
import type { Agent } from '../../../src/core/followUps/agent'
import { planAnswer } from '../../../src/core/followUps/answerTask'
import { readMissing, taskStateOf } from '../../../src/core/followUps/taskState'
import type { JobEvent } from '../../../src/core/jobs/event'
import { isSettled, owesNext } from '../../../src/core/jobs/owed'
import { approved, exited, intended, jobAfter, jobId, launched, plan } from '../../support/jobs'

const limits = { timeLimitSec: 60, waitLimitSec: 0, otherwise: 'builtin', reason: 'setting' } as const
const command: Agent = { kind: 'command', argv: ['a'], ...limits }
const claude: Agent = { kind: 'claude', program: '/bin/claude', args: [], permissionMode: 'default', ...limits }
const workOf = (agent: Agent) =>
  ({ work: { kind: 'agent', agent, task: 'Look.', about: null }, followUp: null }) as const

type Ended = Extract<JobEvent, { type: 'ended' }>
const ended = (change: Partial<Ended>): JobEvent => ({
  type: 'ended',
  attempt: 1,
  outcome: 'succeeded',
  reason: 'Exit 0.',
  files: [],
  answer: 'done',
  followUp: null,
  ...change,
})
const ran = [approved, intended, launched, exited(0)]
const taskAfter = (events: readonly JobEvent[], agent: Agent = command) => jobAfter(events, workOf(agent))

describe('a task', () => {
  test.each<[string, readonly JobEvent[]]>([
    ['pending', []],
    ['running', [approved, intended, launched]],
    ['running', ran],
    ['done', [...ran, ended({})]],
    ['done', [...ran, ended({ answer: 'unmarked' })]],
    ['blocked', [...ran, ended({ answer: 'blocked' })]],
    ['failed', [...ran, ended({ outcome: 'failed', answer: 'blocked' })]],
    ['failed', [approved, ended({ outcome: 'blocked', answer: null })]],
    // Lost once, it is had once more.
    ['pending', [approved, intended, launched, ended({ outcome: 'lost', answer: null })]],
    ['canceled', [approved, ended({ outcome: 'stopped', answer: null })]],
  ])('is %s', (state, events) => {
    expect(taskStateOf(taskAfter(events))).toBe(state)
  })

  test('is not over before it was decided what its answer leads to, and that once', () => {
    const over = [...ran, ended({})]
    const written: JobEvent = { type: 'document_edited', edit: `handoff-${jobId}-1`, path: 'x', problem: null }
    const decided: JobEvent = { type: 'next_decided', next: { kind: 'none' } }
    expect(owesNext(taskAfter(over))).toBe(true)
    expect(isSettled(taskAfter([...over, decided, written]))).toBe(true)
    // Delivered by a version whose answers asked for nothing; blocked; of the analyst, which quotes logs.
    expect(isSettled(taskAfter([...over, written]))).toBe(true)
    expect(owesNext(taskAfter([...ran, ended({ answer: 'blocked' })]))).toBe(false)
    expect(owesNext(taskAfter(over, { kind: 'builtin' }))).toBe(false)
  })
})

test.each([
  ['I looked.\n\n[[task:blocked]]\n- the path\n- the key\n', '- the path\n- the key'],
  ['I looked.\n\nWhat is the path?\n\n[[task:blocked]]', 'What is the path?'],
  [
    'I looked.\n\nThis is missing:\n\n- the path\n- the key\n\n[[task:blocked]]\n',
    'This is missing:\n- the path\n- the key',
  ],
  ['[[task:blocked]]', ''],
])('what %j misses is %j', (answer, missing) => {
  expect(readMissing(answer)).toBe(missing)
})

describe('an answer', () => {
  const earlier = (agent: Agent, conversation: string | null) => ({
    plan: { ...plan, ...workOf(agent) },
    conversation,
    agent: agent.kind,
    missing: 'the path',
  })

  test('goes on with the conversation, and says no more than the person did', () => {
    const planned = planAnswer(earlier(claude, 'c0ffee'), ' It is data. ')
    expect(planned).toMatchObject({
      plan: { work: { agent: { kind: 'claude', conversation: 'c0ffee' }, about: null } },
    })
    const task = 'plan' in planned && planned.plan.work.kind === 'agent' ? planned.plan.work.task : ''
    expect(task).toMatch(/A person answers:\n\nIt is data\.\n\nGo on with the task\.$/)
    expect(task).not.toContain('Look.')
  })

  test('says everything anew where there is no conversation, and is refused by the built-in analyst', () => {
    const planned = planAnswer(earlier(command, null), 'It is data.')
    expect(planned).toMatchObject({
      plan: { work: { task: expect.stringMatching(/^Look\.[^]*the path[^]*It is data\./) as unknown } },
    })
    expect(planAnswer(earlier({ kind: 'builtin' }, null), 'x')).toEqual({
      refusals: [expect.stringContaining('has no conversation')],
    })
  })
})
