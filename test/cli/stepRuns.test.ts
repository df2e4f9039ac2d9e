// relay steps run, as people use it: a workspace of five steps from its definitions to a ticked SPEC.md, with real processes.
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { readSpec } from '../../src/core/steps/specDocument'
import { eventually } from '../support/eventually'
import { Relay } from '../support/relay'

// Each runs the command several times, and waits for what goes on behind it.
vi.setConfig({ testTimeout: 60_000 })

let relay: Relay
const fileOf = (name: string) => path.join(relay.workspace, name)
const write = (name: string, text: string) => {
  fs.mkdirSync(path.dirname(fileOf(name)), { recursive: true })
  fs.writeFileSync(fileOf(name), text)
}
const read = (name: string) => fs.readFileSync(fileOf(name), 'utf8')
const steps = (...words: string[]) => relay.run(['steps', ...words])
const boxes = () =>
  readSpec(read('SPEC.md')).map(({ number, state, note }) => `${number} ${state} ${note?.outcome ?? ''}`)
const entries = () =>
  read('.task_execution.log')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

beforeEach(() => {
  relay = new Relay()
})
afterEach(() => relay.dispose())

const fiveSteps = `step_1_data:
  pre_flight:
    - {task: python_is_there, command: "echo Python found"}
    - {task: disk_is_there, command: "test -d .", parallel: false}
  test: "echo Test passed with 2 examples"
  main:
    objective: Prepare the data
    script: prepare.sh
    timeout: 60
    success_criteria: ["Data prepared"]
    required_files: [data.txt]
  post_validation:
    - {task: twenty_lines, command: "test $(wc -l < data.txt) = 20"}
step_2_train:
  main:
    script: train.sh
    mode: background
    timeout: 30
    success_criteria: ["Training started", "First checkpoint saved"]
    required_files: [metrics.json]
  background:
    - {task: watch_loss, command: "tail -n 1 loss.txt", interval: 1, alert_on: "nan"}
    - {task: checkpoints, command: "ls checkpoints", interval: 1}
step_3_generate:
  main:
    script: generate.sh
    mode: chunked
    chunks: [{size: 2}, {size: 5}]
    checkpoint_every: 2
    quality: "test $(wc -l < made.txt) -ge $RELAY_CHUNK_SIZE"
step_4_evaluate:
  main: {script: evaluate.sh, timeout: 60, retries: 1}
step_5_report:
  main: {script: "cat made.txt loss.txt > report.md; echo Report written", timeout: 60, required_files: [report.md]}
`

function makeWorkspace(): void {
  write('.claude/tasks/step_definitions.yaml', fiveSteps)
  write(
    'SPEC.md',
    `# Plan\r\n\r\n${['Data', 'Train', 'Generate', 'Evaluate', 'Report'].map((title, at) => `- [ ] **STEP ${at + 1}**: ${title}`).join('\r\n')}\r\n`,
  )
  write('prepare.sh', 'seq 1 20 > data.txt; echo Data prepared\n')
  write(
    'train.sh',
    'mkdir -p checkpoints; echo Training started; touch checkpoints/1; echo First checkpoint saved; echo loss 0.5 > loss.txt; sleep 2; echo loss nan >> loss.txt; while ! test -e stop-training; do sleep 0.1; done; echo loss 0.2 >> loss.txt; echo \'{"loss": 0.2}\' > metrics.json\n',
  )
  write(
    'generate.sh',
    'echo "$RELAY_CHUNK_INDEX/$RELAY_CHUNK_COUNT from $RELAY_CHUNK_OFFSET every $RELAY_CHECKPOINT_EVERY" >> chunks.txt; for i in $(seq $RELAY_CHUNK_SIZE); do echo $i >> made.txt; done\n',
  )
  // The first time it fails.
  write(
    'evaluate.sh',
    'if test -e evaluated; then echo accuracy 0.9; else touch evaluated; echo no model; exit 1; fi\n',
  )
}

test('five steps run from the words of the format, one in the background, to a SPEC.md that says it', async () => {
  makeWorkspace()
  const { exitCode, stdout, stderr } = await relay.run(['/do-tasks-v2', '--step', '1-5', '--yes'])
  expect(stderr).toContain('It goes on by itself: relay steps monitor')
  expect(exitCode).toBe(0)
  const shown = stdout.replace(/task_(\d+)_[0-9a-f]{8}/g, 'task_$1').replace(/\d+s\b/g, '0s')
  expect(shown).toContain(`[TASK ID] Generated: task_1

[PRE] ✓ Python found (0s) - logged
[PRE] ✓ disk is there (0s) - logged

[TEST] Running minimal test first...
[TEST] ✓ Test passed with 2 examples

[MAIN] Executing: Prepare the data...
[MAIN] ✓ Data prepared (0s)
[MAIN] All outputs logged with ID: task_1

[POST] ✓ twenty lines (0s) - logged

[SPEC] ✓ Updated SPEC.md - Step 1 marked complete
       Added task_id: task_1 for log searching

Step 1 complete in 0s. Ready for step 2.

To view logs: grep "task_1" .task_execution.log
`)
  expect(shown).toContain('[MAIN] ✓ First checkpoint saved; it goes on in the background')
  expect(shown).toContain('[SPEC] ✓ Updated SPEC.md - Step 2 marked started')
  expect(shown).toContain('[MAIN] ↻ main: try 2 of 2: Exit 1.')
  expect(shown).toContain('Step 5 complete in 0s.\n')
  expect(read('chunks.txt')).toBe('1/2 from 0 every 2\n2/2 from 2 every 2\n')
  expect(boxes()).toEqual([
    '1 ticked ticked',
    '2 open started',
    '3 ticked ticked',
    '4 ticked ticked',
    '5 ticked ticked',
  ])

  await eventually(() => entries().some(({ status }) => status === 'ALERT'), 20_000)
  const monitored = await relay.run(['do-tasks-v2', '--monitor'])
  expect(monitored.stdout).toMatch(
    /Step 2 \(task_2_\w+\): in the background for \ds\n {2}watch_loss: loss nan .*\n.*! loss nan\n {2}checkpoints: 1 /,
  )
  // Nothing but its own line is changed, although a person writes there meanwhile.
  const byHand = read('SPEC.md').replace('# Plan', '# My plan').replace('Train ', 'Train it well ')
  fs.writeFileSync(fileOf('SPEC.md'), byHand)
  write('stop-training', '')
  await eventually(() => boxes()[1] === '2 ticked ticked', 20_000)
  const spec = read('SPEC.md')
  expect(spec).toMatch(/^# My plan\r\n\r\n/)
  expect(spec).toMatch(/STEP 2\*\*: ✓ \[[-\d]+ [:\d]+\] Train it well \(task_2_[0-9a-f]{8}: loss 0\.2\)\r\n/)
  await eventually(async () => (await steps('monitor')).stdout.startsWith('Nothing runs in the background'))
  const log = entries()
  expect(log.filter(({ status, phase }) => status === 'COMPLETED' && phase === undefined)).toHaveLength(5)
  expect(log[0]).toEqual({
    task_id: log[0]?.['task_id'],
    step: 1,
    timestamp: expect.any(String) as string,
    status: 'STARTED',
  })
  const check = await steps('check')
  expect(check.stdout).toMatch(/5 steps are defined, 5 in SPEC\.md, no errors$/)
})

test('a range stops at a failure; retry does its phase again, and the rest; nothing that passed is done twice', async () => {
  makeWorkspace()
  write('.claude/tasks/step_definitions.yaml', fiveSteps.replace('timeout: 60, retries: 1', 'timeout: 60'))
  write('stop-training', '')
  const ran = await steps('run', '3-5', '--yes')
  expect(ran.exitCode).toBe(1)
  expect(ran.stderr).toContain('Not begun: step 5.')
  expect(boxes().slice(2)).toEqual(['3 ticked ticked', '4 open failed', '5 open '])
  expect(read('SPEC.md')).toMatch(/✗ \[.*\] Evaluate \(task_4_\w{8}: failed in MAIN: Exit 1\.\)/)
  write('loss.txt', 'loss 1\n')
  const retried = await steps('retry', '4', '--yes')
  expect(retried.exitCode).toBe(0)
  expect(retried.stdout).toContain('[MAIN] ↻ main: done again, as try 2: it was stopped, or did not pass, before')
  expect(retried.stdout).not.toContain('Step 3')
  expect(boxes().slice(2)).toEqual(['3 ticked ticked', '4 ticked ticked', '5 ticked ticked'])
  expect(read('chunks.txt').split('\n')).toHaveLength(3)
  expect((await steps('retry')).stderr).toContain('No step has failed here.')
})

test('stop ends what runs, SPEC.md says so, and continue takes it up at its phase', async () => {
  makeWorkspace()
  write('prepare.sh', 'touch began; while ! test -e go; do sleep 0.1; done; seq 1 20 > data.txt; echo Data prepared\n')
  const started = await steps('run', '1', '--yes', '--detach')
  expect(started.exitCode).toBe(0)
  await eventually(() => fs.existsSync(fileOf('began')))
  expect((await steps('run', '1', '--yes')).stderr).toMatch(/relay: Step 1 runs already, as task_1_\w{8}\./)
  expect((await steps('stop', '1')).stderr).toMatch(/Stopping step 1 \(task_1_\w{8}\)\./)
  await eventually(() => boxes()[0] === '1 open failed')
  expect(read('SPEC.md')).toContain(': stopped in MAIN)')
  write('go', '')
  const continued = await steps('--continue', '--yes')
  expect(continued.exitCode).toBe(0)
  expect(continued.stdout).not.toContain('[PRE]')
  expect(boxes()[0]).toBe('1 ticked ticked')
  // With that run at its end, what is open behind the last tick is run.
  write('stop-training', '')
  fs.writeFileSync(fileOf('evaluated'), '')
  const rest = await steps('continue', '--yes', '--wait')
  expect(rest.exitCode).toBe(0)
  expect(boxes()).toEqual(['1', '2', '3', '4', '5'].map((step) => `${step} ticked ticked`))
})

test('nothing is run that was not approved, and what cannot be run says why', async () => {
  makeWorkspace()
  expect((await steps('run', '1')).stderr).toContain('Not started: nobody can be asked to approve it here')
  expect(fs.existsSync(fileOf('.task_execution.log'))).toBe(false)
  const dry = await steps('run', '1', '--dry-run', '--yes')
  expect(dry.stdout).toContain('Nothing was started.')
  expect(dry.exitCode).toBe(0)
  expect(fs.existsSync(fileOf('data.txt'))).toBe(false)
  write('.claude/tasks/step_definitions.yaml', 'step_7_agent:\n  main: {objective: think, timeout: 60}\n')
  const blocked = await steps('run', '7', '--yes')
  expect(blocked.exitCode).toBe(125)
  expect(blocked.stderr).toContain('! Step 7 cannot be run: An agent has to do this step, and none that can was found')
  expect((await steps('run', '8', '--yes')).stderr).toContain('There is no step 8 here')
})

test('monitors go on for what a step has left running, until they are stopped; a run is removed with its jobs', async () => {
  write('SPEC.md', '- [ ] **STEP 1**: Serve\n')
  write(
    '.claude/tasks/step_definitions.yaml',
    'step_1_serve:\n  main: {script: "sleep 60 & echo serving", timeout: 30}\n  background:\n    - {task: is_up, command: "echo up", interval: 1}\n',
  )
  const { exitCode, stderr } = await steps('run', '1', '--yes')
  expect(exitCode).toBe(0)
  expect(stderr).toContain('It goes on by itself')
  expect(boxes()).toEqual(['1 ticked ticked'])
  await eventually(async () =>
    expect((await steps('monitor')).stdout).toMatch(
      /^Step 1 .*: completed; what it left running is monitored\n {2}is_up: up/,
    ),
  )
  expect((await steps('stop')).stderr).toBe('Stopping its monitors.')
  await eventually(async () => (await steps('monitor')).stdout.startsWith('Nothing runs in the background'))
  const jobs = JSON.parse((await relay.run(['list', '--json'])).stdout) as { id: string }[]
  const run = jobs[0]?.id.replace(/-s1a\d+t1$/, '') ?? ''
  expect((await relay.run(['remove', run])).stdout).toBe(`removed ${run}`)
  expect(JSON.parse((await relay.run(['list', '--json'])).stdout)).toEqual([])
  expect((await steps('list')).stdout).toContain('✓ done')
})
