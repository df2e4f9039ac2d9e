// What stands above relay blocks, by hand: why one cannot be started, what one has started, and when one asks again.
import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { inWorkspace, waitFor } from '../fixtures/relayTest'
import { renderBlock } from '../support/relay'
import { sharedWindow } from './support/sharedWindow'
import { startServer } from './support/vscodeTest'
import { writeTwoFolders } from './support/twoFolders'
import { Workbench } from './support/workbench'

const test = sharedWindow()

test('a block with an error says why it cannot be started, above it and when it is tried', async ({
  workbench,
  relay,
}) => {
  fs.writeFileSync(inWorkspace(relay, 'wrong.md'), renderBlock({ command: '' }))
  await workbench.openFile('wrong.md')
  await workbench.codeLens('This job has nothing to run.').waitFor()
  await workbench.screenshot('lens-error')
  await workbench.codeLens('This job has nothing to run.').click()
  await workbench.notification('This job has nothing to run.').waitFor()
  await workbench.press('Escape')
  expect(relay.store.list().jobs).toEqual([])
})

test('blocks in a Python file, a text file and an untitled document have a lens', async ({ workbench, relay }) => {
  const inComment = `"""\n${renderBlock({ command: 'echo python' })}"""\n`
  fs.writeFileSync(inWorkspace(relay, 'notes.py'), inComment)
  fs.writeFileSync(inWorkspace(relay, 'notes.txt'), renderBlock({ command: 'echo text' }))
  for (const name of ['notes.py', 'notes.txt']) {
    await workbench.openFile(name)
    await workbench.codeLens('Start job').waitFor()
  }
  await newDocument(workbench, renderBlock({ command: 'echo untitled > untitled.txt', description: 'Untitled' }))
  await startOnce(workbench)
  await workbench.codeLens('succeeded').waitFor()
  expect(fs.readFileSync(inWorkspace(relay, 'untitled.txt'), 'utf8')).toBe('untitled\n')
})

test('a lens tells of the job that it has started while it runs and when it has ended', async ({
  workbench,
  relay,
}) => {
  const block = renderBlock({ command: `${waitFor('go-lens')}; exit 4`, description: 'Told by its lens' })
  fs.writeFileSync(inWorkspace(relay, 'told.md'), block)
  await workbench.openFile('told.md')
  await startOnce(workbench)
  await workbench.codeLens(/● running 0:0[1-9]/).waitFor()
  await workbench.codeLens('Show log').waitFor()
  await workbench.codeLens('Stop').waitFor()
  fs.writeFileSync(inWorkspace(relay, 'go-lens'), '')
  await workbench.codeLens(/✗ failed .*exit 4/).waitFor()
  await workbench.codeLens('Start again').waitFor()
  expect(await workbench.codeLens('Stop').count()).toBe(0)
  await workbench.screenshot('lens-ended')
})

test('Always start exactly this asks no more, until the block is another one', async ({ workbench, relay }) => {
  const file = inWorkspace(relay, 'again.md')
  fs.writeFileSync(file, renderBlock({ command: 'echo again >> again.txt', description: 'Again and again' }))
  const runs = () => fs.readFileSync(inWorkspace(relay, 'again.txt'), 'utf8').split('again').length - 1
  await workbench.openFile('again.md')
  await workbench.codeLens('Start job').click()
  await workbench.webview().getByRole('button', { name: 'Always start exactly this' }).click()
  await workbench.codeLens('succeeded').waitFor()
  expect(runs()).toBe(1)
  await workbench.codeLens('Start again').click()
  await expect.poll(runs).toBe(2)
  await workbench.codeLens('Start again').waitFor()

  const before = relay.store.list().jobs.length
  fs.writeFileSync(file, renderBlock({ command: 'echo again, again >> again.txt', description: 'Again and again' }))
  await workbench.codeLens('Start job').click()
  const approval = workbench.webview()
  await approval.getByText('echo again, again >> again.txt').waitFor()
  await approval.getByRole('button', { name: 'Cancel' }).click()
  await workbench.codeLens('Start job').waitFor()
  expect(relay.store.list().jobs).toHaveLength(before)
})

test('of several blocks each has its own lens, and starts its own job', async ({ workbench, relay }) => {
  const blocks = ['one', 'two', 'three'].map((name) =>
    renderBlock({ command: `echo ${name} > ${name}.txt`, description: `Number ${name}` }),
  )
  fs.writeFileSync(inWorkspace(relay, 'several.md'), blocks.join('\nBetween them.\n\n'))
  await workbench.openFile('several.md')
  const starts = workbench.editor.locator('.codelens-decoration a').filter({ hasText: 'Start job' })
  await expect.poll(() => starts.count()).toBe(3)
  await starts.nth(1).click()
  await workbench.webview().getByRole('heading', { name: 'Start “Number two”?' }).waitFor()
  await workbench.webview().getByRole('button', { name: 'Start once' }).click()
  await workbench.codeLens('succeeded').waitFor()
  expect(await starts.count()).toBe(2)
  const written = ['one.txt', 'two.txt', 'three.txt'].filter((name) => fs.existsSync(inWorkspace(relay, name)))
  expect(written).toEqual(['two.txt'])
})

test('in a window with several folders an untitled document asks for the folder', async ({
  browser,
  server,
  relay,
}) => {
  const { file, other } = writeTwoFolders(relay)
  const workbench = await Workbench.open(browser, server, { folder: file })
  await newDocument(workbench, renderBlock({ command: 'pwd > here.txt', description: 'Somewhere' }))
  await workbench.codeLens('Start job').click()
  await workbench.quickInput.getByPlaceholder('The folder in which the job is to run').waitFor()
  await workbench.screenshot('lens-folders')
  await workbench.pick('other')
  await workbench.webview().getByRole('button', { name: 'Start once' }).click()
  const here = path.join(other, 'here.txt')
  await expect.poll(() => fs.existsSync(here) && fs.readFileSync(here, 'utf8')).toBe(`${other}\n`)
  await workbench.close()
})

test('beside slow lenses of another extension, those of a block follow its job', async ({ browser, relay }) => {
  const server = await startServer(relay, {}, ['slowLenses'])
  fs.writeFileSync(inWorkspace(relay, 'beside.md'), renderBlock({ command: waitFor('go-beside') }))
  const id = await relay.start({ command: waitFor('go-other'), description: 'Makes the clock tick' })
  await relay.untilState(id, 'running')
  const workbench = await Workbench.open(browser, server, { folder: relay.workspace })
  await workbench.openFile('beside.md')
  await startOnce(workbench)
  await workbench.codeLens(/● running/).waitFor()
  fs.writeFileSync(inWorkspace(relay, 'go-beside'), '')
  await workbench.codeLens('succeeded').waitFor()
  fs.writeFileSync(inWorkspace(relay, 'go-other'), '')
  await workbench.close()
  await server.stop()
})

async function newDocument(workbench: Workbench, text: string): Promise<void> {
  await workbench.runCommand('File: New Untitled Text File')
  await workbench.tab('Untitled-1').waitFor()
  await workbench.editor.click()
  await workbench.paste(text)
  await workbench.codeLens('Start job').waitFor()
}

async function startOnce(workbench: Workbench): Promise<void> {
  await workbench.codeLens('Start job').click()
  await workbench.webview().getByRole('button', { name: 'Start once' }).click()
}
