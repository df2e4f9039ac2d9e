import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { writeStepLog } from '../../../src/supervisor/steps/stepLog'
import { PlayedSteps } from '../../support/playedSteps'

test('a log that can be neither read nor written is no reason to try for ever: it is told, and the run goes on', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-step-log-'))
  onTestFinished(() => fs.rmSync(folder, { recursive: true }))
  const log = path.join(folder, '.task_execution.log')
  const played = new PlayedSteps('step_1_s:\n  main: {script: run.sh, timeout: 60}\n')
  played.record({ type: 'step_begun', item: 0 })
  const run = { ...played.run, spec: { ...played.spec, folder } }
  const refused = { type: 'logged', count: 1, problem: expect.stringContaining('.task_execution.log') as string }
  fs.mkdirSync(log)
  expect(await writeStepLog(run)).toEqual([refused])
  fs.rmdirSync(log)
  execFileSync('mkfifo', [log])
  expect(await writeStepLog(run)).toEqual([refused])
  fs.rmSync(log)
  expect(await writeStepLog(run)).toEqual([{ type: 'logged', count: 1, problem: null }])
  expect(fs.readFileSync(log, 'utf8')).toContain('"STARTED"')
})
