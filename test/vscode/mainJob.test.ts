// The main job by hand: a block is started, approved, watched, and comes back with its report.
import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { eventually } from '../support/eventually'
import { test } from './support/vscodeTest'

test('a block is started from its lens, watched in the terminal and the tree, and comes back with a report', async ({
  workbench,
  relay,
}) => {
  // Small, so that the pictures can be read where they are shown small.
  await workbench.page.setViewportSize({ width: 1060, height: 680 })
  await workbench.codeLens('Start job').waitFor()
  await workbench.picture('block')
  await workbench.codeLens('Start job').click()
  const approval = workbench.webview()
  await approval.getByRole('heading', { name: 'Two moons: baseline' }).waitFor()
  expect(await approval.locator('dl').innerText()).toContain('python3 train.py --run-dir exp/results/demo')
  await approval.getByRole('button', { name: 'Start once', disabled: false }).waitFor()
  await workbench.picture('start')
  await approval.getByRole('button', { name: 'Start once' }).click()

  await expect.poll(() => workbench.terminalText(), { timeout: 20_000 }).toMatch(/epoch/i)
  await workbench.codeLens('running').waitFor()
  await workbench.runCommand('Relay: Show Jobs')
  await expect.poll(() => workbench.treeRows('Jobs')).toContainEqual(expect.stringMatching(/Two moons.*running/))
  await (await workbench.treeRow('Jobs', 'Two moons')).locator('.monaco-tl-twistie').click()
  await workbench.picture('watch')

  await expect
    .poll(() => workbench.treeRows('Jobs'), { timeout: 60_000 })
    .toContainEqual(expect.stringMatching(/Two moons.*succeeded/))
  await workbench.codeLens('succeeded').waitFor()
  await eventually(() => fs.existsSync(path.join(relay.workspace, 'HANDOFF_LOG.md')))
  await workbench.screenshot('succeeded')

  await workbench.press('Control+J') // Makes room: the terminal goes.
  await workbench.codeLens('Show report').click()
  const page = workbench.webview()
  await page.getByRole('heading', { name: 'Two moons: baseline' }).waitFor()
  await page.locator('article.report').getByText('val_accuracy').first().waitFor()
  await workbench.picture('report')
  await page.locator('.u-over').first().scrollIntoViewIfNeeded()
  await workbench.picture('plot')
})
