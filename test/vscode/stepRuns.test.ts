// Steps from a lens to a ticked SPEC.md, by hand, on the sample of steps.
import fs from 'node:fs'
import { expect } from 'vitest'
import { inWorkspace } from '../fixtures/relayTest'
import { sharedWindow } from './support/sharedWindow'

const test = sharedWindow({ 'relay.notifications': 'never' }, ['scriptedModel'], {
  sample: 'steps-sample',
  open: 'SPEC.md',
})

test('a plan is shown as it would run, and a step is run from its lens', async ({ workbench, relay }) => {
  await workbench.codeLens('Run step').waitFor()
  await workbench.runCommand('Relay: Show Steps')
  for (const view of ['Jobs', 'Tasks']) await workbench.foldView(view)
  await expect
    .poll(() => workbench.treeRows('Steps'), { timeout: 20_000 })
    .toEqual(['1 Make the data', '2 Train the model', '3 Generate 300 examples', '4 Evaluate the model', '5 Write the report'])
  await workbench.codeLens('Run step').click()
  await workbench.webview().getByText('Run “STEP 1').first().waitFor()
  await workbench.screenshot('steps-approval')
  await workbench.webview().getByRole('button', { name: 'Run once' }).click()
  await expect.poll(() => fs.readFileSync(inWorkspace(relay, 'SPEC.md'), 'utf8'), { timeout: 40_000 }).toMatch(/\[x\] \*\*STEP 1\*\*/)
  await workbench.screenshot('steps-one-done')
  await workbench.codeLens('Continue from here').click()
  await workbench.webview().getByText(/^Run \d steps/).first().waitFor()
  await workbench.screenshot('steps-approval-range')
  await workbench.webview().getByRole('button', { name: 'Run these once' }).click()
  await workbench.page.waitForTimeout(4000)
  await workbench.screenshot('steps-running-1')
  await workbench.page.waitForTimeout(5000)
  await workbench.screenshot('steps-running-2')
  await expect.poll(() => fs.readFileSync(inWorkspace(relay, 'SPEC.md'), 'utf8'), { timeout: 60_000 }).toMatch(/\[x\] \*\*STEP 5\*\*/)
  await workbench.page.waitForTimeout(2000)
  await workbench.screenshot('steps-done')
  console.log(fs.readFileSync(inWorkspace(relay, 'SPEC.md'), 'utf8'), fs.readFileSync(inWorkspace(relay, '.task_execution.log'), 'utf8'))
})
