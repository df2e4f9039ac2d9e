// A state folder that cannot be used: the view says so and leads to the output, and a command says why.
import { expect } from 'vitest'
import { sharedWindow } from './support/sharedWindow'

const test = sharedWindow({ 'relay.stateFolder': 'not/absolute' })

test('a state folder that cannot be used is told in the view, and why when something is tried', async ({
  workbench,
}) => {
  await workbench.runCommand('Relay: Show Jobs')
  await workbench.page.getByText('The folder in which jobs are kept cannot be used.').waitFor()
  await workbench.runCommand('Relay: Start Job')
  await workbench.notification('The setting relay.stateFolder wants an absolute path, not not/absolute.').waitFor()
  await workbench.screenshot('welcome trouble')
  await workbench.press('Escape')
  expect(await workbench.codeLens('Start job').count()).toBe(0)
  await workbench.page.getByRole('button', { name: 'Show Output' }).first().click()
  await workbench.page.getByText('wants an absolute path').last().waitFor()
})
