// Steps from a lens to a ticked SPEC.md, by hand, on the sample of steps.
import { expect } from 'vitest'
import { sharedWindow } from './support/sharedWindow'

const test = sharedWindow({ 'relay.notifications': 'never' }, ['scriptedModel'], {
  sample: 'steps-sample',
  open: 'SPEC.md',
})

test('a plan is shown as it would run, and a step is run from its lens', async ({ workbench }) => {
  await workbench.codeLens('Run step').waitFor()
  await workbench.runCommand('Relay: Show Steps')
  for (const view of ['Jobs', 'Tasks']) await workbench.foldView(view)
  await expect
    .poll(() => workbench.treeRows('Steps'), { timeout: 20_000 })
    .toEqual([
      '1 Make the data',
      '2 Train the model',
      '3 Generate 300 examples',
      '4 Evaluate the model',
      '5 Write the report',
    ])
  await (await workbench.treeRow('Steps', 'Train the model')).locator('.monaco-tl-twistie').click()
  await (await workbench.treeRow('Steps', 'Monitors')).locator('.monaco-tl-twistie').click()
  await workbench.screenshot('steps-open')
  await workbench.codeLens('Run step').click()
  await workbench.webview().getByText('Run “STEP 1').first().waitFor()
  await workbench.screenshot('steps-approval')
  await workbench.webview().getByRole('button', { name: 'Cancel' }).click()
  await workbench.codeLens('Continue from here').click()
  await workbench.webview().getByText('Run 5 steps').first().waitFor()
  await workbench.screenshot('steps-approval-range')
})
