// The supervisor is killed with SIGKILL over all phases of a run of steps: SPEC.md ends right, and nothing is done twice.
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { newJobId } from '../../src/core/jobs/jobId'
import { readSpec } from '../../src/core/steps/specDocument'
import { stepRunKind } from '../../src/core/steps/stepRun'
import type { StepRunPlan } from '../../src/core/steps/stepRunPlan'
import { submitRequest } from '../../src/store/request'
import { folderKey } from '../../src/store/stateFolder'
import { planSteps } from '../../src/store/steps/planSteps'
import { readUndertaking } from '../../src/store/undertakings/undertakingFiles'
import { undertakingDigest } from '../../src/store/undertakings/undertakingRequests'
import { liveSupervisor, wake } from '../../src/store/wake'
import { eventually } from '../support/eventually'
import { plainContext } from '../support/playedSteps'
import { Relay, supervisorFile } from '../support/relay'
import { count, say, seededRandom } from '../support/scale'
import { Killer } from './killer'

let relay: Relay | null = null
afterEach(() => relay?.dispose())

const killsPerBatch = 6
/** Each act leaves one line in a file: how often it was done is counted from outside. */
const did = (what: string) => `echo ${what} >>done.txt`
const definitions = `step_1_data:
  pre_flight:
    - {task: one, command: "${did('1-pre-one')}"}
    - {task: two, command: "${did('1-pre-two')}; sleep 0.1"}
    - {task: three, command: "${did('1-pre-three')}"}
    - {task: four, command: "${did('1-pre-four')}"}
  test: "${did('1-test')}"
  main: {script: "${did('1-main')}; sleep 0.2; echo ready >data.txt", timeout: 60, required_files: [data.txt]}
  post_validation:
    - {task: is there, command: "${did('1-post')}; test -s data.txt"}
step_2_train:
  main:
    script: "${did('2-main')}; echo Training started; sleep 2; echo loss 0.1"
    mode: background
    timeout: 60
    success_criteria: ["Training started"]
  post_validation:
    - {task: after, command: "${did('2-post')}"}
  background:
    - {task: loss, command: "tail -n 1 data.txt", interval: 1}
step_3_generate:
  main:
    script: "${did('3-main-$RELAY_CHUNK_INDEX')}; sleep 0.1"
    mode: chunked
    chunks: [{size: 1}, {size: 2}]
    quality: "${did('3-quality-$RELAY_CHUNK_INDEX')}"
step_4_report:
  main: {script: "${did('4-main')}; exit 3", retries: 1, timeout: 60}
`
const onceEach = [
  ...['1-pre-one', '1-pre-two', '1-pre-three', '1-pre-four', '1-test', '1-main', '1-post', '2-main', '2-post'],
  ...['3-main-1', '3-quality-1', '3-main-2', '3-quality-2', '4-main', '4-main'],
].sort()
const person = 'A line of a person, who writes while it runs.'

test('steps are ticked once and no act is done twice by a supervisor that is killed at random', async () => {
  const wanted = count(12, 200)
  const random = seededRandom('kills of steps')
  const faults: string[] = []
  let kills = 0
  for (let batch = 1; kills < wanted; batch++) {
    relay = new Relay()
    const result = await runBatch(relay, random)
    kills += result.kills
    faults.push(...result.faults)
    say(
      `batch ${batch}: ${result.kills} kills (${kills}/${wanted})${result.faults.map((one) => `\n  ${one}`).join('')}`,
    )
    await relay.dispose()
    relay = null
  }
  expect(faults).toEqual([])
})

async function runBatch(own: Relay, random: () => number): Promise<{ kills: number; faults: readonly string[] }> {
  const { state, workspace } = own
  const specFile = path.join(workspace, 'SPEC.md')
  const titles = ['Data', 'Train', 'Generate', 'Report']
  const before = titles.map((title, at) => `- [ ] **STEP ${at + 1}**: ${title}`).join('\n')
  fs.writeFileSync(specFile, `# Plan\n\n${before}\n`)
  const context = { ...plainContext, cwd: workspace }
  const texts = { definitions, spec: before, definitionsFile: 'steps.yaml' }
  const plan: StepRunPlan = {
    kind: 'step',
    steps: planSteps([1, 2, 3, 4], texts, context).map(({ plan: step, blocked }) => ({
      plan: step,
      blocked,
      taskId: `task_${step.step}_0000000${step.step}`,
    })),
  }
  const id = newJobId(Date.now(), Math.random())
  submitRequest(state, {
    ...{ v: 1, kind: 'start_undertaking', id, env: own.env },
    spec: { v: 1, id, createdAtMs: Date.now(), host: state.host, folder: workspace, plan: { ...plan } },
    approval: { digest: undertakingDigest(plan), how: 'yes_flag' },
  })
  wake(state, supervisorFile)
  const folder = state.folder(folderKey(workspace))
  const isOver = () => {
    const stored = readUndertaking(folder, id, stepRunKind)
    return stored !== null && stepRunKind.isAtRest(stored.undertaking)
  }
  const killer = new Killer(own.stateRoot, random, ({ pid }) => liveSupervisor(state)?.handle.pid === pid)
  const untilMs = performance.now() + 6_000
  const killing = killer.kill(killsPerBatch, () => performance.now() > untilMs || isOver())
  // Somebody writes into the document at the same time, as an editor does: the whole file, in place of the one before.
  await eventually(() => fs.readFileSync(specFile, 'utf8').includes('[x]'), 60_000)
  fs.writeFileSync(specFile, fs.readFileSync(specFile, 'utf8').replace('# Plan\n', `# Plan\n\n${person}\n`))
  await killing
  // A person who looks: it wakes what does not come back by itself after too many deaths.
  await eventually(() => {
    wake(state, supervisorFile)
    return isOver()
  }, 60_000)
  return { kills: killer.kills, faults: findFaults(own, id) }
}

function findFaults({ workspace, state }: Relay, id: ReturnType<typeof newJobId>): readonly string[] {
  const faults: string[] = []
  const text = fs.readFileSync(path.join(workspace, 'SPEC.md'), 'utf8')
  const steps = readSpec(text)
  const seen = steps.map(({ state: box, note }) => `${box} ${note?.outcome ?? ''} ${note?.taskId ?? ''}`)
  const right = [1, 2, 3].map((step) => `ticked ticked task_${step}_0000000${step}`)
  if (seen.join() !== [...right, 'open failed task_4_00000004'].join()) faults.push(`SPEC.md says ${text}`)
  if (!text.includes(person)) faults.push('what a person wrote is gone')
  const done = fs.readFileSync(path.join(workspace, 'done.txt'), 'utf8').trim().split('\n').sort()
  if (done.join() !== onceEach.join()) faults.push(`done were ${done.join(' ')}`)
  const log = fs.readFileSync(path.join(workspace, '.task_execution.log'), 'utf8').trim().split('\n')
  const twice = log.filter((line, at) => log.indexOf(line) !== at)
  if (twice.length > 0) faults.push(`in the log twice: ${twice.join('\n')}`)
  for (const status of ['STARTED', 'COMPLETED', 'FAILED']) {
    const whole = log.filter((line) => line.includes(`"${status}"`) && !line.includes('"phase"')).length
    const wanted = { STARTED: 4, COMPLETED: 3, FAILED: 1 }[status]
    if (whole !== wanted) faults.push(`${whole} lines of ${status} in the log`)
  }
  const stored = readUndertaking(state.folder(folderKey(workspace)), id, stepRunKind)
  if (stored !== null && stored.problems.length > 0) faults.push(...stored.problems)
  return faults
}
