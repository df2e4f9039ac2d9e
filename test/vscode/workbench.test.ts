// The first look that a person takes: the sample is open, and the extension is there.
import { expect } from 'vitest'
import { test } from './support/vscodeTest'

test('the sample opens with its block in view', async ({ workbench }) => {
  await workbench.tab('experiment.md').waitFor()
  await workbench.editor.getByText('Can twelve hidden units').waitFor()
  await workbench.screenshot('sample')
  expect(await workbench.notifications()).toEqual([])
})

test('a terminal of the window has the state folder of the test', async ({ workbench, relay }) => {
  await workbench.runCommand('Terminal: Create New Terminal')
  await workbench.typeInTerminal('clear; echo "state=$XDG_STATE_HOME"\n')
  await expect
    .poll(() => workbench.terminalText(), { timeout: 20_000 })
    .toContain(`state=${relay.env['XDG_STATE_HOME']}`)
})
