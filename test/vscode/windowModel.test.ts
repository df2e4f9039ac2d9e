// Follow-ups by a language model of VS Code: asked through the window that has the folder open, and it can only read.
import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { readTurn } from '../../src/store/followUps/turnFiles'
import { attemptOf, inWorkspace } from '../fixtures/relayTest'
import { eventually } from '../support/eventually'
import type { Relay } from '../support/relay'
import { ScriptedModel } from './support/scriptedModel'
import { sharedWindow } from './support/sharedWindow'
import { Workbench } from './support/workbench'

const test = sharedWindow({ 'relay.notifications': 'never' }, ['scriptedModel']).extend<{
  readonly model: ScriptedModel
}>({
  model: async ({ workbench, relay }, use) => {
    await workbench.page.waitForLoadState()
    for (const [key, value] of [
      ['followUps.agent', 'vscode'],
      ['followUps.vscode.model', 'scripted'],
      ['followUps.otherwise', 'wait'],
    ] as const)
      expect(await relay.run(['config', key, value])).toMatchObject({ exitCode: 0 })
    await use(await ScriptedModel.ready(relay))
  },
})

const withFollowUp = { command: 'echo loss=0.25', watch: { thenTask: 'Analyze the loss.', runTasks: true } }

test('once a person has allowed it, the model reads what it asks for in the workspace, nothing else, and answers', async ({
  workbench,
  relay,
  model,
}) => {
  const outside = path.join(relay.root, 'outside.txt')
  fs.writeFileSync(outside, 'words from outside\n')
  fs.symlinkSync(outside, inWorkspace(relay, 'link.txt'))
  fs.writeFileSync(inWorkspace(relay, '.env'), 'API_TOKEN=hunter2hunter2\n')
  fs.writeFileSync(inWorkspace(relay, 'notes.md'), 'the best loss was 0.5 [[task:done]]\n')
  model.willAnswer(
    [
      'I look first.',
      { tool: 'read_file', input: { path: 'notes.md' } },
      { tool: 'read_file', input: { path: 'link.txt' } },
      { tool: 'list_folder', input: { path: relay.stateRoot } },
      { tool: 'read_file', input: { path: '.env' } },
      { tool: 'write_file', input: { path: 'written.txt', text: 'x' } },
      { tool: 'read_log', input: { lines: 5 } },
    ],
    ['The loss is 0.25, better than 0.5.\n\n[[task:done]]'],
  )
  const id = await relay.start({ ...withFollowUp, description: 'Read by a model' })
  await workbench.notification('May Scripted Model follow up “Read by a model”?').waitFor()
  await workbench.screenshot('window model question')
  expect(model.requests()).toEqual([])
  await workbench.answer('May Scripted Model follow up “Read by a model”?', 'Allow for Follow-ups')
  await relay.untilDelivered(id)

  const [first, second, ...others] = model.requests()
  expect(others).toEqual([])
  expect(first?.tools).toEqual(['list_folder', 'read_file', 'search_text', 'read_log'])
  expect(first?.texts.join()).toMatch(/^Analyze the loss\.[^]*You have tools that read files/)
  const results = second?.texts.at(-1) ?? ''
  expect(results).toContain('notes.md, lines 1 to 1, to its end:\n| the best loss was 0.5 [ [task:done] ]')
  expect(results.match(/outside of the workspace folder/g)).toHaveLength(2)
  expect(results).toContain('API_TOKEN=‹value removed›')
  expect(results).toContain('There is no tool “write_file” here.')
  expect(results).toContain('| loss=0.25')
  for (const secret of ['words from outside', 'hunter2']) expect(results).not.toContain(secret)
  expect(fs.existsSync(inWorkspace(relay, 'written.txt'))).toBe(false)

  expect(relay.handoffEntries(id)).toBe(1)
  expect(relay.handoffLog).toContain('The loss is 0.25, better than 0.5.')
  const log = relay.log(`${id}-f1`)
  expect(log).toContain('I look first.\n→ read_file: notes.md, 400 lines from line 1\n→ read_file: link.txt')
  expect(turnOf(relay, id)).toMatchObject({ agent: 'vscode', model: 'scripted', state: 'answered', fellBack: null })
})

test('to stop the follow-up is to stop the model', async ({ workbench, relay, model }) => {
  model.willAnswer([{ until: 'cancelled' }], ['Nobody hears this.'])
  const id = await relay.start({ ...withFollowUp, description: 'Stopped model' })
  await untilAsked(workbench, model)
  expect(await relay.run(['stop', `${id}-f1`])).toMatchObject({ exitCode: 0 })
  await eventually(() => model.wasCancelled(), 20_000)
  await relay.untilState(`${id}-f1`, 'stopped')
  expect(relay.handoffLog).not.toContain('Nobody hears this.')
  expect(model.requests()).toHaveLength(1)
})

test('without a window it waits for one; one that is reloaded in the middle begins anew, and one answer counts', async ({
  browser,
  server,
  workbench,
  relay,
  model,
}) => {
  await workbench.close()
  model.willAnswer([{ until: 'cancelled' }], ['Answered after the reload.\n\n[[task:done]]'])
  const id = await relay.start({ ...withFollowUp, description: 'Waits for a window' })
  await eventually(() => relay.log(`${id}-f1`).includes('waited for a VS Code window with this folder open'), 30_000)
  expect(turnOf(relay, id)).toMatchObject({ state: 'waiting' })

  const window = await Workbench.open(browser, server, { folder: relay.workspace })
  await untilAsked(window, model)
  await window.reload()
  await eventually(() => relay.log(`${id}-f1`).includes('closed or reloaded'), 30_000)
  await eventually(() => relay.handoffEntries(id) === 1, 60_000)
  await relay.untilDelivered(id)
  expect(relay.handoffEntries(id)).toBe(1)
  expect(relay.handoffLog.split('Answered after the reload.')).toHaveLength(2)
  expect(model.requests()).toHaveLength(2)
  expect(turnOf(relay, id)).toMatchObject({ state: 'answered', fellBack: null })

  await window.runCommand('Relay: Choose Follow-up Agent…')
  await window.quickInput.getByText('Scripted Model').waitFor()
  await window.screenshot('window model choice')
  await window.pick('Scripted Model')
  await window.notification('A language model of VS Code does the follow-up').waitFor()
  await window.close()
})

/** Until the model is asked; what a test before has allowed, it may. */
async function untilAsked(window: Workbench, model: ScriptedModel): Promise<void> {
  const question = 'May Scripted Model follow up'
  await eventually(async () => {
    if ((await window.notifications()).some((text) => text.includes(question)))
      await window.answer(question, 'Allow for Follow-ups')
    return model.requests().length === 1
  }, 60_000)
}

function turnOf(relay: Relay, id: string) {
  return readTurn(attemptOf(relay, `${id}-f1`))
}
