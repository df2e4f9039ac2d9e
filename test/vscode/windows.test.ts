// Two windows on one folder, and the entries of follow-ups in documents that somebody has open, by hand.
import fs from 'node:fs'
import { expect } from 'vitest'
import { inWorkspace, waitFor } from '../fixtures/relayTest'
import type { Relay } from '../support/relay'
import { sharedWindow } from './support/sharedWindow'
import type { Workbench } from './support/workbench'

// In a browser VS Code would save by itself.
const test = sharedWindow({ 'files.autoSave': 'off' })
const before = '# Handoff log\n\nWritten by hand.\n'

test('an entry comes behind unsaved typing, is not saved, and one undo takes back it and nothing else', async ({
  workbench,
  relay,
}) => {
  fs.writeFileSync(inWorkspace(relay, 'HANDOFF_LOG.md'), before)
  await openHandoffLog(workbench)
  await workbench.page.keyboard.type('Typed, not saved.')
  await workbench.tab('HANDOFF_LOG.md').and(workbench.page.locator('.dirty')).waitFor()
  const typed = `${before}Typed, not saved.`

  const id = await startWithFollowUp(relay, 'Behind the typing')
  await relay.untilDelivered(id)
  await workbench.screenshot('windows-entry')
  const text = await workbench.editorText()
  expect(text.startsWith(typed)).toBe(true)
  expect(text.split(`<!-- relay end handoff-${id}-f`)).toHaveLength(2)
  await workbench.tab('HANDOFF_LOG.md').and(workbench.page.locator('.dirty')).waitFor()
  expect(relay.handoffLog).toBe(before)

  await workbench.press('Control+Z')
  await expect.poll(() => workbench.editorText()).toBe(typed)
  await workbench.runCommand('File: Revert File')
  await workbench.tab('HANDOFF_LOG.md').and(workbench.page.locator(':not(.dirty)')).waitFor()
})

test('an entry in a document without unsaved changes is saved', async ({ workbench, relay }) => {
  fs.writeFileSync(inWorkspace(relay, 'HANDOFF_LOG.md'), before)
  await openHandoffLog(workbench)
  const id = await startWithFollowUp(relay, 'Saved at once')
  await relay.untilDelivered(id)
  expect(relay.handoffEntries(id)).toBe(1)
  expect(relay.handoffLog.startsWith(before)).toBe(true)
  await expect.poll(() => workbench.editorText()).toBe(relay.handoffLog)
  await workbench.tab('HANDOFF_LOG.md').and(workbench.page.locator(':not(.dirty)')).waitFor()
})

test('with two windows an entry is written once, and the second sees the job of the first and can stop it', async ({
  workbench,
  relay,
}) => {
  fs.appendFileSync(inWorkspace(relay, 'HANDOFF_LOG.md'), '')
  const second = await workbench.openSecond({ folder: relay.workspace })
  for (const window of [workbench, second]) await openHandoffLog(window)
  await second.runCommand('Relay: Show Jobs')
  const id = await startWithFollowUp(relay, 'In both windows', waitFor('go-windows'))
  const row = await second.treeRow('Jobs', /In both windows.*running/)
  await row.waitFor()
  await workbench.runCommand('Relay: Show Jobs')
  await (await workbench.treeRow('Jobs', /In both windows.*running/)).waitFor()
  fs.writeFileSync(inWorkspace(relay, 'go-windows'), '')
  await relay.untilDelivered(id)
  expect(relay.handoffEntries(id)).toBe(1)
  for (const window of [workbench, second]) {
    await window.tab('HANDOFF_LOG.md').click() // Both have it open.
    await window.editor.locator('.view-lines').click()
    await window.press('Control+End')
    await window.editor.getByText(`relay end handoff-${id}`).waitFor()
  }

  const stopped = await relay.start({ command: waitFor('never'), description: 'Stopped from there' })
  const running = /Stopped from there.*running/
  await (await workbench.treeRow('Jobs', running)).waitFor()
  await second.inlineAction(await second.treeRow('Jobs', running), 'Stop Job')
  await second.answerDialog('Stop Job')
  await relay.untilState(stopped, 'stopped')
  await (await workbench.treeRow('Jobs', /Stopped from there.*stopped/)).waitFor()
  await second.close()
})

/** With the cursor at its end. */
async function openHandoffLog(workbench: Workbench): Promise<void> {
  await workbench.openFile('HANDOFF_LOG.md')
  await workbench.editor.locator('.view-lines').click()
  await workbench.press('Control+End')
}

async function startWithFollowUp(relay: Relay, description: string, command = 'true'): Promise<string> {
  return relay.start({ command, description, watch: { thenTask: 'Analyze.', runTasks: true } })
}
