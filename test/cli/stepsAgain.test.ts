// relay steps stop, continue and retry where more than one step is concerned: nobody is surprised by what ends or runs again.
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readSpec } from '../../src/core/steps/specDocument'
import { eventually } from '../support/eventually'
import { Relay } from '../support/relay'

let relay: Relay
const fileOf = (name: string) => path.join(relay.workspace, name)
const write = (name: string, text: string) => {
  fs.mkdirSync(path.dirname(fileOf(name)), { recursive: true })
  fs.writeFileSync(fileOf(name), text)
}
const steps = (...words: string[]) => relay.run(['steps', ...words])
const boxes = () =>
  readSpec(fs.readFileSync(fileOf('SPEC.md'), 'utf8')).map(({ state, note }) =>
    `${state} ${note?.outcome ?? ''}`.trim(),
  )
const define = (...mains: string[]) => {
  write(
    '.claude/tasks/step_definitions.yaml',
    mains.map((main, at) => `step_${at + 1}_part:\n  main: {timeout: 60, ${main}}\n`).join(''),
  )
  write('SPEC.md', mains.map((_, at) => `- [ ] **STEP ${at + 1}**: Part ${at + 1}\n`).join(''))
}
const until = (file: string) => `while ! test -e ${file}; do sleep 0.1; done`

beforeEach(() => {
  relay = new Relay()
})
afterEach(() => relay.dispose())

test('a step is not stopped without a word if another of its run would end, too', async () => {
  define(
    `mode: background, script: "echo Started; ${until('go')}", success_criteria: ["Started"]`,
    `script: "touch began; ${until('go')}"`,
  )
  await steps('run', '1-2', '--yes', '--detach')
  await eventually(() => fs.existsSync(fileOf('began')))
  const refused = await steps('stop', '2')
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toMatch(
    /Step 2 runs in one run with step 1 \(task_1_\w{8}, in the background\): stopping it ends that one, too\. Nothing was stopped\./,
  )
  expect(boxes()).toEqual(['open started', 'open'])
  expect((await steps('stop', '2', '--yes')).stderr).toMatch(/Stopping step 1 \(task_1_\w+\), step 2 \(task_2_\w+\)\./)
  await eventually(() => boxes().join() === 'open failed,open failed')
})

test('continue leaves out what is ticked, and says it where that is run again; without a word steps are listed', async () => {
  define('script: "echo 1 >> ran"', 'script: "echo 2 >> ran"', 'script: "echo 3 >> ran"', 'objective: think')
  const ran = () => fs.readFileSync(fileOf('ran'), 'utf8').trim().split('\n').join()
  const tick = (step: number) =>
    write('SPEC.md', fs.readFileSync(fileOf('SPEC.md'), 'utf8').replace(`[ ] **STEP ${step}`, `[x] **STEP ${step}`))
  tick(2)
  const continued = await steps('continue', '1-3', '--yes')
  expect(continued.exitCode).toBe(0)
  expect(ran()).toBe('1,3')
  const again = await steps('run', '1-4')
  expect(again.stderr).toMatch(
    /! Step 1 is done already \(task_1_\w{8}\): it runs again\.\n! Step 2 is done already: it/,
  )
  expect(again.stderr).toContain('! Step 4 cannot run as things are: An agent has to do this step')
  expect(ran()).toBe('1,3')
  expect((await steps('retry', '1')).stderr).toMatch(/Step 1 has not failed: its last run, task_1_\w{8}, completed\./)
  const listed = await relay.run(['steps'])
  expect(listed.stdout).toContain('Part 4')
  expect(listed.stdout).toBe((await steps('list')).stdout)
  expect((await steps('play')).stderr).toMatch(/^relay steps wants one of check, .*, not play$/)
})

test('what only an agent says is not ticked, and ends a range; who goes on does not have it done again', async () => {
  write('agent.sh', 'cat > /dev/null; echo asked >> asked; echo "- It works: \\"yes\\""; echo "[[task:done]]"\n')
  for (const [name, value] of [
    ['followUps.command', JSON.stringify(['sh', fileOf('agent.sh')])],
    ['followUps.agent', 'command'],
  ] as const)
    expect(await relay.run(['config', name, value])).toMatchObject({ exitCode: 0 })
  define('objective: think', 'script: "echo 2 >> ran"')
  const run = await steps('run', '1-2', '--yes')
  expect(run.stderr).toContain('so it is not ticked when it is done, but noted as unproved')
  expect(run.stdout).toContain('[SPEC] ✓ Updated SPEC.md - Step 1 noted as unproved, not ticked')
  expect(run.stderr).toMatch(
    /Not begun: step 2\.\nStep 1 is not ticked: look at what it did\. To go on behind it as it is/,
  )
  expect(run.exitCode).toBe(3)
  expect(boxes()).toEqual(['open unproved', 'open'])
  expect((await steps('list')).stdout).toMatch(/\? unproved +1 /)
  const continued = await steps('continue', '--yes')
  expect(continued.exitCode).toBe(3)
  expect(boxes()).toEqual(['open unproved', 'ticked ticked'])
  expect(fs.readFileSync(fileOf('asked'), 'utf8')).toBe('asked\n')
  expect((await steps('continue', '--yes')).stderr).toContain('Behind the last step that is done nothing is open')
})
