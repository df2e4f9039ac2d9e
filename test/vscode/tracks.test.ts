// A job is tracked by hand: from the command or the chat to its pull request, in a real VS Code; GitHub is one of our own on loopback.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { processesOfJob, waitFor } from '../fixtures/relayTest'
import { eventually } from '../support/eventually'
import { TrackedClone } from '../support/trackedClone'
import { ChatView } from './support/chatView'
import { sharedWindowOn } from './support/sharedWindow'

const test = sharedWindowOn(
  async () => {
    const tracked = await TrackedClone.make({
      'docs/moons.md': '# Two moons\n',
      'train.sh': 'mkdir -p results\necho "{\\"acc\\": 0.75}" > results/metrics.json\n',
      'long.sh': waitFor('never'),
    })
    const { relay, clone, hub } = tracked
    return { relay, folder: clone.folder, hub, dispose: () => tracked.dispose() }
  },
  { 'relay.notifications': 'always', 'relay.followUps.agent': 'builtin', 'relay.tracking.launch': 'local' },
  ['scriptedModel'],
)

test('a command is tracked from the palette: all of it is shown, approved once, and its end is told with the link', async ({
  place,
  workbench,
}) => {
  await workbench.runCommand('Relay: Track Job…')
  // What there is none of is told with its reason, and a process by its number.
  await workbench.quickInput.getByText('No workflow run').waitFor()
  await workbench.quickInput.getByText(/^gh ended with 1: failed to get runs/).waitFor()
  await workbench.quickInput
    .getByText(/^\d+ · .* CPU \d+ %$/)
    .first()
    .waitFor()
  await workbench.screenshot('track-picker')
  await workbench.pick('A command…')
  await workbench.quickInput.getByText('The command to launch').waitFor()
  await workbench.quickInput.locator('input').first().fill('sh train.sh')
  await workbench.press('Enter')
  const page = workbench.webview()
  await page.getByText('Track “train”?').first().waitFor()
  for (const told of ['results/train-', 'pushed to origin', 'docs/train.md', 'sh train.sh', 'Questions'])
    await page.getByText(told).first().waitFor()
  await workbench.screenshot('track-approval')
  await page.getByRole('button', { name: 'Track', exact: true }).click()
  await workbench.notification(/train has succeeded\. acc 0\.75\. https:\/\/github\.com\/ada\/space\/pull\/1/).waitFor()
  await workbench.runCommand('Relay: Show Jobs')
  for (const view of ['Jobs', 'Tasks']) await workbench.foldView(view)
  await expect
    .poll(() => workbench.treeRows('Tracked'), { timeout: 20_000 })
    .toContainEqual(expect.stringContaining('train'))
  await (await workbench.treeRow('Tracked', 'train')).locator('.monaco-tl-twistie').click()
  for (const told of [/Pull request\s*ada\/space #1/, /Results\s*acc 0\.75/, /Attempt 1\s*succeeded/])
    await (await workbench.treeRow('Tracked', told)).waitFor()
  await workbench.contextMenu(await workbench.treeRow('Tracked', /^train/), 'Show Track')
  await workbench.editor.getByText('## Attempts').waitFor()
  // Small, so that the picture can be read where it is shown small.
  await workbench.page.setViewportSize({ width: 1060, height: 520 })
  await workbench.editor.hover()
  await workbench.page.locator('.workbench-hover:visible').waitFor({ state: 'detached' })
  await workbench.picture('track')
  await workbench.page.setViewportSize({ width: 1400, height: 900 })
  expect(await workbench.editorText()).toContain('- Pull request: https://github.com/ada/space/pull/1')
  expect(place.hub.pulls).toHaveLength(1)
})

test('a process is tracked with the file that it must write: it is asked for, told on the page, and judges its end', async ({
  place,
  relay,
  workbench,
}) => {
  const command = 'while [ ! -e go ]; do sleep 0.05; done; mkdir -p out; echo "{}" > out/done.json'
  const child = spawn('sh', ['-c', command], { cwd: place.folder, stdio: 'ignore' })
  try {
    await workbench.runCommand('Relay: Track Job…')
    await workbench.quickInput.getByText('Processes', { exact: true }).first().waitFor()
    await workbench.quickInput.locator('input').first().fill(`${child.pid} ·`)
    await workbench.quickInput.locator('.monaco-list-row.focused', { hasText: `${child.pid} ·` }).waitFor()
    await workbench.press('Enter')
    await workbench.quickInput.getByText('Files that it must write to be done').waitFor()
    await workbench.quickInput.locator('input').first().fill('out/done.json')
    await workbench.press('Enter')
    const page = workbench.webview()
    for (const told of ['Must write', 'out/done.json', 'files alone']) await page.getByText(told).first().waitFor()
    await workbench.screenshot('track-required')
    await page.getByRole('button', { name: 'Track', exact: true }).click()
    await eventually(() => {
      const { jobs } = relay.store.list()
      return jobs.some(({ job }) => job.spec.plan.backend.kind === 'process' && job.state.kind === 'running')
    }, 30_000)
    fs.writeFileSync(path.join(place.folder, 'go'), '')
    await workbench.notification(/process-\d+ has succeeded/).waitFor()
  } finally {
    child.kill('SIGKILL')
  }
})

test('/track leads to the same page, and what it has launched is stopped from its row after a question', async ({
  relay,
  workbench,
}) => {
  const chat = await ChatView.open(workbench, relay)
  await chat.ask('@relay /track sh long.sh')
  await chat.answer('sh long.sh')
  await workbench.screenshot('track-chat')
  await chat.button('Track Job…').click()
  const page = workbench.webview()
  await page.getByText('Track “long”?').first().waitFor()
  await page.getByRole('button', { name: 'Track', exact: true }).click()
  await workbench.runCommand('Relay: Show Jobs')
  const row = await workbench.treeRow('Tracked', /^long/)
  await row.waitFor()
  const job = await eventually(() => {
    const { jobs } = relay.store.list()
    return jobs.find(({ job }) => job.spec.origin.kind === 'track' && job.state.kind === 'running')?.job.spec
  }, 30_000)
  await workbench.screenshot('track-running')

  await workbench.inlineAction(row, 'Stop Tracking…')
  await workbench.dialog.getByText('Stop tracking “long”?').waitFor()
  await workbench.answerDialog('Cancel')
  expect(processesOfJob(relay, job.id)).not.toEqual([])
  await workbench.inlineAction(row, 'Stop Tracking…')
  await workbench.answerDialog('Stop')
  await relay.untilState(job.id, 'stopped')
  await (await workbench.treeRow('Tracked', /^long.*stopped/)).waitFor()
  expect(processesOfJob(relay, job.id)).toEqual([])
  await chat.ask('@relay /track')
  await chat.answer('long')
})
