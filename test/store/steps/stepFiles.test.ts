// The log and SPEC.md as files: of any size, appended to by many, edited without touching anything else.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type LogEntry, renderLogLine } from '../../../src/core/steps/executionLog'
import { appendLogEntry, ExecutionLogFile, readTaskLines } from '../../../src/store/steps/executionLogFile'
import { markStepInFile } from '../../../src/store/steps/markStepInFile'

let folder: string
let file: string
beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'relay-steps-')))
  file = path.join(folder, '.task_execution.log')
})
afterEach(() => fs.rmSync(folder, { recursive: true }))

const entry = (step: number, status: LogEntry['status'], more: Partial<LogEntry> = {}): LogEntry => ({
  taskId: `task_${step}_a2b3c4d5`,
  step,
  timestamp: '2026-11-28T09:15:02Z',
  status,
  ...more,
})

test('what is appended is read once, behind foreign and unfinished lines, also when the log is replaced', async () => {
  fs.writeFileSync(file, 'Step 1 complete\n{"task_id":"task_1_')
  const log = new ExecutionLogFile(file)
  appendLogEntry(file, folder, entry(1, 'STARTED'))
  expect(await log.refresh()).toBeNull()
  expect(log.steps.get(1)?.state).toBe('running')
  appendLogEntry(file, folder, entry(1, 'FAILED', { phase: 'MAIN', name: 'main' }))
  appendLogEntry(file, folder, entry(1, 'COMPLETED'))
  expect(await log.refresh()).toBeNull()
  expect(log.steps.get(1)?.state).toBe('completed')
  expect(fs.readFileSync(file, 'utf8').split('\n')[1]).toBe('{"task_id":"task_1_')

  const lines: string[] = []
  await readTaskLines(file, 'task_1_a2b3c4d5', (line) => lines.push(line))
  expect(lines.map((line) => (JSON.parse(line) as { status: string }).status)).toEqual([
    'STARTED',
    'FAILED',
    'COMPLETED',
  ])

  fs.writeFileSync(file, '')
  appendLogEntry(file, folder, entry(2, 'STARTED'))
  await log.refresh()
  expect([...log.steps.keys()]).toEqual([2])
  fs.rmSync(file)
  await log.refresh()
  expect(log.steps.size).toBe(0)
})

test('lines across pieces, and lines that are far too long, hide no entry', async () => {
  const long = 'x'.repeat(3 * 1024 * 1024)
  appendLogEntry(file, folder, entry(1, 'COMPLETED'))
  fs.appendFileSync(
    file,
    `${long}\n${JSON.stringify({ task_id: 'task_9_a2b3c4d5', step: 9, status: 'COMPLETED', long })}\n`,
  )
  fs.appendFileSync(file, `{"n":"${'é'.repeat(70)}"}\n`.repeat(20_000))
  appendLogEntry(file, folder, entry(2, 'COMPLETED'))
  const log = new ExecutionLogFile(file)
  await log.refresh()
  expect([...log.steps.keys()]).toEqual([1, 2])
})

test('a log that is written anew in its place is not taken for one that grew', async () => {
  const log = new ExecutionLogFile(file)
  const write = (...entries: readonly LogEntry[]) =>
    fs.writeFileSync(file, entries.map((each) => `${renderLogLine(each)}\n`).join(''))
  write(entry(1, 'COMPLETED'))
  await log.refresh()
  write(entry(2, 'COMPLETED'), entry(3, 'COMPLETED'))
  await log.refresh()
  expect([...log.steps.keys()], 'longer than it was').toEqual([2, 3])
  write(entry(4, 'COMPLETED'), entry(3, 'COMPLETED'))
  fs.utimesSync(file, 1, 1)
  await log.refresh()
  expect([...log.steps.keys()], 'as long, with the same end').toEqual([4, 3])
  appendLogEntry(file, folder, entry(5, 'COMPLETED'))
  await log.refresh()
  expect([...log.steps.keys()], 'grown').toEqual([4, 3, 5])
})

test('a log that is a link out of the workspace, or a folder, is left alone with a reason', async () => {
  fs.mkdirSync(file)
  expect(await new ExecutionLogFile(file).refresh()).toMatch(/it is a directory/)
  expect(() => appendLogEntry(file, folder, entry(1, 'STARTED'))).toThrow(/Cannot append/)
  fs.rmdirSync(file)
  fs.symlinkSync(path.join(os.tmpdir(), 'nobody-has-this.log'), file)
  expect(() => appendLogEntry(file, folder, entry(1, 'STARTED'))).toThrow(/leads out of the workspace|Cannot append/)
})

test('SPEC.md is marked in its file, byte for byte the same elsewhere', () => {
  const spec = path.join(folder, 'SPEC.md')
  const edit = {
    kind: 'mark_step',
    step: 2,
    title: 'Data',
    outcome: 'ticked',
    taskId: 'task_2_a2b3c4d5',
    at: '2026-11-28 09:15:02',
    text: '',
  } as const
  fs.writeFileSync(spec, '\uFEFF# Plän\r\n- [ ] **STEP 2**: Data\r\nmixed\nend')
  expect(markStepInFile(spec, folder, edit)).toBeNull()
  const after = '\uFEFF# Plän\r\n- [x] **STEP 2**: ✓ [2026-11-28 09:15:02] Data (task_2_a2b3c4d5)\r\nmixed\nend'
  expect(fs.readFileSync(spec, 'utf8')).toBe(after)
  const { mtimeMs } = fs.statSync(spec)
  expect(markStepInFile(spec, folder, edit)).toBeNull()
  expect(fs.statSync(spec).mtimeMs).toBe(mtimeMs)

  const latin = Buffer.concat([Buffer.from('- [ ] STEP 2: Data'), Buffer.from([0xe9, 0x0a])])
  fs.writeFileSync(spec, latin)
  expect(() => markStepInFile(spec, folder, edit)).toThrow('not in UTF-8')
  expect(fs.readFileSync(spec).equals(latin)).toBe(true)
  fs.rmSync(spec)
  expect(markStepInFile(spec, folder, edit)).toMatch(/^STEP 2 \(Data\) is not in the document any more/)
  expect(fs.existsSync(spec)).toBe(false)
})

test('several processes append at the same time, and no line is torn', async () => {
  const one = JSON.stringify({ task_id: 'task_7_a2b3c4d5', step: 7, status: 'PASSED', output: 'y'.repeat(3_000) })
  const code = `const fs=require('fs');for(let i=0;i<200;i++)fs.appendFileSync(${JSON.stringify(file)},${JSON.stringify(one)}+'\\n')`
  const others = [1, 2].map(() => new Promise((resolve) => spawn(process.execPath, ['-e', code]).once('exit', resolve)))
  for (let at = 0; at < 200; at++) appendLogEntry(file, folder, entry(8, 'PASSED', { output: 'z'.repeat(1_900) }))
  await Promise.all(others)
  // Between two lines there may be an empty one: whoever came when the other had begun took its line for a cut one.
  const lines = fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  expect(lines.map((line) => (JSON.parse(line) as { step: number }).step).filter((step) => step === 8)).toHaveLength(
    200,
  )
  expect(lines).toHaveLength(600)
})
