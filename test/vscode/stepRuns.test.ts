// Steps from a lens to a ticked SPEC.md, by hand, on the sample of steps.
import fs from 'node:fs'
import path from 'node:path'
import type { Locator } from 'playwright-core'
import { expect } from 'vitest'
import { inWorkspace } from '../fixtures/relayTest'
import { eventually } from '../support/eventually'
import type { Relay } from '../support/relay'
import { ChatView } from './support/chatView'
import { copyOf, sharedWindowOn } from './support/sharedWindow'
import type { Workbench } from './support/workbench'

const test = sharedWindowOn(
  () => copyOf('steps-sample', 'SPEC.md'),
  { 'relay.notifications': 'onFailure', 'relay.steps.directScripts': true, 'files.autoSave': 'off' },
  ['scriptedModel'],
)
const runMs = 40_000

test('a step is run from its lens over a page with all of it, and ticked beside what is typed and not saved', async ({
  workbench,
  relay,
}) => {
  const onDisk = fs.readFileSync(inWorkspace(relay, 'SPEC.md'), 'utf8')
  await workbench.codeLens('Run step').waitFor()
  await workbench.editor.locator('.view-line').getByText('A line through noisy points').click()
  await workbench.press('End')
  await workbench.page.keyboard.type(', in five steps')
  await workbench.codeLens('Run step').click()
  const page = workbench.webview()
  await page.getByRole('heading', { name: 'Run “STEP 1: Make the data”?' }).waitFor()
  for (const text of ['check_awk, within 5 s', 'RELAY_TEST_FIRST=1', 'Wrote 400 examples', 'data/val.csv'])
    await page.getByText(text).first().waitFor()
  await workbench.screenshot('steps-approval')
  await page.getByRole('button', { name: 'Run once' }).click()
  await workbench.codeLens('✓ done in').waitFor({ timeout: runMs })
  const text = await workbench.editorText()
  await workbench.press('Control+Home')
  expect(text).toMatch(
    /^# A line through noisy points, in five steps\n[^]*\n- \[x\] \*\*STEP 1\*\*: ✓ \[[-\d: ]+\] Make the data \(task_1_[0-9a-f]{8}: Wrote 400/,
  )
  expect(text.match(/\[x\]/g)).toHaveLength(1)
  expect(fs.readFileSync(inWorkspace(relay, 'SPEC.md'), 'utf8'), 'nothing is saved that was not').toBe(onDisk)
  await workbench.press('Control+S')
  await expect.poll(() => spec(relay)).toContain('[x] **STEP 1**')
})

test('the view shows phases and checks while they run, and a monitor tells of what should be looked at', async ({
  workbench,
  relay,
}) => {
  await ran(relay, [1])
  fs.writeFileSync(inWorkspace(relay, 'data/noise.txt'), 'nan\n')
  await workbench.runCommand('Relay: Show Steps')
  for (const view of ['Jobs', 'Tasks']) await workbench.foldView(view)
  await approve(
    workbench,
    () => workbench.codeLens('Continue from here').click(),
    /^Run 4 steps, 2–5\?/,
    'Run these once',
  )
  await expect
    .poll(() => workbench.treeRows('Steps'), { timeout: runMs })
    .toContainEqual(expect.stringMatching(/^Monitors/))
  const told = workbench.notification('monitor_loss: epoch')
  await told.waitFor({ timeout: runMs })
  expect(await told.innerText()).toMatch(/⚠ STEP 2: Train the model: monitor_loss: epoch \d\/7 loss nan/)
  for (const button of ['Stop Job', 'Ignore', 'Ask Agent']) await told.getByRole('button', { name: button }).waitFor()
  // Hovering waits until it has come to rest.
  await told.hover()
  await workbench.picture('steps')
  await workbench.answer('monitor_loss: epoch', 'Ignore')
  await eventually(() => journals(relay).some((journal) => journal.includes('ignore_alert')))
  await expect.poll(() => spec(relay), { timeout: runMs }).toMatch(/\[x\] \*\*STEP 5\*\*/)
  await expect.poll(() => spec(relay), { timeout: runMs }).toMatch(/\[x\] \*\*STEP 2\*\*/)
  fs.rmSync(inWorkspace(relay, 'data/noise.txt'))
  await untilDone(workbench, [1, 2, 3, 4, 5])
  await unfold((await workbench.treeRow('Steps', 'Write the report')).last())
  const rows = (await workbench.view('Steps')).locator('.monaco-list-row')
  await unfold(rows.filter({ hasText: 'Checks before' }).last())
  await (await workbench.treeRow('Steps', /not checked, because/)).waitFor()
  await workbench.screenshot('steps-done')
  // Checks that have ended stand with their steps: among the jobs is the work alone, and on the command line as well.
  await workbench.foldView('Steps')
  const isCheck = /PRE-FLIGHT|TEST|POST-VALIDATION|quality of/
  await expect.poll(() => workbench.treeRows('Jobs')).toContainEqual(expect.stringMatching(/^STEP 5, MAIN/))
  expect((await workbench.treeRows('Jobs')).filter((row) => isCheck.test(row))).toEqual([])
  expect((await relay.run(['list'])).stdout).not.toMatch(isCheck)
  expect((await relay.run(['list', '--all'])).stdout).toMatch(isCheck)
  await workbench.foldView('Jobs')
})

test('a dry run above a definition runs the checks before, and nothing else', async ({ workbench, relay }) => {
  await workbench.openFile('step_definitions.yaml')
  const before = spec(relay)
  await approve(
    workbench,
    () => workbench.codeLens('Dry run').click(),
    'Dry run: run the checks of “STEP 1: Make the data”?',
    'Run the checks once',
  )
  await eventually(async () => {
    const { stdout } = await relay.run(['list'])
    return stdout.includes('succeeded') && stdout.includes('Dry run: STEP 1: Make the data')
  }, runMs)
  expect(spec(relay)).toBe(before)
})

test('a step that failed is retried from the phase that failed, and has one log', async ({ workbench, relay }) => {
  await ran(relay, [1, 2, 3, 4])
  await workbench.runCommand('Relay: Show Steps')
  const data = inWorkspace(relay, 'data/val.csv')
  fs.renameSync(data, `${data}.away`)
  await approve(workbench, () => workbench.runCommand('Relay: Run Steps…'), /^Run “STEP 4/, 'Run once', '4')
  await workbench.notification(/STEP 4: Evaluate the model \(Checks before\)/).waitFor({ timeout: runMs })
  await (
    await workbench.treeRow('Steps', /Evaluate the model.*failed in Checks before · test -s data\/val\.csv/)
  ).waitFor()
  fs.renameSync(`${data}.away`, data)
  await approve(workbench, () => workbench.answer('STEP 4', 'Retry…'), /^Retry “STEP 4.* from Checks before\?/, 'Retry')
  await untilDone(workbench, [4])
  await workbench.contextMenu(await workbench.treeRow('Steps', 'Evaluate the model'), 'Show Log of This Task')
  await workbench.tab('task_4_').waitFor()
  const log = await workbench.editorText()
  const statuses = log.split('\n').flatMap((line) => /"status":"([A-Z_]+)"/.exec(line)?.[1] ?? [])
  expect(statuses.filter((one) => one === 'COMPLETED')).toHaveLength(1)
  expect(statuses.indexOf('FAILED')).toBeGreaterThan(0)
  await workbench.screenshot('steps-log')
})

test('/steps and /do-tasks-v2 of the chat show and run them, over the same page', async ({ workbench, relay }) => {
  await ran(relay, [1])
  const chat = await ChatView.open(workbench, relay)
  await chat.ask('@relay /steps')
  expect(await (await chat.answer('STEP 3: Generate 300 examples')).innerText()).toMatch(/task_1_[0-9a-f]{8}/)
  await chat.ask('@relay /do-tasks-v2 --step 1-2')
  await chat.answer('STEP 2: Train the model')
  await workbench.screenshot('steps-chat')
  await approve(workbench, () => chat.button('Run Steps 1-2…').click(), /^Run 2 steps, 1–2\?/, null)
  await chat.ask('@relay /do-tasks-v2 --monitor')
  await chat.answer('Nothing of these steps runs in the background.')
  await chat.ask('@relay /do-tasks-v2 --step 9')
  await chat.answer('There is no step 9. There are: 1, 2, 3, 4, 5.')
  expect(chat.requests()).toEqual([])
})

test('an agent is asked about an alert as for any task, and a conflict in SPEC.md is shown and not forced', async ({
  workbench,
  relay,
}) => {
  fs.appendFileSync(
    inWorkspace(relay, definitionsFile),
    `
step_6_watch:
  main: {script: "while ! test -e stop-watching; do sleep 0.2; done", timeout: 60}
  background:
    - {task: look_at_it, command: "echo loss nan", interval: 1, alert_on: nan}
`,
  )
  fs.appendFileSync(inWorkspace(relay, 'SPEC.md'), '- [ ] **STEP 6**: Watch the model\n')
  await workbench.runCommand('Relay: Show Steps')
  await (await workbench.treeRow('Steps', 'Watch the model')).waitFor()
  await approve(workbench, () => workbench.runCommand('Relay: Run Steps…'), /^Run “STEP 6/, 'Run once', '6')
  await workbench.notification('look_at_it: loss nan').waitFor({ timeout: runMs })
  await workbench.answer('look_at_it: loss nan', 'Ask Agent')
  // Nobody is there to be asked in this window, which is said; it is a task like any other.
  const refused = workbench.notification('a task of its own needs an agent')
  await refused.waitFor()
  await workbench.runCommand('Notifications: Clear All Notifications')

  // Which of the two is meant nobody can tell.
  const two = spec(relay).replace(/^.*STEP 6.*\n/m, '$&$&')
  fs.writeFileSync(inWorkspace(relay, 'SPEC.md'), two)
  await workbench.openFile('SPEC.md')
  fs.writeFileSync(inWorkspace(relay, 'stop-watching'), '')
  const conflict = workbench.notification('STEP 6 is in the document 2 times')
  await conflict.waitFor({ timeout: runMs })
  expect(spec(relay)).toBe(two)
  await workbench.answer('STEP 6 is in the document 2 times', 'Show Log of This Task')
  await workbench.tab('task_6_').waitFor()
})

test('what only an agent says is told beforehand, noted without a tick, and gone on behind; its run can be removed', async ({
  workbench,
  relay,
}) => {
  const agent = path.join(relay.root, 'agent.sh')
  fs.writeFileSync(agent, 'cat >/dev/null\necho "All is written."\necho "[[task:done]]"\n')
  for (const [name, value] of [
    ['followUps.command', JSON.stringify(['sh', agent])],
    ['followUps.agent', 'command'],
  ] as const)
    expect(await relay.run(['config', name, value])).toMatchObject({ exitCode: 0 })
  // A window that has only just opened is not told that what it shows is another file by now.
  await workbench.runCommand('View: Close All Editors')
  const text = 'step_7_notes:\n  main: {objective: Write the notes, timeout: 60}\n'
  fs.writeFileSync(inWorkspace(relay, definitionsFile), `${text}step_8_after:\n  main: {script: "true", timeout: 5}\n`)
  fs.writeFileSync(inWorkspace(relay, 'SPEC.md'), '- [ ] **STEP 7**: Write the notes\n- [ ] **STEP 8**: Publish them\n')
  await workbench.runCommand('Relay: Show Steps')
  for (const view of ['Jobs', 'Tasks']) await workbench.foldView(view)
  await (await workbench.treeRow('Steps', 'Publish them')).waitFor()
  await workbench.runCommand('Notifications: Clear All Notifications')
  await workbench.runCommand('Relay: Run Steps…')
  await workbench.quickInput.locator('input[type="text"]').fill('7-8')
  await workbench.press('Enter')
  const page = workbench.webview()
  await page.getByText('none but what the agent says').waitFor()
  await page.getByRole('button', { name: 'Run these once' }).click()
  const told = workbench.notification('is done, but unproved')
  await told.waitFor({ timeout: runMs })
  expect(await told.innerText()).toMatch(
    /^\? STEP 7: Write the notes is done, but unproved\. Nothing but the word of its agent/m,
  )
  await expect
    .poll(() => workbench.treeRows('Steps'))
    .toContainEqual('7 Write the notes done, but unproved · only its agent says so')
  expect(spec(relay)).toMatch(/^- \[ \] \*\*STEP 7\*\*: \? .*\n- \[ \] \*\*STEP 8\*\*: Publish them$/m)
  await workbench.screenshot('steps-unproved')
  await approve(
    workbench,
    () => workbench.answer('but unproved', 'Continue…'),
    'Run “STEP 8: Publish them”?',
    'Run once',
  )
  await expect.poll(() => spec(relay), { timeout: runMs }).toMatch(/\[ \] \*\*STEP 7.*\n- \[x\] \*\*STEP 8/)
  await workbench.contextMenu(await workbench.treeRow('Steps', 'Write the notes'), 'Remove Run of Steps…')
  await workbench.answerDialog('Remove')
  await eventually(async () => !(await relay.run(['list', '--all'])).stdout.includes('STEP 7'))
})

test('of 10,000 steps those at hand are drawn and typed in, and continued are the next 500', async ({
  workbench,
  relay,
}) => {
  const numbers = Array.from({ length: 10_000 }, (_, at) => at + 1)
  const lines = numbers.map((step) => `- [${step <= 10 ? 'x' : ' '}] **STEP ${step}**: Part ${step}\n`)
  const defined = numbers.slice(0, 600).map((step) => `step_${step}_part:\n  main: {script: "true", timeout: 5}\n`)
  fs.writeFileSync(inWorkspace(relay, definitionsFile), defined.join(''))
  fs.writeFileSync(inWorkspace(relay, 'SPEC.md'), `# Plan\n\n${lines.join('')}`)
  await workbench.runCommand('Relay: Show Steps')
  await (await workbench.treeRow('Steps', '2 Part 2')).waitFor()
  await workbench.openFile('SPEC.md')
  await workbench.press('Control+End')
  await workbench.codeLens('Not defined').waitFor()
  await workbench.page.keyboard.type('- [ ] **STEP 10001**: The last of all')
  await workbench.editor.locator('.view-line').getByText('The last of all').waitFor()
  await approve(workbench, () => workbench.runCommand('Relay: Continue Steps…'), /^Run 500 steps, 11–510\?/, null)
})

const definitionsFile = '.claude/tasks/step_definitions.yaml'

/** Until these steps are ticked: what is not yet is run. */
async function ran(relay: Relay, steps: readonly number[]): Promise<void> {
  await relay.run(['config', 'steps.directScripts', 'true'])
  for (const step of steps)
    if (!spec(relay).includes(`[x] **STEP ${step}**`))
      expect(await relay.run(['steps', 'run', String(step), '--yes', '--wait'])).toMatchObject({ exitCode: 0 })
}

/** Until these steps are done in the view, as their rows say. */
async function untilDone(workbench: Workbench, steps: readonly number[]): Promise<void> {
  await eventually(async () => {
    const rows = await workbench.treeRows('Steps')
    return steps.every((step) => rows.some((row) => new RegExp(`^${step} .* s · \\d\\d:\\d\\d$`).test(row)))
  }, runMs)
}

async function unfold(row: Locator): Promise<void> {
  await row.waitFor()
  if ((await row.getAttribute('aria-expanded')) === 'false') await row.locator('.monaco-tl-twistie').click()
}

function journals(relay: Relay): readonly string[] {
  const names = fs.readdirSync(relay.stateRoot, { recursive: true, encoding: 'utf8' })
  const own = names.filter((name) => name.includes('/undertakings/') && name.endsWith('events.jsonl'))
  return own.map((name) => fs.readFileSync(path.join(relay.stateRoot, name), 'utf8'))
}

function spec(relay: Relay): string {
  return fs.readFileSync(inWorkspace(relay, 'SPEC.md'), 'utf8')
}

/** `button` null: it is canceled. `typed`: what is written into the box that comes first. */
async function approve(
  workbench: Workbench,
  begin: () => Promise<void>,
  heading: RegExp | string,
  button: string | null,
  typed: string | null = null,
): Promise<void> {
  await begin()
  if (typed !== null) {
    const input = workbench.quickInput.locator('input[type="text"]')
    await input.fill(typed)
    await input.press('Enter')
  }
  const page = workbench.webview()
  await page.getByRole('heading', { name: heading }).waitFor()
  await page.getByRole('button', { name: button ?? 'Cancel', exact: true }).click()
}
