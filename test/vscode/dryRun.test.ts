// Dry runs by hand, and what keeps the same block from being started twice by somebody who does not know.
import fs from 'node:fs'
import { expect } from 'vitest'
import { inWorkspace, waitFor } from '../fixtures/relayTest'
import { type Relay, renderBlock } from '../support/relay'
import { sharedWindow } from './support/sharedWindow'

const test = sharedWindow({ 'relay.terminal.openOnStart': false })

const jobsNamed = (relay: Relay, name: string) =>
  relay.store.list().jobs.filter(({ job }) => job.spec.description === name)

test('a dry run above a block runs its checks after the same approval, and says what they found', async ({
  workbench,
  relay,
}) => {
  const block = renderBlock({
    command: 'echo ran > ran.txt',
    description: 'Train on data',
    preflight: {
      checks: [
        { type: 'path_exists', path: 'data.csv' },
        { type: 'cmd_exit_zero', cmd: 'echo looked >> looked.txt' },
      ],
    },
    watch: { thenTask: 'Analyze.', runTasks: true, requireFiles: ['ran.txt'] },
  })
  fs.writeFileSync(inWorkspace(relay, 'dry.md'), block)
  await workbench.openFile('dry.md')
  await workbench.codeLens(/^Dry run$/).click()
  const approval = workbench.webview()
  await approval.getByRole('heading', { name: 'Dry run: run the checks of “Train on data”?' }).waitFor()
  await approval.getByText('The command is not started').waitFor()
  await workbench.screenshot('dry run approval')
  expect(relay.store.list().jobs).toEqual([])
  await approval.getByRole('button', { name: 'Run the checks once' }).click()
  await workbench.codeLens(/! Dry run: It would not be started, 1 of 2 checks did not pass.*…$/).waitFor()
  await workbench.notification(/Dry run: Train on data: ! blocked/).waitFor()
  await workbench.codeLens('Start job').waitFor()
  await workbench.runCommand('Relay: Show Jobs')
  await (await workbench.treeRow('Jobs', 'Dry run: Train on data')).waitFor()
  await workbench.screenshot('dry run failed')
  await workbench.answer(/Dry run: Train on data/, 'Show Details')
  const page = workbench.webview()
  await page.getByRole('heading', { name: 'Dry run: Train on data' }).waitFor()
  await page.getByText('A dry run has no follow-up.').waitFor()
  await workbench.screenshot('dry run details')
  await workbench.closeTab('Dry run: Train on data')

  fs.writeFileSync(inWorkspace(relay, 'data.csv'), '')
  await workbench.codeLens(/^Dry run$/).click()
  await workbench.webview().getByRole('button', { name: 'Run the checks once' }).click()
  await workbench.codeLens('✓ Dry run: All 2 checks passed.').waitFor()
  await workbench.notification(/Dry run: Train on data: ✓ succeeded — All 2 checks passed\./).waitFor()
  await workbench.screenshot('dry run passed')
  expect(fs.readFileSync(inWorkspace(relay, 'looked.txt'), 'utf8')).toBe('looked\nlooked\n')
  expect(fs.existsSync(inWorkspace(relay, 'ran.txt'))).toBe(false)

  await workbench.codeLens('Start job').click()
  await workbench.webview().getByRole('button', { name: 'Start once' }).click()
  await workbench.codeLens('succeeded').waitFor()
  expect(await workbench.codeLens('✓ Dry run').count()).toBe(0)
})

test('the palette runs a block without checks dry, and says that there are none', async ({ workbench, relay }) => {
  const name = 'Has no checks'
  fs.writeFileSync(inWorkspace(relay, 'bare.md'), renderBlock({ command: 'echo ran > bare.txt', description: name }))
  await workbench.openFile('bare.md')
  await workbench.codeLens('Start job').waitFor()
  expect(await workbench.codeLens(/^Dry run$/).count()).toBe(0)
  await workbench.runCommand('Relay: Dry Run')
  await workbench.webview().getByText('it has no checks: only its directory is looked at').waitFor()
  await workbench.webview().getByRole('button', { name: 'Run the checks once' }).click()
  await workbench.codeLens('✓ Dry run: It has no checks of its own; its directory can be used.').waitFor()
  expect(fs.existsSync(inWorkspace(relay, 'bare.txt'))).toBe(false)
})

test('a block that is running is started again only by somebody who was told, though it is approved for good', async ({
  workbench,
  relay,
}) => {
  const name = 'Runs for long'
  const block = renderBlock({ command: `echo begun >> begun.txt; ${waitFor('go')}`, description: name })
  fs.writeFileSync(inWorkspace(relay, 'long.md'), block)
  await workbench.openFile('long.md')
  await workbench.codeLens('Start job').click()
  await workbench.webview().getByRole('button', { name: 'Always start exactly this' }).click()
  await workbench.codeLens('running').waitFor()
  await workbench.runCommand('Relay: Start Job')
  await workbench
    .webview()
    .getByText(/The same block is running already: ● running .*long\.md, line 1/)
    .waitFor()
  await workbench.screenshot('same block running')
  await workbench.webview().getByRole('button', { name: 'Cancel' }).click()
  await workbench.codeLens('running').waitFor()
  expect(jobsNamed(relay, name)).toHaveLength(1)
  await workbench.runCommand('Relay: Start Job')
  await workbench.webview().getByRole('button', { name: 'Start a second time' }).click()
  await expect.poll(() => jobsNamed(relay, name).length).toBe(2)
  fs.writeFileSync(inWorkspace(relay, 'go'), '')
  await workbench.codeLens('Start again').waitFor()

  fs.appendFileSync(inWorkspace(relay, 'once.md'), renderBlock({ command: 'true', description: 'Once' }))
  await workbench.openFile('once.md')
  await workbench.codeLens('Start job').click()
  await workbench.webview().getByRole('button', { name: 'Start once' }).click()
  await workbench.codeLens('Start again').click()
  await workbench
    .webview()
    .getByText(/The same ran before: ✓ succeeded .*ended .*once\.md, line 1/)
    .waitFor()
  await workbench.screenshot('same block before')
  await workbench.webview().getByRole('button', { name: 'Cancel' }).click()
})

test('of two windows that start the same block at the same moment one is told of the other', async ({
  workbench,
  relay,
}) => {
  const name = 'In two windows'
  fs.writeFileSync(inWorkspace(relay, 'two.md'), renderBlock({ command: waitFor('go-two'), description: name }))
  await workbench.openFile('two.md')
  const second = await workbench.openSecond({ folder: relay.workspace })
  await second.openFile('two.md')
  for (const one of [workbench, second]) {
    await one.page.bringToFront()
    await one.codeLens('Start job').click()
    await one.webview().getByRole('button', { name: 'Start once' }).waitFor()
  }
  await second.webview().getByRole('button', { name: 'Start once' }).click()
  await expect.poll(() => jobsNamed(relay, name).length).toBe(1)
  await workbench.page.bringToFront()
  await workbench.webview().getByRole('button', { name: 'Start once' }).click()
  await workbench.dialog.getByText('The same block has just been started elsewhere.').waitFor()
  await workbench.screenshot('same block elsewhere')
  await workbench.answerDialog('Cancel')
  await workbench.codeLens('running').waitFor()
  expect(jobsNamed(relay, name)).toHaveLength(1)
  fs.writeFileSync(inWorkspace(relay, 'go-two'), '')
  await workbench.codeLens('Start again').waitFor()
  await second.close()
})
