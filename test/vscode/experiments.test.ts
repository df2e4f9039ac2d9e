// Experiments by hand: from a workspace that has nothing to a run in the tree and in the table, with everything approved in between.
import fs from 'node:fs'
import { expect } from 'vitest'
import { renderRegistryLine } from '../../src/core/experiments/registryRecord'
import { inWorkspace } from '../fixtures/relayTest'
import { eventually } from '../support/eventually'
import type { Relay } from '../support/relay'
import { runRecord } from '../support/runRecord'
import { ChatView } from './support/chatView'
import { sharedWindow } from './support/sharedWindow'

const test = sharedWindow({ 'relay.terminal.openOnStart': false, 'workbench.editor.useModal': 'off' }, [
  'scriptedModel',
])

const template = `id: quick
description: A quick run
command: [sh, train.sh, "{lr}", "{seed}", "{run_dir}"]
primary_metric: { name: val_accuracy, higher_is_better: true }
defaults: { seed: 0 }
`

/** Its accuracy depends on what it is given, and it tells of it step by step. */
const training = String.raw`awk -v seed="$2" -v out="$3/metrics.json" 'BEGIN {
  for (i = 1; i <= 40; i++) {
    accuracy = (0.8 + seed / 100) * (1 - exp(-i / 6))
    loss = 0.2 + exp(-i / (5 + seed))
    printf "step %d val_accuracy=%.4f loss=%.4f\n", i, accuracy, loss
  }
  printf "{\"primary\": {\"name\": \"val_accuracy\", \"value\": %.4f, \"higher_is_better\": true}, ", accuracy > out
  printf "\"metrics\": {\"loss\": %.4f}}", loss > out
}'
`

test('a run contract is scaffolded, a run is started from the palette, and it is in the tree and in the table', async ({
  workbench,
  relay,
}) => {
  await workbench.runCommand('Relay: Show Experiments')
  const empty = await workbench.view('Experiments')
  await empty.getByText('No runs are recorded yet.').waitFor()
  await workbench.screenshot('experiments-empty')

  await empty.getByRole('button', { name: 'Scaffold Run Contract…' }).click()
  await workbench.quickInput.getByText('scripts/vr_run.sh').waitFor()
  await workbench.tab('vr_run.sh').waitFor()
  await workbench.screenshot('experiments-scaffold')
  expect(fs.existsSync(inWorkspace(relay, 'scripts/vr_run.sh'))).toBe(false)
  await workbench.quickInput.getByRole('button', { name: 'OK' }).click()
  await eventually(() => fs.existsSync(inWorkspace(relay, 'scripts/vr_run.sh')))
  await workbench.tab('train_baseline.yaml').waitFor()
  writeTemplate(relay)

  await workbench.runCommand('Relay: Run Experiment…')
  await workbench.quickInput.getByText('val_accuracy, higher is better').waitFor()
  await workbench.screenshot('experiments-templates')
  await workbench.pick('A quick run')
  // What has no default is asked for.
  await workbench.quickInput.getByText('Value of lr').waitFor()
  await workbench.page.keyboard.type('0.01')
  await workbench.press('Enter')
  await workbench.quickInput.getByText('sh train.sh 0.01 0').waitFor()
  await workbench.screenshot('experiments-review')
  await workbench.pick('Go on to the approval')
  const approval = workbench.webview()
  await approval.getByRole('heading', { name: /^Run “A quick run: lr=0\.01/ }).waitFor()
  expect(await approval.locator('dl').innerText()).toMatch(/scripts\/vr_run\.sh --run-id r\S+ .* sh train\.sh 0\.01 0/)
  await approval.getByRole('button', { name: 'Run once', disabled: false }).click()
  const rows = () => workbench.treeRows('Experiments')
  await expect
    .poll(rows, { timeout: 60_000 })
    .toEqual([expect.stringMatching(/^★ [-\w]+ val_accuracy 0\.799, the best · quick · just now$/)])

  // Once more, with another seed, from what the first was given.
  await workbench.contextMenu(await workbench.treeRow('Experiments', '★'), 'Run Again with Changes…')
  await workbench.quickInput.getByText('lr = 0.01').waitFor()
  await workbench.pick('seed = 0')
  await workbench.quickInput.getByText('Value of seed').waitFor()
  await workbench.press('Control+A')
  await workbench.page.keyboard.type('5')
  await workbench.press('Enter')
  await workbench.quickInput.getByText('instead of 0').waitFor()
  await workbench.pick('Go on to the approval')
  await approval.getByRole('button', { name: 'Run once', disabled: false }).click()
  await expect
    .poll(rows, { timeout: 60_000 })
    .toEqual([
      expect.stringMatching(/^★ [-\w]+ val_accuracy 0\.8489, the best/),
      expect.stringMatching(/^[-\w]+ val_accuracy 0\.799 \(−0\.0499\)/),
    ])
  await (await workbench.treeRow('Experiments', '★')).click()
  await workbench.press('ArrowRight')
  await expect.poll(rows).toContainEqual(expect.stringMatching(/^loss 0\.2\d+$/))
  await workbench.screenshot('experiments-tree')

  await workbench.runCommand('Relay: Open Experiments Table')
  const page = workbench.webview()
  await page.getByText('2 runs', { exact: true }).waitFor()
  const cells = () => page.locator('.grid tbody tr:not(.spacer)').first().locator('td, th').allInnerTexts()
  expect((await cells()).join(' ')).toMatch(/★ r\S+ ✓ success 0\.8489 0 /)
  await workbench.screenshot('experiments-table')
  await page.getByRole('checkbox', { name: 'Best and last' }).check()
  await expect.poll(async () => (await cells()).join(' ')).toMatch(/(?: 0\.8489){2}/)
  for (const at of [0, 1]) await page.locator('.grid tbody input').nth(at).check()
  await page.getByRole('button', { name: 'Compare 2 runs' }).click()
  await page
    .getByRole('figure')
    .first()
    .getByText(/Best 0\.\d+ at step 40/)
    .first()
    .waitFor()
  // Small, so that the picture can be read where it is shown small.
  await workbench.runCommand('Notifications: Clear All Notifications')
  await workbench.page.setViewportSize({ width: 1060, height: 680 })
  await workbench.press('Control+B')
  await page.locator('.u-over').first().scrollIntoViewIfNeeded()
  await workbench.picture('experiments')
  await workbench.press('Control+B')
  await workbench.page.setViewportSize({ width: 1400, height: 900 })
  await page.getByRole('button', { name: 'Back to the table' }).click()
  await page.getByRole('button', { name: 'Open Report' }).click()
  await workbench.tab('rolling_report.md').waitFor()
  await workbench.screenshot('experiments-report')
})

test('the chat tells of runs, and leads to the approval of one', async ({ workbench, relay }) => {
  await ranTwice(relay)
  const chat = await ChatView.open(workbench, relay)
  await chat.ask('@relay /exp report')
  const answer = await chat.answer('★ success')
  expect(await answer.locator('tbody tr').count()).toBe(2)
  await chat.ask('@relay /exp best nothing')
  await chat.answer('No run is judged by nothing. There are: val_accuracy.')
  await chat.ask('@relay /exp run quick lr=0.5 see=1')
  await chat.answer('Was seed meant?')
  await chat.ask('@relay /exp run quick lr=0.5')
  await chat.answer('sh train.sh 0.5 0')
  await workbench.screenshot('experiments-chat')
  await chat.button('Run quick…').click()
  await workbench.pick('Go on to the approval')
  await workbench.webview().getByText('sh train.sh 0.5 0').first().waitFor()
  await workbench.webview().getByRole('button', { name: 'Cancel' }).click()
  expect(chat.requests()).toEqual([])
  expect(relay.store.list().jobs.filter(({ job }) => job.spec.plan.experiment !== undefined)).toHaveLength(2)
})

test('what other tools record is shown, and what was chosen in the table is there the next time', async ({
  workbench,
  relay,
}) => {
  fs.mkdirSync(inWorkspace(relay, 'exp'), { recursive: true })
  for (const number of [1, 2])
    fs.appendFileSync(
      inWorkspace(relay, 'exp/registry.jsonl'),
      renderRegistryLine(runRecord({ runId: `by-hand-${number}`, value: number / 10, params: { lr: 0.1 } })),
    )
  await workbench.runCommand('Relay: Open Experiments Table')
  const page = workbench.webview()
  await page.getByText('by-hand-2').first().waitFor()
  await page.getByText('Columns', { exact: true }).click()
  await page.getByRole('checkbox', { name: 'Pin lr at the left' }).check()
  await page.getByRole('columnheader', { name: 'lr' }).waitFor()
  await workbench.closeTab('Experiments')
  await workbench.runCommand('Relay: Open Experiments Table')
  const again = workbench.webview()
  await again.getByText(/^\d+ runs$/).waitFor()
  expect((await again.locator('.grid thead .label').allTextContents()).slice(0, 2)).toEqual(['Run', 'lr'])
})

function writeTemplate(relay: Relay): void {
  fs.writeFileSync(inWorkspace(relay, 'templates/experiments/quick.yaml'), template)
  fs.writeFileSync(inWorkspace(relay, 'train.sh'), training)
}

/** Until there are two runs of the template, those of a person or of ours. */
async function ranTwice(relay: Relay): Promise<void> {
  const registry = inWorkspace(relay, 'exp/registry.jsonl')
  if (fs.existsSync(registry)) return
  expect(await relay.run(['exp', 'scaffold', '--yes'])).toMatchObject({ exitCode: 0 })
  writeTemplate(relay)
  for (const seed of [0, 5])
    expect(await relay.run(['exp', 'run', 'quick', 'lr=0.01', `seed=${seed}`, '--yes'])).toMatchObject({ exitCode: 0 })
  await eventually(() => fs.readFileSync(registry, 'utf8').split('\n').length === 3, 30_000)
}
