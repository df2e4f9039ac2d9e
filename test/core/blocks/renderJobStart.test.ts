import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseBlocks } from '../../../src/core/blocks/parseBlocks'
import { renderJobStart } from '../../../src/core/blocks/renderJobStart'
import { startableAction } from '../../../src/core/blocks/startableAction'
import { jobIdSchema } from '../../../src/core/jobs/jobId'
import { type Plan, planJob } from '../../../src/core/jobs/plan'

const text = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9][ -;=?-~]{0,40}$/),
  fc.constantFrom('echo "[[/relay-actions]]"', 'echo [[[[relay-actions]]'),
)
const checks = fc.oneof(
  fc.record({ type: fc.constant('path_exists' as const), path: fc.constantFrom('train.py', 'data/a b.csv') }),
  fc.record({ type: fc.constant('cmd_exit_zero' as const), cmd: text, timeoutSec: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ type: fc.constant('min_free_disk_gb' as const), gb: fc.integer({ min: 1, max: 9 }) }),
)
const watch = fc.record(
  {
    everySec: fc.integer({ min: 1, max: 400 }),
    requireFiles: fc.uniqueArray(fc.constantFrom('a.json', 'b/c.log'), { maxLength: 2 }),
    onMissing: fc.constantFrom('block' as const, 'enqueue' as const),
    thenTask: text,
    runTasks: fc.boolean(),
    long: fc.boolean(),
    staleSec: fc.integer({ min: 0, max: 4000 }),
    alertOn: fc.uniqueArray(fc.constantFrom('NaN', 'Traceback', '[[x]]'), { maxLength: 2 }),
  },
  { requiredKeys: [] },
)

const queue = fc.record(
  {
    group: fc.constantFrom('gpu', 'A.b-c'),
    scope: fc.constantFrom('folder' as const, 'host' as const),
    after: fc.uniqueArray(fc.constantFrom('20261120-125124-k3x9qa', '20261120-125125-k3x9qb'), { maxLength: 2 }),
    afterOutcome: fc.constantFrom('succeeded' as const, 'ended' as const),
  },
  { requiredKeys: [] },
)
const findJob = (id: string) => ({ id: jobIdSchema.parse(id) })

/** The plan that a block asks for. */
function planOf(blockText: string): Plan {
  const [block] = parseBlocks(blockText).blocks
  if (block === undefined) throw new Error(`there is no block in ${blockText}`)
  const result = planJob(startableAction(block), '/space', { findJob })
  if ('refusals' in result) throw new Error(result.refusals.join(' '))
  return result.plan
}

describe('a block made from a plan', () => {
  test('asks for exactly that plan', () => {
    fc.assert(
      fc.property(
        text,
        fc.array(checks, { maxLength: 3 }),
        fc.constantFrom('reject' as const, 'warn' as const),
        watch,
        queue,
        (command, preflightChecks, onFail, fields, waits) => {
          const preflight = { checks: preflightChecks, onFail }
          const action = { type: 'job_start' as const, command, preflight, watch: fields, queue: waits }
          const result = planJob(action, '/space', { findJob })
          if ('refusals' in result) throw new Error('refused')
          const block = renderJobStart(result.plan, 'About', '/space')
          expect(block === null ? null : planOf(block)).toEqual(result.plan)
        },
      ),
    )
  })

  test('asks for the same stages', () => {
    const file = fc.constantFrom('smoke.json', 'out/full.json', 'x.log')
    const supervisor = fc.record(
      {
        runId: fc.constantFrom('r1', 'r 2'),
        stateFile: fc.constantFrom('exp/state.json', 'state.json'),
        smokeCmd: text,
        fullCmd: text,
        smokeRequiredFiles: fc.uniqueArray(file, { minLength: 1, maxLength: 2 }),
        fullRequiredFiles: fc.uniqueArray(file, { minLength: 1, maxLength: 2 }),
        cwd: fc.constantFrom('.', 'sub', '/space/sub/deep'),
        projectRoot: fc.constantFrom('.', '/space', 'sub'),
        cleanupSmokePolicy: fc.constantFrom('keep_all' as const, 'keep_manifest_only' as const),
        readyTimeoutSec: fc.integer({ min: 10, max: 4000 }),
        readyPollSec: fc.integer({ min: 1, max: 60 }),
        onMissing: fc.constantFrom('block' as const, 'enqueue' as const),
      },
      { requiredKeys: ['runId', 'stateFile', 'smokeCmd', 'fullCmd'] },
    )
    fc.assert(
      fc.property(supervisor, watch, (asked, fields) => {
        const result = planJob({ type: 'job_start', supervisor: asked, watch: fields }, '/space')
        if ('refusals' in result) throw new Error(result.refusals.join(' '))
        const block = renderJobStart(result.plan, null, '/space')
        expect(block === null ? null : planOf(block)).toEqual(result.plan)
      }),
    )
  })

  test('leaves out what the defaults say', () => {
    const result = planJob({ type: 'job_start', command: 'make' }, '/space')
    if ('refusals' in result) throw new Error('refused')
    expect(renderJobStart(result.plan, null, '/space')).toBe(
      '[[relay-actions]]\n{\n  "actions": [\n    {\n      "type": "job_start",\n      "command": "make"\n    }\n  ]\n}\n[[/relay-actions]]\n',
    )
  })

  test('is not to be had for the work of an agent', () => {
    const result = planJob({ type: 'job_start', command: 'make' }, '/space')
    if ('refusals' in result) throw new Error('refused')
    const work = {
      kind: 'agent' as const,
      agent: { kind: 'builtin' as const },
      task: 'Analyze.',
      about: { jobId: '20261120-125124-k3x9qa' as never, attempt: 1 },
    }
    expect(renderJobStart({ ...result.plan, work }, null, '/space')).toBeNull()
  })
})
