// A person in the Chat view, with a model that says what the test tells it to.
import path from 'node:path'
import { expect } from 'vitest'
import { eventually } from '../support/eventually'
import { renderBlock } from '../support/relay'
import { VsCodeServer } from './host/server'
import { sharedWindow } from './support/sharedWindow'
import { serverEnvironment, testSettings } from './support/vscodeTest'
import { ChatView } from './support/chatView'

const test = sharedWindow().extend<{ readonly chat: ChatView; readonly server: VsCodeServer }>({
  server: [
    async ({ relay }, use) => {
      const server = await VsCodeServer.start({
        dataDir: path.join(relay.root, 'vscode'),
        env: serverEnvironment(relay),
        settings: { ...testSettings, 'relay.terminal.openOnStart': false },
        extensions: [path.resolve('.'), path.resolve('test/vscode/fixtures/scriptedModel')],
      })
      await use(server)
      await server.stop()
    },
    { scope: 'file' },
  ],
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
