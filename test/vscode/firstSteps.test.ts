// What a person meets first: the sample, the walkthrough, and `relay` in the terminals of the window.
import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { eventually } from '../support/eventually'
import { sharedWindow } from './support/sharedWindow'

const test = sharedWindow()

test('the sample opens with its block in view', async ({ workbench }) => {
  await workbench.tab('experiment.md').waitFor()
  await workbench.editor.getByText('Can twelve hidden units').waitFor()
  await workbench.screenshot('sample')
  expect(await workbench.notifications()).toEqual([])
})

test('the walkthrough leads from a block to its report, with pictures', async ({ workbench }) => {
  await workbench.runCommand('Relay: Get Started')
  const steps = workbench.page.locator('.getting-started-step')
  await expect.poll(() => steps.count()).toBe(4)
  await workbench.page.locator('.getting-started-media img, img.getting-started-media').first().waitFor()
  await workbench.screenshot('walkthrough')
})

test('a new terminal has the relay command, on the jobs of this window and the state folder of the test', async ({
  workbench,
  relay,
}) => {
  const id = await relay.start({ command: 'true', description: 'Known to the terminal' })
  await relay.untilDelivered(id)
  // Terminals that are opened before the extension has done its part do not have it.
  await eventually(() =>
    fs
      .readdirSync(relay.root, { recursive: true })
      .some((name) => String(name).endsWith('/bin/relay') && String(name).includes('globalStorage')),
  )
  await workbench.runCommand('Terminal: Create New Terminal')
  await workbench.typeInTerminal('clear; echo "state=$XDG_STATE_HOME"; relay list\n')
  await expect.poll(() => workbench.terminalText(), { timeout: 20_000 }).toContain('Known to the terminal')
  expect(await workbench.terminalText()).toContain(`state=${relay.env['XDG_STATE_HOME']}`)
})

test('the sample is copied into a new folder and opened, and nothing is overwritten', async ({ workbench, relay }) => {
  const first = path.join(relay.home, 'relay-sample')
  fs.mkdirSync(first)
  await workbench.runCommand('Relay: Open Sample Workspace')
  await eventually(() => fs.existsSync(path.join(`${first}-2`, 'experiment.md')))
  await workbench.runCommand('Relay: Open Steps Sample Workspace')
  await eventually(() => fs.existsSync(path.join(relay.home, 'relay-steps-sample/.claude/tasks/step_definitions.yaml')))
  expect(fs.readdirSync(first)).toEqual([])
})
