import { expect, test } from 'vitest'
import { canonicalPlan, planFollowUp, planJob } from '../../../src/core/jobs/plan'
import { renderPlan } from '../../../src/core/jobs/renderPlan'
import { jobId, plan } from '../../support/jobs'

test('defaults are those of the contract', () => {
  const result = planJob({ type: 'job_start', command: 'x' }, '/w')
  expect(result).toMatchObject({
    plan: {
      watch: {
        everySec: 300,
        tailLines: 30,
        readyTimeoutSec: 900,
        readyPollSec: 15,
        onMissing: 'block',
        requireFiles: [],
      },
      preflight: { checks: [], onFail: 'reject' },
      followUp: null,
    },
  })
})

test('a follow-up runs by itself only if the block says so', () => {
  const planned = planJob({ type: 'job_start', command: 'x', watch: { thenTask: 't' } }, '/w')
  expect(planned).toMatchObject({ plan: { followUp: { run: false } } })
})

test('how it is watched is in the plan, and is not where nothing is said', () => {
  const watched = { long: true, staleSec: 60, alertOn: ['NaN'] }
  expect(planJob({ type: 'job_start', command: 'x', watch: watched }, '/w')).toMatchObject({ plan: { watch: watched } })
  const silent = planJob({ type: 'job_start', command: 'x', watch: { long: false } }, '/w')
  const names = 'plan' in silent ? Object.keys(silent.plan.watch) : []
  expect(names.filter((name) => ['long', 'staleSec', 'alertOn'].includes(name))).toEqual([])
  const chosen = planJob({ type: 'job_start', command: 'x', watch: { staleSec: 0 } }, '/w', {
    staleSec: 7,
    alertOn: ['mine'],
  })
  expect(chosen).toMatchObject({ plan: { watch: { staleSec: 0, alertOn: ['mine'] } } })
})

const gate = { runId: 'r1', stateFile: 'exp/r1/state.json', smokeCmd: 'smoke', fullCmd: 'full' }

test('a smoke command and a full one are a stage and the work, told whole', () => {
  const result = planJob(
    {
      type: 'job_start',
      supervisor: { ...gate, cwd: 'sub', smokeRequiredFiles: ['s.json'], fullRequiredFiles: ['f.json', '../exp/r1/x'] },
      watch: { requireFiles: ['f.json', 'more.log'], readyTimeoutSec: 300 },
    },
    '/w',
  )
  if ('refusals' in result) throw new Error(result.refusals.join(' '))
  expect(result.plan).toMatchObject({
    cwd: '/w/sub',
    work: { command: 'full' },
    stages: [{ name: 'smoke', command: 'smoke', requireFiles: ['s.json'], readyTimeoutSec: 60, timeLimitSec: null }],
    watch: { requireFiles: ['f.json', '../exp/r1/x', 'more.log'], readyTimeoutSec: 300 },
    runState: { runId: 'r1', file: 'exp/r1/state.json' },
  })
  const told = renderPlan(result.plan).map(({ label, value }) => `${label}: ${value}`)
  expect(told.slice(0, 4)).toEqual([
    'Stage 1: smoke',
    '1 must: end with 0, and have written its files at most 60 s later; otherwise nothing that follows is run',
    '1 must write: s.json',
    'Command: full',
  ])
  expect(told.join('\n')).toMatch(/State file: .*no other file is changed or deleted: exp\/r1\/state\.json/)
})

test('the state file is never waited for: it is written when all else is there', () => {
  const supervisor = { ...gate, cwd: '/w', fullRequiredFiles: ['./exp/r1/state.json', 'f.json'] }
  expect(planJob({ type: 'job_start', supervisor }, '/w')).toMatchObject({
    plan: { cwd: '/w', watch: { requireFiles: ['f.json'] } },
  })
})

test.each([
  ['a directory outside', { cwd: '../x' }],
  ['a root outside', { projectRoot: '/' }],
  ['a state file outside', { stateFile: '/etc/state.json' }],
  ['a file outside', { smokeRequiredFiles: ['../../f'] }],
  ['a status that no good end has', { expectStatus: 'completed' }],
])('%s is refused with a sentence', (_what, more) => {
  expect(planJob({ type: 'job_start', supervisor: { ...gate, ...more } }, '/w')).toMatchObject({
    refusals: [expect.stringMatching(/supervisor/)],
  })
})

test('the canonical text does not depend on the order of keys, and changes with everything that can happen', () => {
  const { cwd, ...rest } = plan
  expect(canonicalPlan({ ...rest, cwd })).toBe(canonicalPlan({ cwd, ...rest }))
  const changes = [
    { cwd: '/elsewhere' },
    { env: { A: '1' } },
    { work: { kind: 'command' as const, command: 'rm' } },
    { preflight: { checks: [{ type: 'cmd_exit_zero' as const, cmd: 'x' }], onFail: 'reject' as const } },
    { followUp: null },
    { timeLimitSec: 5 },
  ]
  const texts = [plan, ...changes.map((change) => ({ ...plan, ...change }))].map(canonicalPlan)
  expect(new Set(texts).size).toBe(texts.length)
})

test('a follow-up has no follow-up of its own and a time limit', () => {
  expect(planFollowUp(plan, { jobId, attempt: 1 })).toMatchObject({
    followUp: null,
    work: { kind: 'agent', task: 'Analyze.' },
  })
  expect(planFollowUp({ ...plan, followUp: null }, { jobId, attempt: 1 })).toBeNull()
})

test('what is approved is shown whole, with invisible characters made visible', () => {
  const text = renderPlan({ ...plan, work: { kind: 'command', command: 'a\u202eb' } })
    .map(({ label, value }) => `${label}: ${value}`)
    .join('\n')
  expect(text).toContain('Command: a\\u{202e}b')
  expect(text).toContain('Follow-up: Analyze.')
  expect(text).toContain('Directory: /projects/space')
})
