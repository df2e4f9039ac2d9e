// How a person is told that a job has ended, once over all windows and only if they may not have seen it, or should be looked at.
import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { eventually } from '../support/eventually'
import { folderKey } from '../../src/store/stateFolder'
import { attemptOf, inWorkspace, waitFor } from '../fixtures/relayTest'
import { type Relay, renderBlock } from '../support/relay'
import { sharedWindow } from './support/sharedWindow'
import type { Workbench } from './support/workbench'

const test = sharedWindow().extend<{ readonly begun: null }>({
  begun: [
    async ({ workbench, relay }, use) => {
      // What ends before the extension is there was not seen to end.
      if (!fs.existsSync(relay.stateRoot)) await workbench.codeLens('Start job').waitFor()
      await use(null)
    },
    { auto: true },
  ],
})

test('a failure is told with a way to its log, a success that a person can see is not', async ({
  workbench,
  relay,
}) => {
  const good = await relay.start({ command: 'echo fine', description: 'Went well' })
  await relay.untilState(good, 'succeeded')
  const bad = await relay.start({ command: 'echo cause of it; exit 5', description: 'Went wrong' })
  await relay.untilState(bad, 'failed')
  await workbench.notification('Went wrong').waitFor()
  // The success had ended before: what was to be said of it would have been said.
  expect(isClaimed(relay, good)).toBe(true)
  expect(await workbench.notifications()).toEqual([expect.stringMatching(/^Went wrong: ✗ failed 0:0\d exit 5$/)])
  await workbench.screenshot('notice-failed')
  await workbench.answer('Went wrong', 'Show Log')
  await expect.poll(() => workbench.terminalText()).toContain('cause of it')
})

test('a success is told to a window that is not looked at, once', async ({ workbench, relay }) => {
  const away = await workbench.lookAway()
  const id = await relay.start({ command: 'echo fine', description: 'Unseen success' })
  await relay.untilState(id, 'succeeded')
  await eventually(() => isClaimed(relay, id))
  await away.comeBack()
  await workbench.notification('Unseen success').waitFor()
  expect(await workbench.notifications()).toEqual([expect.stringMatching(/^Unseen success: ✓ succeeded 0:0\d$/)])
  await clear(workbench)
})

test('two windows on the folder tell of a failure once', async ({ workbench, relay }) => {
  const second = await workbench.openSecond({ folder: relay.workspace })
  // Where no job ever was, no window says that it is there.
  await relay.untilState(await relay.start({ command: 'true', description: 'The first of all' }), 'succeeded')
  await untilAttached(relay, relay.workspace, 2)
  const id = await relay.start({ command: 'exit 6', description: 'Told once' })
  await relay.untilState(id, 'failed')
  const told = async () =>
    [...(await workbench.notifications()), ...(await second.notifications())].filter((text) => text.startsWith('Told'))
  await expect.poll(told).toHaveLength(1)
  // A later one that both have seen shows that the other window had its chance.
  const later = await relay.start({ command: 'exit 7', description: 'Later' })
  await relay.untilState(later, 'failed')
  await eventually(() => isClaimed(relay, later))
  await expect
    .poll(async () => [...(await workbench.notifications()), ...(await second.notifications())].join())
    .toContain('Later')
  expect(await told()).toHaveLength(1)
  await second.close()
  await clear(workbench)
})

test('five jobs that end together are told together', async ({ workbench, relay }) => {
  for (const number of [1, 2, 3, 4, 5])
    await relay.start({ command: `${waitFor('go-five')}; exit 1`, description: `Together ${number}` })
  fs.writeFileSync(inWorkspace(relay, 'go-five'), '')
  await workbench.notification('jobs have ended').waitFor()
  expect(await workbench.notifications()).toEqual(['✗ 5 jobs have ended, 5 of them not well.'])
  await workbench.screenshot('notice-together')
  await workbench.answer('jobs have ended', 'Show Jobs')
  await (await workbench.treeRow('Jobs', /Together 5.*failed/)).waitFor()
})

test('what ended while no window was open is told when one is opened, once', async ({ workbench, relay }) => {
  // The person has the extension, and no window on this folder.
  const unseen = path.join(relay.root, 'unseen')
  fs.mkdirSync(unseen)
  const away = await failIn(relay, unseen, 'While away')
  const window = await workbench.openSecond({ folder: unseen })
  await window.notification('While away').waitFor()
  expect(await workbench.notifications()).toEqual([])
  await window.screenshot('notice-while-away')
  await window.reload()
  const later = await failIn(relay, unseen, 'While here')
  await window.notification('While here').waitFor()
  expect(await window.notifications()).toEqual([expect.stringContaining('While here')])
  expect([away, later].map((id) => isClaimed(relay, id))).toEqual([true, true])
  await window.close()
})

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
    .poll(async () => (await workbench.treeRows('Jobs')).slice(0, 2))
    .toEqual([
      'Running',
      expect.stringMatching(/^Goes wrong ⚠ running \d+:\d\d \[smoke 1\/2\] · Its log says: epoch 3 loss=nan · epoch 3/),
    ])
  const status = workbench.page.locator('.statusbar-item [aria-label*="1 job running, 1 to be looked at"]').first()
  await status.waitFor()
  await workbench.screenshot('alert-tree')
  await workbench.answer('Goes wrong', 'Show Log')
  await expect.poll(() => workbench.terminalText()).toContain('loss=nan')
  await workbench.runCommand('Relay: Show Job Details')
  await workbench.pick('Goes wrong')
  await workbench.webview().getByText('To be looked at').first().waitFor()
  await workbench.screenshot('alert-details')
  await workbench.closeTab('Goes wrong')
  fs.writeFileSync(inWorkspace(relay, 'go'), '')
  await relay.untilState(id, 'succeeded')
})

test('Do Not Show Again is the end of it', async ({ workbench, relay }) => {
  await fail(relay, 'One too many')
  await workbench.answer('One too many', 'Do Not Show Again')
  await workbench.notification('One too many').waitFor({ state: 'detached' })
  const silent = await fail(relay, 'Not told')
  await eventually(() => isClaimed(relay, silent))
  // Longer than what ends together is gathered: what was to be said would have been said.
  const later = await fail(relay, 'Not told either', 'sleep 2; exit 1')
  await eventually(() => isClaimed(relay, later))
  expect(await workbench.notifications()).toEqual([])
})

async function fail(relay: Relay, description: string, command = 'exit 1'): Promise<string> {
  const id = await relay.start({ command, description })
  await relay.untilState(id, 'failed')
  return id
}

async function failIn(relay: Relay, folder: string, description: string): Promise<string> {
  const input = renderBlock({ command: 'exit 1', description })
  const { stdout } = await relay.run(['start', '-', '--yes'], { input, cwd: folder })
  const id = stdout.trim()
  await relay.untilState(id, 'failed')
  return id
}

/** Some window has said that the end of this job is its to tell, or not to tell. */
function isClaimed(relay: Relay, id: string): boolean {
  return fs.existsSync(attemptOf(relay, id).noticed)
}

/** The extension is at work in so many windows on the folder. */
async function untilAttached(relay: Relay, folder = relay.workspace, windows = 1): Promise<void> {
  const directory = relay.state.folder(folderKey(folder)).windows
  await eventually(() => fs.existsSync(directory) && fs.readdirSync(directory).length >= windows, 60_000)
}

async function clear(workbench: Workbench): Promise<void> {
  await workbench.runCommand('Notifications: Clear All Notifications')
}
