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
  await expect
    .poll(() => workbench.treeRows('Steps'), { timeout: 20_000 })
    .toEqual(['1 Make the data', '2 Train the model', '3 Generate 300 examples', '4 Evaluate the model', '5 Write the report'])
  await workbench.screenshot('steps-open')
})
