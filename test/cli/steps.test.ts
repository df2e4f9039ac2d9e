// relay steps, as people and scripts use it: it shows and runs nothing.
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, test } from 'vitest'
import { definitions } from '../core/steps/seed'
import { Relay } from '../support/relay'

let relay: Relay
const write = (name: string, text: string) => {
  const file = path.join(relay.workspace, name)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
}
const entry = (step: number, status: string, id: string) =>
  `${JSON.stringify({ task_id: id, step, timestamp: '2026-11-28T09:15:02', status })}\n`
beforeAll(() => {
  relay = new Relay()
  write('.claude/tasks/step_definitions.yaml', definitions)
  write('.claude/agents/AGENT.md', '# Agent\n')
  write('SPEC.md', '- [x] **STEP 1**: Set the API up\n- [ ] **STEP 13**: Train\n- [ ] **STEP 14**: Report\n')
  write(
    '.task_execution.log',
    `Step 0 by hand\n${entry(1, 'STARTED', 'task_1_a2b3c4d5')}${entry(1, 'FAILED', 'task_1_a2b3c4d5')}${entry(13, 'STARTED', 'task_13_00000001')}`,
  )
})
afterAll(() => relay.dispose())
const steps = (...words: string[]) => relay.run(['steps', ...words])

test('check tells what is wrong with definitions and SPEC.md, by line and column, and exits with 1 for errors', async ({
  expect,
}) => {
  const { exitCode, stdout } = await steps('check')
  expect(exitCode).toBe(1)
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(
      /^\.claude\/tasks\/step_definitions\.yaml:6:16: warning: This prints TINKER_API_KEY, .* \[secret-printed\]$/,
    ),
    expect.stringMatching(/^\S+:20:14: error: There is no skill "tinker-api": .* \[skill-missing\]$/),
    expect.stringMatching(/^\S+:22:13: warning: "01_test_auth.py" is not in the workspace\. .* \[script-missing\]$/),
    expect.stringMatching(/^\S+:\d+:14: error: There is no skill/),
    expect.stringMatching(/^\S+:\d+:13: warning: "06_train_student_model.py"/),
    expect.stringMatching(
      /^SPEC\.md:1:9: warning: STEP 1 is ticked, .*failed on 2026-11-28 09:15\)\. \[ticked-not-completed\]$/,
    ),
    '2 steps are defined, 3 in SPEC.md, 2 errors',
  ])
  write('other.yaml', 'step_1:\n  main: 3\n')
  const { stdout: json } = await steps('check', 'other.yaml', '--json')
  expect(JSON.parse(json)).toMatchObject({
    steps: [{ step: 1, key: 'step_1', definition: null }],
    findings: [{ file: 'other.yaml', code: 'wrong-type', severity: 'error', line: 2, column: 9, endColumn: 10 }],
  })
})

test('list tells where each step stands, with its task id', async ({ expect }) => {
  const { exitCode, stdout } = await steps('list')
  expect(exitCode).toBe(0)
  expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual([
    '✓ done        1  task_1_a2b3c4d5       Set the API up',
    '▶ running    13  task_13_00000001      Train',
    '· open       14                        Report  not defined',
  ])
  const { stdout: json } = await steps('list', '--json')
  expect(JSON.parse(json)).toMatchObject([
    { step: 1, state: 'done', key: 'step_1_setup_api' },
    { step: 13 },
    { key: null },
  ])
})

test('show tells everything that a step would run, and that it does not run', async ({ expect }) => {
  const { exitCode, stdout } = await steps('show', '1')
  expect(exitCode).toBe(0)
  for (const text of [
    'echo $TINKER_API_KEY | head -c 10',
    'FIRST run a test with minimal data',
    'Script to run: 01_test_auth.py',
  ])
    expect(stdout).toContain(text)
  expect(stdout).toMatch(/Blocked +The skill tinker-api is not there/)
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('Shown only. To run it: relay steps run 1')
  expect(await steps('show', '14')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('Step 14 is not defined in .claude/tasks/step_definitions.yaml') as string,
  })
})

test('log prints the lines of one task as grep does', async ({ expect }) => {
  const { exitCode, stdout } = await steps('log', 'task_1_a2b3c4d5')
  expect([exitCode, `${stdout.trimEnd()}\n`]).toEqual([
    0,
    entry(1, 'STARTED', 'task_1_a2b3c4d5') + entry(1, 'FAILED', 'task_1_a2b3c4d5'),
  ])
  expect((await steps('log', 'task_9_00000000')).exitCode).toBe(1)
  expect((await steps('log', 'x')).exitCode).toBe(2)
})
