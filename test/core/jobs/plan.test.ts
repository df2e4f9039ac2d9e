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

test('a field whose behaviour does not exist yet is refused with a sentence', () => {
  expect(planJob({ type: 'job_start', command: 'x', watch: { long: true } }, '/w')).toMatchObject({
    refusals: [expect.stringContaining('watch.long')],
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
