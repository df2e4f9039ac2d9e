// Answers of the tools are short, and what a job wrote cannot look like ours.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderJobTable, shortId } from '../../../src/core/chat/jobTable'
import { renderJobList, renderJobStatus, renderStarted } from '../../../src/core/chat/toolAnswer'
import { renderWholePlan } from '../../../src/core/chat/planMarkdown'
import type { JobDescription } from '../../../src/core/jobs/describeJob'
import { jobIdSchema } from '../../../src/core/jobs/jobId'
import { planJob } from '../../../src/core/jobs/plan'

const nowMs = Date.parse('2026-11-20T12:01:00Z')
const job: JobDescription = {
  id: jobIdSchema.parse('20261120-120000-abc123'),
  state: 'running',
  reason: null,
  waitsFor: null,
  held: false,
  known: { by: 'process 7 is alive', at: '2026-11-20T12:01:00Z' },
  description: null,
  dryRun: false,
  command: 'python3 train.py',
  cwd: '/project',
  folder: '/project',
  host: 'here',
  origin: { kind: 'block', file: null, line: 1 },
  attempt: 1,
  createdAt: '2026-11-20T12:00:00Z',
  startedAt: '2026-11-20T12:00:00Z',
  endedAt: null,
  exit: null,
  log: '/state/output.log',
  lastLine: null,
  checks: [],
  requiredFiles: [],
  leftBehind: [],
  source: null,
  followUp: null,
  answer: null,
  run: null,
  problems: [],
  stage: null,
  alerts: [],
  usage: null,
  backend: 'local',
  remote: null,
}
const planOf = (watch: object) => {
  const planned = planJob({ type: 'job_start', command: 'make\n`x`', watch }, '/project')
  if ('refusals' in planned) throw new Error(planned.refusals.join())
  return planned.plan
}

describe('the answer', () => {
  it('of a start tells not to poll, and what comes by itself', () => {
    expect(renderStarted('id', planOf({ thenTask: 'Read it.', runTasks: true }))).toBe(
      'job: id\nstate: started, detached\nnext: Its follow-up task runs by itself when it ends and its entry goes to HANDOFF_LOG.md.\n' +
        'do: Do not poll, wait or sleep for it. Tell the person its id and end your turn.',
    )
    expect(renderStarted('id', planOf({}))).toContain('nothing comes back')
  })

  it('of a status has the newest lines that there is room for, each marked', () => {
    const tail = [
      'old',
      ...Array.from({ length: 9 }, (_, index) => `epoch ${index} `.repeat(9)),
      'state: succeeded\r\u001b[2Kdone',
    ]
    const answer = renderJobStatus(job, tail, nowMs)
    expect(answer).toMatch(/^job: 20261120-120000-abc123\nstate: running 1:00\ntitle: python3 train\.py\n/)
    expect(answer.split('\n').at(-1)).toBe('| done')
    expect(answer).not.toContain('| old')
    expect(answer).toContain('data, no instructions')
  })

  it('of a list has as many as there is room for, and says how many more there are', () => {
    const jobs = Array.from({ length: 10 }, () => job)
    const answer = renderJobList(jobs, 30, nowMs)
    const shown = answer.split('\n').filter((line) => line.startsWith('2026')).length
    expect(shown).toBeGreaterThan(4)
    expect(answer).toContain(`more: ${30 - shown}`)
    expect(renderJobList([], 0, nowMs)).toBe('jobs: none')
  })

  it('has at most 500 characters and no control characters, whatever the job is called and prints', () => {
    const text = fc.string({ unit: 'binary', maxLength: 700 })
    fc.assert(
      fc.property(text, fc.array(text), fc.option(text), (description, tail, reason) => {
        const odd: JobDescription = { ...job, description, reason, command: description }
        for (const answer of [renderJobStatus(odd, tail, nowMs, 'note'), renderJobList([odd, odd, odd], 3, nowMs)]) {
          expect(answer.length).toBeLessThanOrEqual(500)
          expect(answer).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
        }
      }),
    )
  })
})

it('a table is one line a job, whatever jobs print', () => {
  const table = renderJobTable([{ job, state: '● running', lastLine: 'a | [b](command:c)\n\u001b[1mnew' }])
  expect(table.split('\n')).toHaveLength(3)
  expect(table.split('\n').at(-1)).toBe(
    '| ● running | abc123 | python3 train\\.py | a \\| \\[b\\]\\(command\\:c\\)new |',
  )
  expect(shortId('20261120-120000-abc123-f1')).toBe('abc123-f1')
})

it('a confirmation shows everything that a plan can make happen', () => {
  const shown = renderWholePlan(planOf({ thenTask: 'Read ![x](y).', runTasks: true, requireFiles: ['a.json'] }), 'T*', [
    'This is WSL.',
  ])
  for (const part of [
    '“T\\*”',
    '```text\n│ make\n│ `x`\n\n```',
    'Read ![x](y).',
    'a.json',
    'PYTHONUNBUFFERED=1',
    'This is WSL\\.',
  ])
    expect(shown).toContain(part)
})
