// The queue by hand: why jobs wait, holding back and letting go, groups, and the lenses of blocks that start nothing.
import fs from 'node:fs'
import { expect } from 'vitest'
import { planOf } from '../../src/core/jobs/job'
import { inWorkspace, waitFor } from '../fixtures/relayTest'
import { sharedWindow } from './support/sharedWindow'

const test = sharedWindow({ 'relay.terminal.openOnStart': false, 'relay.notifications': 'never' })

const block = (...actions: readonly object[]) =>
  `[[relay-actions]]\n${JSON.stringify({ actions })}\n[[/relay-actions]]\n`

test('the tree says why a job waits; it is held back, its group gets another limit, and it is let go', async ({
  workbench,
  relay,
}) => {
  const queue = { group: 'gpu', scope: 'host' }
  const first = await relay.start({ command: waitFor('go'), description: 'First of two', queue })
  await relay.start({ command: `${waitFor('go')}; : 2`, description: 'Second of two', queue })
  await relay.untilState(first, 'running')
  await workbench.runCommand('Relay: Show Jobs')
  const rows = () => workbench.treeRows('Jobs')
  await expect.poll(rows).toContainEqual('Second of two waiting · for a place in the group gpu')
  await workbench.screenshot('queue-waiting')

  await workbench.contextMenu(await workbench.treeRow('Jobs', 'Second of two'), 'Pause Group')
  await expect.poll(rows).toContainEqual('Second of two waiting · the group gpu is paused')
  await workbench.contextMenu(await workbench.treeRow('Jobs', 'Second of two'), 'Resume Group')
  await workbench.contextMenu(await workbench.treeRow('Jobs', 'Second of two'), 'Hold Back')
  await expect.poll(rows).toContainEqual('Second of two waiting · held back: let it go to have it run')
  await workbench.runCommand('Relay: Set Group Limit…')
  await workbench.pick('gpu')
  await workbench.quickInput.getByText('How many jobs of the group gpu').waitFor()
  await workbench.paste('2')
  await workbench.press('Enter')
  await expect.poll(() => fs.existsSync(relay.state.groups)).toBe(true)
  await workbench.inlineAction(await workbench.treeRow('Jobs', 'Second of two'), 'Let Go')
  await expect.poll(rows).toContainEqual(expect.stringMatching(/^Second of two running/))
})

test('a lens says what the action of its block does, and it is shown and asked about before', async ({
  workbench,
  relay,
}) => {
  const id = relay.store.find('latest').job.spec.id
  const watch = { thenTask: 'Read the log x.log: the loss.', everySec: 60 }
  fs.writeFileSync(inWorkspace(relay, 'watch.md'), block({ type: 'job_watch', watch }))
  await workbench.openFile('watch.md')
  await workbench.codeLens('Change watch').click()
  const page = workbench.webview()
  await page.getByRole('heading', { name: 'Change how the job “Second of two” is watched?' }).waitFor()
  expect(await page.locator('dl').innerText()).toContain('300 → 60')
  await workbench.screenshot('queue-change-watch')
  await page.getByRole('button', { name: 'Change watch' }).click()
  await expect.poll(() => planOf(relay.store.find(id).job).followUp?.task).toBe(watch.thenTask)

  const several = block({ type: 'job_stop', jobId: id }, { type: 'task_add', text: 'Tidy up.' })
  fs.writeFileSync(inWorkspace(relay, 'several.md'), several)
  await workbench.openFile('several.md')
  await workbench.codeLens('2 Add task').waitFor()
  await workbench.codeLens('1 Stop job').click()
  await workbench.webview().getByRole('button', { name: 'Stop job' }).click()
  expect((await relay.untilState(id, 'stopped')).followUp).toBeNull()
})
