// Where no job can run: the view says so and what to do, nothing offers to start one, and nothing is written.
import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { startServer, test as base, type VsCodeFixtures } from './support/vscodeTest'
import { Workbench } from './support/workbench'

const test = base.extend<Pick<VsCodeFixtures, 'server'>>({
  server: async ({ relay }, use) => {
    const server = await startServer(relay, {}, ['virtualFolder'])
    await use(server)
    await server.stop()
  },
})

test('a window on a virtual folder is told what jobs need, and has no way to start one', async ({
  browser,
  relay,
  server,
}) => {
  const file = path.join(relay.root, 'virtual.code-workspace')
  fs.writeFileSync(file, JSON.stringify({ folders: [{ uri: 'virtual:/', name: 'nowhere' }] }))
  const workbench = await Workbench.open(browser, server, { folder: file })
  await workbench.page.locator('.explorer-folders-view').getByText('experiment.md').dblclick()
  await workbench.editor.getByText('echo from nowhere').waitFor()
  await workbench.runCommand('Relay: Show Jobs')
  await workbench.page.getByText('Jobs need a folder on a disk, and the folders of this window are virtual.').waitFor()
  await workbench.screenshot('welcome virtual')
  expect(await workbench.codeLens('Start job').count()).toBe(0)
  for (const title of ['Start Job', 'Dry Run', 'Install Agent Skill…'])
    expect(await workbench.hasCommand(`Relay: ${title}`), title).toBe(false)
  expect(fs.existsSync(relay.stateRoot)).toBe(false)

  await workbench.runCommand('Virtual: Pretend Windows')
  await workbench.page.getByText('Jobs run detached on Linux and macOS. On Windows they run inside of WSL.').waitFor()
  await workbench.page.getByRole('button', { name: 'Reopen in WSL' }).waitFor()
  await workbench.screenshot('welcome windows')
  await workbench.close()
})
