// The Jobs view, by hand: what it shows of jobs and of the queue, and that each of its actions really does its thing.
import fs from 'node:fs'
import type { Locator } from 'playwright-core'
import { expect } from 'vitest'
import { planOf } from '../../src/core/jobs/job'
import { hasJob, inWorkspace, waitFor } from '../fixtures/relayTest'
import { eventually } from '../support/eventually'
import { type Relay, renderActions, renderBlock } from '../support/relay'
import { sharedWindow } from './support/sharedWindow'
import { Workbench } from './support/workbench'

const test = sharedWindow().extend<{ readonly jobsView: null }>({
  jobsView: [
    async ({ workbench }, use) => {
      if (!(await workbench.hasView('Jobs'))) await workbench.runCommand('Relay: Show Jobs')
      await use(null)
    },
    { auto: true },
  ],
})

test('an empty view says how to begin, with a button for it', async ({ workbench }) => {
  await workbench.page.getByText('No jobs yet.').waitFor()
  await workbench.page.getByRole('button', { name: 'Open Sample Workspace' }).waitFor()
  await workbench.screenshot('tree-empty')
  await workbench.page.getByRole('button', { name: 'Get Started' }).click()
  await workbench.page.getByText('A block says what to run').first().waitFor()
  await workbench.screenshot('walkthrough')
  await workbench.closeTab('Welcome')
})

test('jobs are listed as running, waiting and finished today', async ({ workbench, relay }) => {
  // It is there, and its id is told, only when its checks are over.
  const waiting = relay.start({
    command: 'echo never',
    description: 'Has to wait',
    preflight: { checks: [{ type: 'cmd_exit_zero', cmd: waitFor('go-check'), timeoutSec: 60 }], onFail: 'reject' },
  })
  const running = await relay.start({ command: `echo at it; ${waitFor('go-run')}`, description: 'Runs on' })
  const over = await relay.start({ command: 'exit 3', description: 'Ended badly' })
  await relay.untilState(over, 'failed')
  await relay.untilState(running, 'running')
  await expect
    .poll(() => workbench.treeRows('Jobs'))
    .toEqual([
      'Running',
      expect.stringMatching(/^Runs on running \d+:\d\d · at it$/),
      'Waiting',
      expect.stringMatching(/^Has to wait checking/),
      'Finished Today',
      expect.stringMatching(/^Ended badly failed \d+:\d\d exit 3$/),
    ])
  await workbench.screenshot('tree-groups')
  fs.writeFileSync(inWorkspace(relay, 'go-check'), '')
  fs.writeFileSync(inWorkspace(relay, 'go-run'), '')
  await relay.untilState(await waiting, 'succeeded')
  await expect.poll(() => workbench.treeRows('Jobs')).not.toContain('Waiting')
})

test('an unfolded job shows its command, its log, its required files and its follow-up', async ({
  workbench,
  relay,
}) => {
  const id = await relay.start({
    command: `echo some output; ${waitFor('go-facts')}; echo '{"loss": 0.5}' > metrics.json`,
    description: 'With facts',
    watch: { thenTask: 'Compare the loss.', runTasks: true, requireFiles: ['metrics.json'], readyTimeoutSec: 20 },
  })
  await (await jobRow(workbench, /With facts.*running/)).click()
  await workbench.press('ArrowRight')
  const facts = async () => (await workbench.treeRows('Jobs')).join('\n')
  await expect.poll(facts).toMatch(/^Command echo some output; while/m)
  expect(await facts()).toContain(`Directory ${relay.workspace}`)
  await expect.poll(facts).toMatch(/^Log \d+ bytes$/m)
  expect(await facts()).toContain('metrics.json not there yet')
  expect(await facts()).toContain('Follow-up when it ends: Compare the loss.')
  await workbench.screenshot('tree-facts-running')

  fs.writeFileSync(inWorkspace(relay, 'go-facts'), '')
  await relay.untilDelivered(id)
  // It has moved to another group, where it is folded.
  await (await jobRow(workbench, /With facts.*succeeded/)).click()
  await workbench.press('ArrowRight')
  await expect.poll(facts).toMatch(/^metrics.json found:/m)
  await expect.poll(facts).toMatch(/^Follow-up done$/m)
  expect(await facts()).toMatch(/^Exit exit 0$|^Exit 0$/m)
  await workbench.screenshot('tree-facts-ended')
  await (await jobRow(workbench, 'With facts')).click()
  await workbench.press('ArrowLeft')
})

test('Stop asks first: Cancel leaves the job running, Stop Job ends it', async ({ workbench, relay }) => {
  const id = await relay.start({ command: waitFor('never'), description: 'To be stopped' })
  await relay.untilState(id, 'running')
  await workbench.inlineAction(await jobRow(workbench, 'To be stopped'), 'Stop Job')
  await workbench.dialog.getByText('Stop “To be stopped”?').waitFor()
  await workbench.screenshot('tree-stop')
  await workbench.answerDialog('Cancel')
  expect(relay.show(id).state).toBe('running')
  await workbench.contextMenu(await jobRow(workbench, 'To be stopped'), 'Stop Job')
  await workbench.answerDialog('Stop Job')
  await relay.untilState(id, 'stopped')
  await jobRow(workbench, /To be stopped.*stopped/)
})

test('Restart shows everything first, and runs the job once more as it was', async ({ workbench, relay }) => {
  const id = await relay.start({ command: 'echo ran >> runs.txt', description: 'To be restarted' })
  await relay.untilState(id, 'succeeded')
  await workbench.contextMenu(await jobRow(workbench, /To be restarted.*succeeded/), 'Restart Job')
  const approval = workbench.webview()
  await approval.getByRole('heading', { name: 'Run “To be restarted” again?' }).waitFor()
  expect(await approval.locator('dl').innerText()).toContain('echo ran >> runs.txt')
  expect(relay.show(id).attempt).toBe(1)
  await approval.getByRole('button', { name: 'Run again' }).click()
  await expect.poll(() => relay.show(id).attempt).toBe(2)
  await relay.untilState(id, 'succeeded')
  expect(fs.readFileSync(inWorkspace(relay, 'runs.txt'), 'utf8')).toBe('ran\nran\n')
})

test('Restart with Edits opens its block, which runs in the folder of the job', async ({ workbench, relay }) => {
  const folder = inWorkspace(relay, 'below')
  fs.mkdirSync(folder)
  const id = await startIn(relay, folder, { command: 'pwd > here.txt', description: 'To be edited' })
  await relay.untilState(id, 'succeeded')
  await workbench.contextMenu(await jobRow(workbench, /To be edited.*succeeded/), 'Restart Job with Edits…')
  await workbench.tab('Untitled-1').waitFor()
  await workbench.editor.getByText('"pwd > here.txt"').waitFor()
  await workbench.screenshot('tree-edits')
  await workbench.editor.getByText('"pwd > here.txt"').dblclick()
  const edited = (await workbench.editorText()).replace('here.txt', 'edited.txt').replace('be edited', 'see edited')
  await workbench.press('Control+A')
  await workbench.paste(edited)
  await workbench.editor.getByText('"pwd > edited.txt"').waitFor()
  await workbench.press('Control+Home')
  await workbench.codeLens('Start job').click()
  await workbench.webview().getByRole('button', { name: 'Start once' }).click()
  await expect
    .poll(() => fs.existsSync(`${folder}/edited.txt`) && fs.readFileSync(`${folder}/edited.txt`, 'utf8'))
    .toBe(`${folder}\n`)
  await jobRow(workbench, 'To see edited')
  await workbench.closeTab('Untitled-1')
  await workbench.answerDialog("Don't Save")
})

test('a block that is edited keeps the folder of its job over a reload of the window, and no other document gets it', async ({
  browser,
  server,
  relay,
}) => {
  const folder = inWorkspace(relay, 'kept')
  fs.mkdirSync(folder)
  const id = await startIn(relay, folder, { command: 'pwd', description: 'To be kept' })
  await relay.untilState(id, 'succeeded')
  // A window that is opened on a file forgets its other editors when it is reloaded.
  const workbench = await Workbench.open(browser, server, { folder: relay.workspace })
  await workbench.runCommand('Relay: Restart Job with Edits…')
  await workbench.pick('To be kept')
  await workbench.tab('Untitled-1').waitFor()
  await workbench.codeLens('Start again').waitFor()
  await workbench.reload()
  await workbench.tab('Untitled-1').click()
  await workbench.codeLens('Start again').click()
  await workbench.webview().getByText(folder, { exact: true }).waitFor()
  await workbench.webview().getByRole('button', { name: 'Cancel' }).click()
  await workbench.closeTab('Untitled-1')
  await workbench.answerDialog("Don't Save")

  await workbench.runCommand('File: New Untitled Text File')
  await workbench.tab('Untitled-1').waitFor()
  await workbench.editor.click()
  await workbench.paste(renderBlock({ command: 'pwd', description: 'Another document of that name' }))
  await workbench.codeLens('Start job').click()
  await workbench.webview().getByText(relay.workspace, { exact: true }).waitFor()
  await workbench.webview().getByRole('button', { name: 'Cancel' }).click()
  await workbench.close()
})

test('Show Log shows the terminal; Open Log in Editor a document that cannot be changed and follows', async ({
  workbench,
  relay,
}) => {
  const id = await relay.start({
    command: `echo begun; ${waitFor('go-log')}; echo more; ${waitFor('end-log')}`,
    description: 'With a log',
  })
  await workbench.inlineAction(await jobRow(workbench, 'With a log'), 'Show Log')
  await expect.poll(() => workbench.terminalText(), { timeout: 10_000 }).toContain('begun')
  await workbench.contextMenu(await jobRow(workbench, 'With a log'), 'Open Log in Editor')
  await workbench.tab(`${id}.log`).waitFor()
  await workbench.editor.getByText('begun').waitFor()
  await workbench.editor.getByText('begun').click()
  await workbench.press('x')
  await workbench.page.getByRole('paragraph').getByText('Cannot edit in read-only editor').waitFor()
  await workbench.screenshot('tree-log')
  fs.writeFileSync(inWorkspace(relay, 'go-log'), '')
  await workbench.editor.getByText('more').waitFor()
  expect(await workbench.editorText()).toBe('begun\nmore\n')
  fs.writeFileSync(inWorkspace(relay, 'end-log'), '')
})

test('the id, the command and the report can be copied, and the details and the report be seen', async ({
  workbench,
  relay,
}) => {
  const id = await relay.start({
    command: 'echo loss=0.25',
    description: 'To be copied',
    watch: { thenTask: 'Report the loss.', runTasks: true },
  })
  await relay.untilDelivered(id)
  const row = await jobRow(workbench, /To be copied.*succeeded/)
  await workbench.contextMenu(row, 'Copy Job Id')
  await expect.poll(() => workbench.clipboard()).toBe(id)
  await workbench.contextMenu(row, 'Copy Command')
  await expect.poll(() => workbench.clipboard()).toBe('echo loss=0.25')
  await workbench.contextMenu(row, 'Copy Report')
  await expect.poll(() => workbench.clipboard()).toContain('loss')
  await expect.poll(() => workbench.clipboard()).toContain('[[task:done]]')

  await workbench.inlineAction(row, 'Show Report')
  await workbench.webview().getByRole('heading', { name: 'To be copied' }).waitFor()
  await workbench.webview().getByText('loss').first().waitFor()
  await workbench.screenshot('tree-report')
  await workbench.closeTab('To be copied')
  await workbench.contextMenu(row, 'Show Job Details')
  await workbench.webview().getByRole('heading', { name: 'To be copied' }).waitFor()
  await workbench.closeTab('To be copied')
})

test('Remove deletes a job once it was confirmed, and several that are selected at once', async ({
  workbench,
  relay,
}) => {
  const name = 'Removable'
  const ids = await startThree(relay, name)
  const rowOf = (number: number) => jobRow(workbench, new RegExp(`${name} ${number}.*succeeded`))
  for (const number of [1, 2, 3]) await rowOf(number)
  await askToRemove(workbench, await rowOf(1), `Remove “${name} 1”?`)
  await workbench.answerDialog('Cancel')
  expect(ids.map((id) => hasJob(relay, id))).toEqual([true, true, true])
  await askToRemove(workbench, await rowOf(1), `Remove “${name} 1”?`)
  await workbench.answerDialog('Remove')
  await (await workbench.treeRow('Jobs', `${name} 1`)).waitFor({ state: 'detached' })

  await (await rowOf(2)).click()
  const last = await rowOf(3)
  await last.click({ modifiers: ['Control'] })
  await askToRemove(workbench, last, 'Remove 2 jobs?')
  await workbench.screenshot('tree-remove-several')
  await workbench.answerDialog('Remove')
  await (await workbench.treeRow('Jobs', name)).waitFor({ state: 'detached' })
  await expect.poll(() => ids.map((id) => hasJob(relay, id))).toEqual([false, false, false])
})

test('with the keyboard alone a job is found, unfolded, looked at and removed', async ({ workbench, relay }) => {
  const id = await relay.start({ command: 'echo typed', description: 'A typed job' })
  await relay.untilState(id, 'succeeded')
  await jobRow(workbench, /A typed job.*succeeded/)
  await workbench.tab('experiment.md').click()
  const view = await workbench.view('Jobs')
  const focused = view.locator('.monaco-list.element-focused .monaco-list-row.focused, .monaco-list-row.focused')
  await expect
    .poll(async () => {
      if ((await view.locator(':focus').count()) === 0) await workbench.press('F6')
      return view.locator(':focus').count()
    })
    .toBeGreaterThan(0)
  await workbench.press('Home')
  await expect
    .poll(async () => {
      await workbench.press('ArrowDown')
      return focused.first().innerText()
    })
    .toContain('A typed job')
  await workbench.press('ArrowRight')
  await jobRow(workbench, 'echo typed')
  await workbench.press('ArrowDown')
  await expect.poll(() => focused.first().innerText()).toContain('Command')
  await workbench.press('Enter')
  await workbench.webview().getByRole('heading', { name: 'A typed job' }).waitFor()
  await workbench.screenshot('tree-keyboard')
  await workbench.runCommand('Relay: Show Jobs')
  await expect.poll(() => view.locator(':focus').count()).toBeGreaterThan(0)
  await workbench.press('ArrowUp')
  await expect.poll(() => focused.first().innerText()).toContain('A typed job')
  await workbench.press('Delete')
  await workbench.dialog.getByText('Remove “A typed job”?').waitFor()
  await workbench.press('Enter')
  await expect.poll(() => hasJob(relay, id)).toBe(false)
  await (await workbench.treeRow('Jobs', 'A typed job')).waitFor({ state: 'detached' })
})

test('the tree says why a job waits; it is held back, its group gets another limit, and it is let go', async ({
  workbench,
  relay,
}) => {
  const queue = { group: 'gpu', scope: 'host' }
  const first = await relay.start({ command: waitFor('go'), description: 'First of two', queue })
  await relay.start({ command: `${waitFor('go')}; : 2`, description: 'Second of two', queue })
  await relay.untilState(first, 'running')
  const rows = () => workbench.treeRows('Jobs')
  await expect.poll(rows).toContainEqual('Second of two waiting · for a place in the group gpu')
  await workbench.screenshot('queue-waiting')

  await workbench.contextMenu(await workbench.treeRow('Jobs', 'Second of two'), 'Pause Group')
  await expect.poll(rows).toContainEqual('Second of two waiting · the group gpu is paused')
  await workbench.contextMenu(await workbench.treeRow('Jobs', 'Second of two'), 'Resume Group')
  await workbench.contextMenu(await workbench.treeRow('Jobs', 'Second of two'), 'Hold Back')
  await expect.poll(rows).toContainEqual('Second of two waiting · held back: let it go to have it run')
  await workbench.runCommand('Relay: Set Group Limit…')
  await workbench.pick('gpu')
  await workbench.quickInput.getByText('How many jobs of the group gpu').waitFor()
  await workbench.paste('2')
  await workbench.press('Enter')
  await expect.poll(() => fs.existsSync(relay.state.groups)).toBe(true)
  await workbench.inlineAction(await workbench.treeRow('Jobs', 'Second of two'), 'Let Go')
  await expect.poll(rows).toContainEqual(expect.stringMatching(/^Second of two running/))
})

test('a lens says what the action of its block does, and it is shown and asked about before', async ({
  workbench,
  relay,
}) => {
  const id = await relay.start({ command: waitFor('never'), description: 'To be watched closely' })
  const watch = { thenTask: 'Read the log x.log: the loss.', everySec: 60 }
  fs.writeFileSync(inWorkspace(relay, 'watch.md'), renderBlock({ type: 'job_watch', watch }))
  await workbench.openFile('watch.md')
  await workbench.codeLens('Change watch').click()
  const page = workbench.webview()
  await page.getByRole('heading', { name: 'Change how the job “To be watched closely” is watched?' }).waitFor()
  expect(await page.locator('dl').innerText()).toContain('300 → 60')
  await workbench.screenshot('queue-change-watch')
  await page.getByRole('button', { name: 'Change watch' }).click()
  await expect.poll(() => planOf(relay.store.find(id).job).followUp?.task).toBe(watch.thenTask)

  const several = renderActions({ type: 'job_stop', jobId: id }, { type: 'task_add', text: 'Tidy up.' })
  fs.writeFileSync(inWorkspace(relay, 'several.md'), several)
  await workbench.openFile('several.md')
  await workbench.codeLens('2 Add task').waitFor()
  await workbench.codeLens('1 Stop job').click()
  await workbench.webview().getByRole('button', { name: 'Stop job' }).click()
  expect((await relay.untilState(id, 'stopped')).followUp).toBeNull()
})

/** Until it is asked about: a menu that is open while the tree is drawn anew has lost its row. */
async function askToRemove(workbench: Workbench, row: Locator, question: string): Promise<void> {
  await eventually(async () => {
    // Without its row the command asks which job.
    if (await workbench.quickInput.isVisible()) await workbench.press('Escape')
    await workbench.contextMenu(row, 'Remove Job')
    await workbench.dialog.getByText(question).waitFor({ timeout: 5_000 })
    return true
  }, 60_000)
}

/** The row of a job as soon as it is there. */
async function jobRow(workbench: Workbench, text: string | RegExp): Promise<Locator> {
  const row = await workbench.treeRow('Jobs', text)
  await row.waitFor()
  return row
}

async function startIn(relay: Relay, cwd: string, action: Readonly<Record<string, unknown>>): Promise<string> {
  const input = renderBlock(action)
  const { exitCode, stdout, stderr } = await relay.run(['start', '-', '--yes'], { input, cwd })
  if (exitCode !== 0) throw new Error(stderr)
  return stdout.trim()
}

async function startThree(relay: Relay, name: string): Promise<string[]> {
  const ids: string[] = []
  for (const number of [1, 2, 3]) ids.push(await relay.start({ command: 'true', description: `${name} ${number}` }))
  for (const id of ids) await relay.untilState(id, 'succeeded')
  return ids
}
