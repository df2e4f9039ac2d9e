import { expect, test } from 'vitest'
import { countFailures } from '../../../src/core/jobs/countFailures'
import { initialJob, type Job, reduce } from '../../../src/core/jobs/job'
import { jobIdSchema } from '../../../src/core/jobs/jobId'
import { isCheckOfStep, type Origin } from '../../../src/core/jobs/spec'
import { qualityOfChunk } from '../../../src/core/steps/qualityOfChunk'
import { approved, exited, intended, jobId, launched, specOf } from '../../support/jobs'

const ofStep = (phase: string, name: string, taskId = 'task_1_00000001'): Origin => ({
  ...{ kind: 'step', run: jobId, step: 1, taskId, phase, name },
})

function failed(name: string, origin: Origin = specOf().origin): Job {
  const spec = { ...specOf({ followUp: null }), id: jobIdSchema.parse(`20261120-125124-${name}`), origin }
  const reason = { reason: 'Exit 1.', files: [], answer: null, followUp: null }
  const events = [approved, intended, launched, exited(1)] as const
  return [...events, { type: 'ended' as const, attempt: 1, outcome: 'failed' as const, ...reason }].reduce(
    (job, event, index) => reduce(job, { atMs: 2000 + index * 1000, event }),
    initialJob(spec),
  )
}

test('what failed of one step is one failure, and another step or job is another', () => {
  const jobs = [
    ...['one', 'two', 'three'].map((name) => failed(name, ofStep('PRE-FLIGHT', name))),
    failed('main', ofStep('MAIN', 'main')),
    failed('other', ofStep('POST-VALIDATION', 'after', 'task_2_00000002')),
    failed('look', ofStep('BACKGROUND', 'a look of a monitor', 'task_3_00000003')),
    failed('own'),
  ]
  expect(countFailures(jobs, 0)).toBe(3)
  expect(countFailures(jobs, Number.MAX_SAFE_INTEGER)).toBe(0)
})

test('a check of a step is all that is not its work: checks before and after, the test, looks, and the quality of a chunk', () => {
  const checks = [
    ...['PRE-FLIGHT', 'TEST', 'POST-VALIDATION', 'BACKGROUND'].map((phase) => ofStep(phase, 'main')),
    ofStep('MAIN', qualityOfChunk(2)),
  ]
  const others = [ofStep('MAIN', 'main'), ofStep('MAIN', 'chunk 2 of 3 (900)'), specOf().origin]
  expect(checks.map(isCheckOfStep)).toEqual([true, true, true, true, true])
  expect(others.map(isCheckOfStep)).toEqual([false, false, false])
})
