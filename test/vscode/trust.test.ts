// Restricted Mode, by hand: jobs are shown, nothing is started and nothing written, until the workspace is trusted.
import fs from 'node:fs'
import { expect } from 'vitest'
import { filesBelow, inWorkspace } from '../fixtures/relayTest'
import { sharedWindow } from './support/sharedWindow'

const test = sharedWindow({
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'always',
  'workbench.editor.useModal': 'off',
})

test('in Restricted Mode jobs are shown and nothing is started, stopped, removed or written; trust changes it', async ({
  workbench,
  relay,
}) => {
  await workbench.answerDialog("No, I don't trust the authors")
  const id = await relay.start({ command: 'echo from elsewhere', description: 'Already there' })
  await relay.untilState(id, 'succeeded')
  const contents = () => filesBelow(relay.workspace).map((file) => [file, fs.readFileSync(file, 'utf8')])
  const before = contents()

  await workbench.runCommand('Relay: Show Jobs')
  await expect
    .poll(() => workbench.treeRows('Jobs'))
    .toEqual(['Finished Today', expect.stringMatching(/^Already there succeeded/)])
  await workbench.codeLens('Start job: only in a trusted workspace').waitFor()
  await workbench.screenshot('trust-restricted')
  for (const title of ['Stop Job', 'Restart Job', 'Restart Job with Edits…', 'Remove Job'])
    expect(await workbench.hasCommand(`Relay: ${title}`), title).toBe(false)
  await workbench.runCommand('Relay: Start Job')
  await workbench.notification('This window is in Restricted Mode').waitFor()
  await workbench.press('Escape')
  expect(relay.store.list().jobs).toHaveLength(1)
  expect(contents()).toEqual(before)

  await workbench.codeLens('Start job: only in a trusted workspace').click()
  await workbench.page.locator('.workspace-trust-editor').getByRole('button', { name: 'Trust', exact: true }).click()
  await workbench.page.getByText('You trust this folder').first().waitFor()
  await workbench.closeTab('Workspace Trust')
  await workbench.codeLens('Start job').click()
  await workbench.webview().getByRole('button', { name: 'Start once' }).click()
  await workbench.codeLens('running').waitFor()
  expect(fs.existsSync(inWorkspace(relay, 'exp'))).toBe(true)
  expect(await workbench.hasCommand('Relay: Stop Job')).toBe(true)
})
