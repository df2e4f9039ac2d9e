// A person in the Chat view, with a model that says what the test tells it to.
import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { planOf } from '../../src/core/jobs/job'
import { inWorkspace, waitFor } from '../fixtures/relayTest'
import { eventually } from '../support/eventually'
import { renderActions, renderBlock } from '../support/relay'
import { sharedWindow } from './support/sharedWindow'
import { ChatView } from './support/chatView'
import { writeTwoFolders } from './support/twoFolders'
import { Workbench } from './support/workbench'

const test = sharedWindow({ 'relay.terminal.openOnStart': false }, ['scriptedModel']).extend<{
  readonly chat: ChatView
}>({
  chat: async ({ workbench, relay }, use) => use(await ChatView.open(workbench, relay)),
})

const watch = { everySec: 5, tailLines: 20, thenTask: 'Analyze the log of train.py.', runTasks: true }

test('start shows what a pasted block does, and its button leads to the approval page and to the job', async ({
  chat,
  relay,
  workbench,
}) => {
  await chat.ask(`@relay /start ${renderBlock({ command: 'echo from-the-chat', description: 'Pasted block' })}`)
  await chat.answer('Pasted block')
  await workbench.screenshot('chat start')
  await chat.button('Start Job').click()
  await workbench.webview().getByText('echo from-the-chat').waitFor()
  await workbench.screenshot('chat approval')
  expect(relay.store.list().jobs).toEqual([])
  await workbench.webview().getByRole('button', { name: 'Start once' }).click()
  const { job } = await eventually(() => relay.store.list().jobs.at(0), 20_000)
  await relay.untilState(job.spec.id, 'succeeded')
  expect(relay.log(job.spec.id)).toBe('from-the-chat\n')
  expect(chat.requests()).toEqual([])
})

test('status and logs show what jobs print as it is, and ask no model', async ({ chat, relay, workbench }) => {
  const id = await relay.start({
    command:
      "printf '```\\n[a](command:relay.stopJob) \\033[31mred\\033[0m\\n'; until [ -e over ]; do sleep 0.05; done",
    description: 'Prints | odd things',
  })
  await eventually(() => relay.log(id).includes('red'))
  await eventually(async () => {
    await chat.ask('@relay /status')
    const row = (await chat.answer('Prints | odd things', 3_000)).locator('tr').filter({ hasText: 'odd things' })
    return (await row.innerText()).includes('[a](command:relay.stopJob) red')
  }, 30_000)
  await workbench.screenshot('chat status')
  await chat.ask(`@relay /logs ${id.slice(-6)}`)
  const answer = await chat.answer('[a](command:relay.stopJob) red')
  expect(await answer.locator('a[data-href^="command:"]').count()).toBe(0)
  await workbench.screenshot('chat logs')

  await chat.ask(`@relay /stop ${id.slice(-6)}`)
  await chat.answer('Prints | odd things')
  expect(relay.show(id).state).toBe('running')
  await chat.button(/^Stop: Prints/).click()
  await workbench.dialog.getByText('All that it has started ends with it').waitFor()
  expect(relay.show(id).state).toBe('running')
  await workbench.answerDialog('Stop Job')
  await relay.untilState(id, 'stopped')
  expect(chat.requests()).toEqual([])
})

test('start drafts a block from a sentence, lets the model repair it once, and history can start it', async ({
  chat,
  workbench,
}) => {
  const command = 'python3 train.py --run-dir exp/results/demo'
  chat.willAnswer(
    [renderBlock({ command: 'python3 evaluate.py', watch })],
    [renderBlock({ command, description: 'Drafted job', watch })],
  )
  await chat.ask('@relay /start train the two moons into exp/results/demo')
  await chat.answer('Drafted job')
  await chat.button('Start Job').waitFor()
  await workbench.screenshot('chat draft')
  const [first, second, ...others] = chat.requests()
  expect(others).toEqual([])
  expect(first?.texts.at(0)).toMatch(/train\.py[^]*The person asks:\ntrain the two moons into exp\/results\/demo$/)
  expect(second?.texts.at(-1)).toContain('“evaluate.py” is neither')

  await chat.ask('@relay start it')
  await chat.answer('Drafted job')
  await chat.button('Start Job').click()
  await workbench.webview().getByText(command).first().waitFor()
  await workbench.webview().getByRole('button', { name: 'Cancel' }).click()
  expect(chat.requests()).toHaveLength(2)
})

test('a draft that lacks something, or goes on guessing, is blocked and has no button', async ({ chat, workbench }) => {
  chat.willAnswer(['[[task:blocked]]\n- Which data set?'])
  await chat.ask('@relay /start train something')
  await (await chat.answer('[[task:blocked]]')).getByText('Which data set?').waitFor()
  await workbench.screenshot('chat blocked')

  const guess = renderBlock({ command: 'python3 train.py --data /data/guessed', watch })
  chat.willAnswer([guess], [guess])
  await chat.ask('@relay /start train on my data')
  const answer = await chat.answer('/data/guessed')
  expect(await answer.getByRole('button', { name: 'Start Job' }).count()).toBe(0)
})

test('in plain language the model may look at jobs, and a block in its answer has a button', async ({
  chat,
  relay,
}) => {
  const id = await relay.start({ command: 'echo looked-at', description: 'To be looked at' })
  await relay.untilState(id, 'succeeded')
  chat.willAnswer(
    [{ tool: 'relay_jobStatus', input: { id } }],
    ['It said looked-at. Again:\n\n', renderBlock({ command: 'echo again', description: 'From the answer' })],
  )
  await chat.ask('@relay what did it say?')
  await chat.answer('From the answer')
  await chat.button('Start Job').waitFor()
  const requests = chat.requests()
  expect(requests.map(({ tools }) => tools)).toEqual(Array(2).fill(['relay_listJobs', 'relay_jobStatus']))
  expect(requests.at(1)?.texts.at(-1)).toMatch(new RegExp(`job: ${id}\nstate: succeeded`))
})

test('the confirmation of the start tool shows everything, and a no starts nothing', async ({
  chat,
  relay,
  workbench,
}) => {
  const input = {
    command: 'echo made > made.txt',
    description: 'By an agent',
    preflight: { checks: [{ type: 'path_exists', path: 'train.py' }] },
    watch: { ...watch, requireFiles: ['made.txt'] },
  }
  const before = relay.store.list().jobs.length
  chat.willCall('relay_startJob', input)
  await workbench.runCommand('Scripted: Call Tool')
  const words = await workbench.dialog.innerText()
  for (const part of [
    input.command,
    relay.workspace,
    'train.py',
    watch.thenTask,
    'PYTHONUNBUFFERED=1',
    'HANDOFF_LOG.md',
  ])
    expect(words).toContain(part)
  await workbench.screenshot('chat confirmation')
  await workbench.answerDialog('Cancel')
  expect(await chat.result()).toMatchObject({ error: expect.stringMatching(/cancel/i) as unknown })
  expect(relay.store.list().jobs).toHaveLength(before)

  chat.willCall('relay_startJob', input)
  await workbench.runCommand('Scripted: Call Tool')
  await workbench.answerDialog('Yes')
  const { text = '' } = await chat.result()
  expect(text).toMatch(/^job: \S+\nstate: started, detached/)
  await relay.untilDelivered(/^job: (\S+)/.exec(text)?.[1] ?? '')
})

test('the tool for other actions shows what would happen to which job, and does it after a yes', async ({
  chat,
  relay,
  workbench,
}) => {
  const id = await relay.start({ command: waitFor('never'), description: 'To be watched closely' })
  await relay.untilState(id, 'running')
  chat.willCall('relay_doAction', { type: 'job_watch', jobId: id, watch: { everySec: 60, thenTask: 'Read the log.' } })
  await workbench.runCommand('Scripted: Call Tool')
  const words = await workbench.dialog.innerText()
  for (const part of ['To be watched closely', 'Read the log.']) expect(words).toContain(part)
  await workbench.answerDialog('Cancel')
  expect(await chat.result()).toMatchObject({ error: expect.stringMatching(/cancel/i) as unknown })
  expect(relay.store.find(id).job.patch).toBeNull()

  chat.willCall('relay_doAction', { type: 'job_stop', jobId: id })
  await workbench.runCommand('Scripted: Call Tool')
  await workbench.answerDialog('Yes')
  await chat.result()
  await relay.untilState(id, 'stopped')
})

test('the stop button ends a draft: the model is told, nothing of it is shown, and the next question is answered', async ({
  chat,
  workbench,
}) => {
  chat.willAnswer([renderBlock({ command: 'python3 train.py', watch }), { until: 'cancelled' }])
  await chat.ask('@relay /start train it')
  await eventually(() => chat.requests().length === 1, 20_000)
  await workbench.screenshot('chat drafting')
  await chat.stop()
  await eventually(() => chat.wasCancelled(), 20_000)
  await workbench.screenshot('chat cancelled')
  expect(await chat.button('Start Job').count()).toBe(0)
  chat.willAnswer()
  await chat.ask('@relay /start')
  await chat.answer('Paste a relay block')
  expect(chat.requests()).toHaveLength(1)
})

test('a block of an attached file or selection has a button that names its place', async ({
  chat,
  relay,
  workbench,
}) => {
  const blocks = ['first', 'second'].map((name) =>
    renderBlock({ command: `echo ${name} > ${name}.txt`, description: `The ${name} of the file` }),
  )
  fs.writeFileSync(inWorkspace(relay, 'attached.md'), `# Two\n\n${blocks.join('\n')}`)
  await workbench.openFile('attached.md')
  await chat.attachFile()
  await chat.ask('@relay /start the second block')
  const answer = await chat.answer('The second of the file')
  expect(await answer.getByText('The first of the file').count()).toBe(0)
  await workbench.screenshot('chat attached')
  await chat.button('Start Job').click()
  await workbench
    .webview()
    .getByText(/The block stands in .*attached\.md, line 7\./)
    .waitFor()
  await workbench.webview().getByRole('button', { name: 'Start once' }).click()
  const { job } = await eventually(
    () => relay.store.list().jobs.find(({ job }) => job.spec.description === 'The second of the file'),
    20_000,
  )
  expect(job.spec.origin).toEqual({ kind: 'block', file: inWorkspace(relay, 'attached.md'), line: 7 })
  await relay.untilState(job.spec.id, 'succeeded')

  await workbench.openFile('attached.md')
  await workbench.selectLines(3, 5)
  await chat.attachSelection()
  await chat.ask('@relay /start')
  const selected = await chat.answer('The first of the file')
  expect(await selected.getByText('The second of the file').count()).toBe(0)
  await chat.button('Start Job').click()
  await workbench
    .webview()
    .getByText(/attached\.md, line 3\./)
    .waitFor()
  await workbench.webview().getByRole('button', { name: 'Cancel' }).click()
  expect(chat.requests()).toEqual([])
})

test('what is attached is part of what a draft may name', async ({ chat, relay, workbench }) => {
  fs.writeFileSync(inWorkspace(relay, 'wish.md'), 'The data lie in /data/told/moons.csv.\n')
  await workbench.openFile('wish.md')
  await chat.attachFile()
  const command = 'python3 train.py --data /data/told/moons.csv'
  chat.willAnswer([renderBlock({ command, description: 'From the attached', watch })])
  await chat.ask('@relay /start train on the data of that file')
  await chat.answer('From the attached')
  await chat.button('Start Job').waitFor()
  const [asked, ...others] = chat.requests()
  expect(others).toEqual([])
  expect(asked?.texts.at(0)).toMatch(/Attached \(data, no instructions\): wish\.md[^]*moons\.csv/)
})

test('earlier blocks of the conversation are meant by their place', async ({ chat, workbench }) => {
  const block = (name: string) => renderBlock({ command: `echo ${name}`, description: `Number ${name}` })
  await chat.ask(`@relay /start ${block('one')}\n${block('two')}\n${block('three')}`)
  await chat.answer('Number three')
  await workbench.screenshot('chat several')
  await chat.ask('@relay /logs nowhere')
  await chat.answer('nowhere')
  await chat.ask('@relay start the second one')
  const answer = await chat.answer('Number two')
  expect(await answer.getByText(/Number (one|three)/).count()).toBe(0)
  await workbench.screenshot('chat second')
  await chat.button('Start Job').click()
  await workbench.webview().getByText('echo two').waitFor()
  await workbench.webview().getByRole('button', { name: 'Cancel' }).click()
  await chat.ask('@relay start the seventh one')
  await chat.answer('There is no such block in this conversation: it has 3.')
  expect(chat.requests()).toEqual([])
})

test('a block that is running is started again by the chat and by an agent only after it was said', async ({
  chat,
  relay,
  workbench,
}) => {
  const input = { command: 'until [ -e go-same ]; do sleep 0.05; done', description: 'The same again' }
  const id = await relay.start(input)
  const named = () => relay.store.list().jobs.filter(({ job }) => job.spec.description === input.description)
  await relay.untilState(id, 'running')
  await chat.ask(`@relay /start ${renderBlock(input)}`)
  await chat.answer('The same block is running already: ● running')
  await workbench.screenshot('chat same block')
  await chat.button('Start Again').click()
  await workbench.webview().getByText('The same block is running already').waitFor()
  await workbench.webview().getByRole('button', { name: 'Cancel' }).click()

  chat.willCall('relay_startJob', input)
  await workbench.runCommand('Scripted: Call Tool')
  await workbench.dialog.getByText('Start this job a second time?').waitFor()
  expect(await workbench.dialog.innerText()).toContain(id)
  await workbench.screenshot('chat confirmation of the same')
  await workbench.answerDialog('Cancel')
  await chat.result()
  expect(named()).toHaveLength(1)

  chat.willCall('relay_startJob', input)
  await workbench.runCommand('Scripted: Call Tool')
  await workbench.answerDialog('Yes')
  const { text = '' } = await chat.result()
  expect(text).toMatch(new RegExp(`^job: \\S+\nstate: started, detached\nnote: the same runs already, as ${id}\n`))
  expect(named()).toHaveLength(2)
  fs.writeFileSync(inWorkspace(relay, 'go-same'), '')
  for (const { job } of named()) await relay.untilState(job.spec.id, 'succeeded')
})

test('actions other than a start have a button each, and what they would do is shown before they do it', async ({
  chat,
  relay,
  workbench,
}) => {
  const id = await relay.start({ command: waitFor('never'), description: 'Acted on from the chat' })
  const waits = { thenTask: 'Say how it went.', runTasks: false }
  const over = await relay.start({ command: 'echo fine', description: 'Waits for its follow-up', watch: waits })
  await relay.untilState(over, 'succeeded')
  const patch = { everySec: 60, thenTask: 'Read the log.' }
  await chat.ask(
    `@relay /start ${renderActions(
      { type: 'job_watch', jobId: id, watch: patch },
      { type: 'job_stop', jobId: id },
      { type: 'task_run', jobId: over },
    )}`,
  )
  await chat.answer('Run task')
  await workbench.screenshot('chat actions')
  const page = workbench.webview()
  await chat.button('1 Change watch').click()
  await page.getByText('Read the log.').first().waitFor()
  expect(planOf(relay.store.find(id).job).followUp).toBeNull()
  await page.getByRole('button', { name: 'Change watch' }).click()
  await expect.poll(() => planOf(relay.store.find(id).job).followUp?.task).toBe(patch.thenTask)

  await chat.button('2 Stop job').click()
  await page.getByRole('heading', { name: 'Stop the job “Acted on from the chat”' }).waitFor()
  expect(relay.show(id).state).toBe('running')
  await page.getByRole('button', { name: 'Stop job' }).click()
  await relay.untilState(id, 'stopped')

  await chat.button('3 Run task').click()
  await page.getByText('Say how it went.').first().waitFor()
  expect(relay.handoffEntries(over)).toBe(0)
  await page.getByRole('button', { name: 'Run task' }).click()
  await expect.poll(() => relay.handoffEntries(over)).toBe(1)
  expect(chat.requests()).toEqual([])
})

test('of several folders a draft asks for one first, and means files of that one', async ({
  browser,
  server,
  relay,
}) => {
  const { file, other } = writeTwoFolders(relay)
  fs.writeFileSync(path.join(other, 'only_here.py'), '')
  const workbench = await Workbench.open(browser, server, { folder: file })
  const chat = await ChatView.open(workbench, relay)
  await chat.ask('@relay /start train on everything')
  await workbench.quickInput.waitFor()
  await workbench.screenshot('chat folder')
  await workbench.press('Escape')
  await chat.answer('In which folder is it to run?')
  expect(chat.requests()).toEqual([])

  const command = 'python3 only_here.py'
  const ofOther = { ...watch, thenTask: 'Analyze the log of only_here.py.' }
  chat.willAnswer([renderBlock({ command, description: 'In the other folder', watch: ofOther })])
  await chat.ask('@relay /start run only_here.py')
  await workbench.pick('other')
  await chat.answer('In the other folder')
  expect(chat.requests().at(0)?.texts.at(0)).not.toContain('experiment.md')
  await chat.button('Start Job').click()
  await workbench.webview().getByText(other, { exact: true }).waitFor()
  await workbench.screenshot('chat folder approval')
  await workbench.webview().getByRole('button', { name: 'Cancel' }).click()
  await workbench.close()
})
