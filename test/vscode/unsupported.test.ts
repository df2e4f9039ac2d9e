// Where no job can run or be kept: the view says so and what to do, nothing offers to start one, and nothing is written.
import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { writeJson } from './host/server'
import { sharedWindow } from './support/sharedWindow'
import { Workbench } from './support/workbench'

const test = sharedWindow({}, ['virtualFolder'])

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

test('a state folder that cannot be used is told in the view, and why when something is tried', async ({
  browser,
  relay,
  server,
}) => {
  for (const scope of ['User', 'Machine']) {
    const file = path.join(relay.root, 'vscode/data', scope, 'settings.json')
    const settings = JSON.parse(fs.readFileSync(file, 'utf8')) as object
    writeJson(file, { ...settings, 'relay.stateFolder': 'not/absolute' })
  }
  const openFile = path.join(relay.workspace, 'experiment.md')
  const workbench = await Workbench.open(browser, server, { folder: relay.workspace, payload: { openFile } })
  await workbench.runCommand('Relay: Show Jobs')
  await workbench.page.getByText('The folder in which jobs are kept cannot be used.').waitFor()
  await workbench.runCommand('Relay: Start Job')
  await workbench.notification('The setting relay.stateFolder wants an absolute path, not not/absolute.').waitFor()
  await workbench.screenshot('welcome trouble')
  await workbench.press('Escape')
  expect(await workbench.codeLens('Start job').count()).toBe(0)
  await workbench.page.getByRole('button', { name: 'Show Output' }).first().click()
  await workbench.page.getByText('wants an absolute path').last().waitFor()
  await workbench.close()
})
