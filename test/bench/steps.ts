// Steps as a machine has them that has been used for years: ten thousand of them, and a log of 500 MB.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { renderLogLine } from '../../src/core/steps/executionLog'
import { parseDefinitions } from '../../src/core/steps/parseDefinitions'
import { readSpec } from '../../src/core/steps/specDocument'
import { stepStates } from '../../src/core/steps/stepStates'
import { appendLogEntry, ExecutionLogFile, readTaskLines } from '../../src/store/steps/executionLogFile'
import { markStepInFile } from '../../src/store/steps/markStepInFile'
import { planSteps } from '../../src/store/steps/planSteps'
import type { Bench } from './support/benchmark'
import { mb, median, ms, timed, times } from './support/samples'

export async function run(bench: Bench): Promise<void> {
  const steps = bench.count(10_000, 1_000)
  const logBytes = bench.count(500e6, 20e6)
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'steps-')))
  const specFile = path.join(folder, 'SPEC.md')
  const log = path.join(folder, '.task_execution.log')
  const numbers = Array.from({ length: steps }, (_, at) => at + 1)
  const spec = numbers.map((step) => `- [ ] **STEP ${step}**: Title of step ${step}`).join('\n')
  fs.writeFileSync(specFile, `${spec}\n`)
  const definitions = numbers
    .map(
      (step) =>
        `step_${step}_s:\n  pre_flight:\n    - {task: a, command: "true"}\n  main: {script: run.sh, timeout: 60}\n`,
    )
    .join('')
  writeLog(log, steps, logBytes)
  const taskId = 'task_77_00000077'

  const planned = await timed(() => planSteps([77], { definitions, spec, definitionsFile: 'd' }, context(folder)))
  const marked: number[] = []
  for (const step of [1, Math.floor(steps / 2), steps])
    marked.push(
      await timed(() =>
        markStepInFile(specFile, folder, {
          ...{ kind: 'mark_step', step, title: `Title of step ${step}`, outcome: 'ticked' },
          ...{ taskId: `task_${step}_0000abcd`, at: '2026-11-28 09:15:02', text: 'loss 0.1' },
        }),
      ),
    )
  const reader = new ExecutionLogFile(log)
  const rssBefore = process.memoryUsage.rss()
  const first = await timed(() => reader.refresh())
  const entry = { taskId, step: 77, timestamp: '2026-11-28T09:15:02.000Z', status: 'COMPLETED' } as const
  const appended = [
    await timed(() => appendLogEntry(log, folder, entry)),
    await timed(() => appendLogEntry(log, folder, entry)),
  ]
  const again = await timed(() => reader.refresh())
  const grown = process.memoryUsage.rss() - rssBefore
  let lines = 0
  const task = await timed(() => readTaskLines(log, taskId, () => lines++))
  const grep = await timed(() => execFileSync('grep', ['-c', taskId, log]))
  const states = await timed(() => stepStates(readSpec(spec), parseDefinitions(definitions).steps, reader.steps))
  fs.rmSync(folder, { recursive: true, force: true })

  bench.table([
    [`${steps} steps, ${logBytes / 1e6} MB of log`, 'time'],
    ['the plan of one step, from its files', ms(planned)],
    ['the line of one step in SPEC.md', ms(median(marked))],
    ['all states, for a list', ms(states)],
    ['the log, read for the first time', ms(first)],
    ['one entry appended', ms(median(appended))],
    ['the log, read again', ms(again)],
    ['the lines of one task', ms(task)],
    ['grep of the same', ms(grep)],
  ])
  bench.print(`${lines} lines of the task; memory grew by ${mb(grown)}`)
  const isRight = reader.steps.get(77)?.state === 'completed'
  bench.aim({
    aim: `a log of ${logBytes / 1e6} MB is read in ≤ 5 s, and then again in ≤ 50 ms`,
    measured: `${ms(first)}, ${ms(again)}`,
    ratio: `${times(task / grep)} grep`,
    reached: isRight && first <= 5000 && again <= 50,
  })
  bench.aim({
    aim: `a step of ${steps} is ticked in ≤ 200 ms`,
    measured: ms(median(marked)),
    ratio: '',
    reached: median(marked) <= 200,
  })
}

/** As runs leave it: most lines are of acts. */
function writeLog(file: string, steps: number, bytes: number): void {
  const fd = fs.openSync(file, 'w')
  const output = 'epoch 1 loss 0.5\n'.repeat(20)
  for (let written = 0, run = 0; written < bytes; run++) {
    const step = (run % steps) + 1
    const common = {
      taskId: `task_${step}_${run.toString(16).padStart(8, '0')}`,
      step,
      timestamp: '2026-11-28T09:15:02.000Z',
    }
    const act = {
      ...common,
      status: 'PASSED',
      phase: 'MAIN',
      name: 'main',
      command: 'bash run.sh',
      exit: 0,
      output,
    } as const
    const text = [
      renderLogLine({ ...common, status: 'STARTED' }),
      ...Array.from({ length: 8 }, () => renderLogLine(act)),
      renderLogLine({ ...common, status: 'COMPLETED' }),
    ].join('')
    written += fs.writeSync(fd, text)
  }
  fs.closeSync(fd)
}

function context(cwd: string): Parameters<typeof planSteps>[2] {
  return {
    cwd,
    documents: { spec: 'SPEC.md', log: '.task_execution.log' },
    workspace: { agents: [], skills: [], isFile: () => true },
    ...{ worker: null, reader: null, directScripts: false, defaultSkills: [], mandatorySkills: [], monitorSec: 60 },
  }
}
