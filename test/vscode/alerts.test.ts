// A running job that should be looked at is shown everywhere, and told once with what can be done.
import fs from 'node:fs'
import { expect } from 'vitest'
import { inWorkspace, waitFor } from '../fixtures/relayTest'
import { sharedWindow } from './support/sharedWindow'

const test = sharedWindow()

test('an alert stands in the tree, the status bar and the details, and is told once with a way to the log', async ({
  workbench,
  relay,
}) => {
  await workbench.runCommand('Relay: Show Jobs')
  const id = await relay.start({
    supervisor: {
      runId: 'r1',
      stateFile: 'state.json',
      smokeCmd: `echo 'epoch 3 loss=nan'; ${waitFor('go')}`,
      fullCmd: 'true',
    },
    description: 'Goes wrong',
    watch: { everySec: 1 },
  })
  await workbench.notification('Goes wrong').waitFor()
  expect(await workbench.notifications()).toEqual(['⚠ Goes wrong: Its log says: epoch 3 loss=nan'])
  await expect
    .poll(() => workbench.treeRows('Jobs'))
    .toEqual([
      'Running',
      expect.stringMatching(/^Goes wrong ⚠ running \d+:\d\d \[smoke 1\/2\] · Its log says: epoch 3 loss=nan · epoch 3/),
    ])
  await workbench.screenshot('alert-tree')
  await workbench.answer('Goes wrong', 'Show Log')
  await expect.poll(() => workbench.terminalText()).toContain('loss=nan')
  fs.writeFileSync(inWorkspace(relay, 'go'), '')
  await relay.untilState(id, 'succeeded')
})
