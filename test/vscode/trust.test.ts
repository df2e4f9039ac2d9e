// Restricted Mode, by hand: jobs are shown, nothing is started and nothing written, until the workspace is trusted.
import fs from 'node:fs'
import { expect } from 'vitest'
import { filesBelow, inWorkspace } from '../fixtures/relayTest'
import { eventually } from '../support/eventually'
import { ownProcesses, renderBlock } from '../support/relay'
import { ChatView } from './support/chatView'
import { sharedWindow } from './support/sharedWindow'

const test = sharedWindow(
  {
    'security.workspace.trust.enabled': true,
    'security.workspace.trust.startupPrompt': 'always',
    'workbench.editor.useModal': 'off',
  },
  ['scriptedModel'],
)

test('in Restricted Mode jobs are shown and nothing is started, stopped, removed or written; trust changes it', async ({
  workbench,
  relay,
}) => {
  await workbench.answerDialog("No, I don't trust the authors")
  await workbench.runCommand('Relay: Show Jobs')
  await workbench.page.getByText('This window is in Restricted Mode: jobs are shown').waitFor()
  await workbench.screenshot('welcome untrusted')
  expect(fs.existsSync(relay.stateRoot), 'a window makes no state folder').toBe(false)

  const id = await relay.start({ command: 'echo from elsewhere', description: 'Already there' })
  await relay.untilState(id, 'succeeded')
  await workbench.codeLens('Start job: only in a trusted workspace').waitFor()
  await workbench.screenshot('trust-restricted')
  for (const title of [
    'Stop Job',
    'Restart Job',
    'Restart Job with Edits…',
    'Remove Job',
    'Run Experiment…',
    'Track Job…',
  ])
    expect(await workbench.hasCommand(`Relay: ${title}`), title).toBe(false)
  // Its supervisor writes until it leaves.
  await eventually(() => ownProcesses(relay.stateRoot).length === 0, 30_000)
  const contents = () =>
    [relay.workspace, relay.stateRoot].flatMap(filesBelow).map((file) => [file, fs.readFileSync(file, 'utf8')])
  const before = contents()

  await workbench.runCommand('Relay: Show Jobs')
  await expect
    .poll(() => workbench.treeRows('Jobs'))
    .toEqual(['Finished Today', expect.stringMatching(/^Already there succeeded/)])
  for (const title of ['Start Job', 'Dry Run', 'Install Agent Skill…']) {
    await workbench.runCommand(`Relay: ${title}`)
    await workbench.notification('This window is in Restricted Mode: no').waitFor()
    await workbench.press('Escape')
    await workbench.notification('This window is in Restricted Mode').waitFor({ state: 'detached' })
  }
  await (await workbench.treeRow('Jobs', 'Already there')).click()
  await workbench.runCommand('Relay: Show Job Details')
  await workbench.pick('Already there')
  await workbench.webview().getByRole('heading', { name: 'Already there' }).waitFor()
  await workbench.closeTab('Already there')

  const chat = await ChatView.open(workbench, relay, false)
  const why = 'This window is in Restricted Mode: nothing is started, stopped, removed or written.'
  await chat.ask(`@relay /start ${renderBlock({ command: 'echo from the chat' })}`)
  await chat.answer(why)
  await workbench.screenshot('trust-chat')
  expect(await chat.button('Start Job').count()).toBe(0)
  await chat.ask('@relay /start train it')
  await chat.answer(why)
  await chat.ask('@relay /stop')
  await chat.answer(why)
  await chat.ask('@relay /track sh train.sh')
  await chat.answer(why)
  expect(await chat.button('Track Job…').count()).toBe(0)
  await chat.ask('@relay /status')
  await chat.answer('Already there')
  chat.willCall('relay_startJob', { command: 'echo from an agent' })
  await workbench.runCommand('Scripted: Call Tool')
  expect((await chat.result()).text).toMatch(/^error: This window is in Restricted Mode/)
  expect(chat.requests()).toEqual([])
  expect(relay.store.list().jobs).toHaveLength(1)
  expect(contents()).toEqual(before)

  await workbench.codeLens('Start job: only in a trusted workspace').click()
  await workbench.page.locator('.workspace-trust-editor').getByRole('button', { name: 'Trust', exact: true }).click()
  await workbench.page.getByText('You trust this folder').first().waitFor()
  await workbench.closeTab('Workspace Trust')
  await workbench.codeLens('Dry run').waitFor() // It is drawn when what asks for trust is not there any more.
  await workbench.codeLens('Start job').click()
  await workbench.webview().getByRole('button', { name: 'Start once' }).click()
  await workbench.codeLens('running').waitFor()
  expect(fs.existsSync(inWorkspace(relay, 'exp'))).toBe(true)
  expect(await workbench.hasCommand('Relay: Stop Job')).toBe(true)
})
