// The Tasks view and /task, by hand, with a command in the place of an agent.
import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { inWorkspace, waitFor } from '../fixtures/relayTest'
import { eventually } from '../support/eventually'
import { type Relay, renderBlock } from '../support/relay'
import { ChatView } from './support/chatView'
import { sharedWindow } from './support/sharedWindow'

const test = sharedWindow({ 'relay.terminal.openOnStart': false, 'relay.notifications': 'never' }, [
  'scriptedModel',
]).extend<{ readonly agent: null }>({
  agent: [
    async ({ workbench, relay }, use) => {
      const script = path.join(relay.root, 'agent.sh')
      fs.writeFileSync(script, agent)
      await relay.run(['config', 'followUps.agent', 'command'])
      await relay.run(['config', 'followUps.command', JSON.stringify(['sh', script])])
      if (!(await workbench.hasView('Tasks'))) await workbench.runCommand('Relay: Show Jobs')
      await workbench.foldView('Jobs')
      await use(null)
    },
    { auto: true },
  ],
})

/** Answers by the first word of its task. */
const agent = `read -r word rest
cat > told.txt
if grep -q 'A person answers' told.txt; then word=answered; fi
case "$word" in
  Compare) printf '## Result\\n\\nAll **three** agree, see [this](command:relay.stopJob) ![x](https://example.invalid/x.png) <b>loud</b>.\\n\\n[[task:done]]\\n' ;;
  Train) printf 'I looked.\\n\\n[[task:blocked]]\\n- the path of the data\\n' ;;
  Watch) echo 'half way'; ${waitFor('go-watch')}; echo '[[task:done]]' ;;
  Break) exit 3 ;;
  Chain) [ -e chained ] || cat chain.md; touch chained; printf '\\n[[task:done]]\\n' ;;
  *) printf 'It went on with: %s\\n\\n[[task:done]]\\n' "$word" ;;
esac
`

async function add(relay: Relay, text: string, ...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await relay.run(['task', 'add', text, '--yes', ...words])
  if (exitCode !== 0) throw new Error(stderr)
  return stdout.trim()
}

/** Adds a task unless a test before this one has. */
async function given(relay: Relay, text: string, ...words: string[]): Promise<void> {
  if (!(await relay.run(['task', 'list'])).stdout.includes(text)) await add(relay, text, ...words)
}

test('an empty view says what it is for', async ({ workbench }) => {
  await (await workbench.view('Tasks')).getByText('No tasks yet.').waitFor()
  await (await workbench.view('Tasks')).getByRole('button', { name: 'Add Task…' }).waitFor()
  await workbench.screenshot('tasks-empty')
})

test('tasks stand by their states, and a blocked one says what is missing', async ({ workbench, relay }) => {
  await add(relay, 'Watch the numbers.', '--run')
  await add(relay, 'Train it again.', '--run')
  await add(relay, 'Compare the runs.', '--run')
  await add(relay, 'Break something.', '--run')
  const stopped = await add(relay, 'Never mind.')
  await relay.run(['task', 'stop', stopped])
  await add(relay, 'Sum it up.')
  await expect
    .poll(() => workbench.treeRows('Tasks'), { timeout: 20_000 })
    .toEqual([
      'Blocked 1',
      'Train it again. the path of the data',
      'Pending 1',
      'Sum it up. waits for you',
      'Running 1',
      expect.stringMatching(/^Watch the numbers\. \d+:\d\d · your command/),
      'Done 1',
      'Failed 1',
      expect.stringMatching(/^Break something\. .*[Ee]xit/),
      'Canceled 1',
    ])
  const blocked = await workbench.treeRow('Tasks', 'Train it again.')
  expect(await blocked.getAttribute('aria-label')).toContain('Train it again., blocked, the path of the data')
  await (await workbench.treeRow('Tasks', 'Done')).click()
  await (await workbench.treeRow('Tasks', 'Compare the runs.')).waitFor()
  await blocked.locator('.monaco-tl-twistie').click()
  await (await workbench.treeRow('Tasks', /^Missing/)).waitFor()
  await workbench.screenshot('tasks-states')
  await blocked.locator('.monaco-tl-twistie').click()
  fs.writeFileSync(inWorkspace(relay, 'go-watch'), '')
})

test('one that waits is let go by a click, and an answer goes over the approval page', async ({ workbench, relay }) => {
  await given(relay, 'Sum it up.')
  await given(relay, 'Train it again.', '--run')
  await (await workbench.treeRow('Tasks', /^Blocked/)).waitFor()
  await workbench.inlineAction(await workbench.treeRow('Tasks', 'Sum it up.'), 'Run Task Now')
  await expect.poll(() => workbench.treeRows('Tasks'), { timeout: 20_000 }).not.toContain('Pending 1')

  await workbench.inlineAction(await workbench.treeRow('Tasks', 'Train it again.'), 'Answer Task…')
  await workbench.quickInput.getByText('the path of the data').waitFor()
  const input = workbench.quickInput.locator('input[type="text"]')
  await input.fill('It is data/train.')
  await expect.poll(() => input.inputValue()).toBe('It is data/train.')
  await workbench.screenshot('tasks-answer-input')
  await input.press('Enter')
  await workbench.webview().getByText('It is data/train.').first().waitFor()
  await workbench.screenshot('tasks-answer-approval')
  await workbench.webview().getByRole('button', { name: 'Run once' }).click()
  await (await workbench.treeRow('Tasks', /^Answer to: Train it again/)).waitFor()
  await expect.poll(() => workbench.treeRows('Tasks'), { timeout: 20_000 }).not.toContain('Blocked 1')
  await (await workbench.treeRow('Tasks', /Train it again\..*answered/)).waitFor()
})

test('an answer is shown as Markdown in which nothing can be clicked', async ({ workbench, relay }) => {
  await given(relay, 'Compare the runs.', '--run')
  const done = await workbench.treeRow('Tasks', /^Done/)
  await done.waitFor()
  if ((await done.getAttribute('aria-expanded')) === 'false') await done.click()
  const article = workbench.webview().locator('article.report')
  const seen = async () =>
    (await article.isVisible()) ? 'answer' : (await workbench.quickInput.isVisible()) ? 'question' : null
  await eventually(async () => {
    await workbench.inlineAction(await workbench.treeRow('Tasks', 'Compare the runs.'), 'Show Answer')
    // VS Code does not know which task it was while its row is drawn anew, and so the command asks.
    if ((await eventually(seen)) === 'answer') return true
    await workbench.press('Escape')
    return false
  }, 60_000)
  await article.getByText('three').waitFor()
  expect(await article.locator('strong').innerText()).toBe('three')
  expect(await article.innerText()).toContain('<b>loud</b>')
  expect(await article.locator('a, img, b').count()).toBe(0)
  await workbench.screenshot('tasks-answer')
})

test('/task lists and adds, and its buttons lead to the approval page', async ({ workbench, relay }) => {
  await given(relay, 'Train it again.', '--run')
  await given(relay, 'Compare the runs.', '--run')
  const chat = await ChatView.open(workbench, relay)
  await chat.ask('@relay /task')
  const answer = await chat.answer('Compare the runs')
  expect(await answer.innerText()).toContain('Train it again')
  await chat.ask('@relay /task add Look at the log')
  await chat.button('Add Task…').click()
  await workbench.pick('Run it now')
  await workbench.webview().getByText('Look at the log').first().waitFor()
  await workbench.screenshot('tasks-chat')
  await workbench.webview().getByRole('button', { name: 'Run once' }).click()
  const { job } = await eventually(
    () => relay.store.list().jobs.find(({ job }) => job.spec.description === 'Look at the log'),
    20_000,
  )
  await relay.untilState(job.spec.id, 'succeeded')
  expect(chat.requests()).toEqual([])
})

test('what an answer has started by itself stands in the tree below the job that began it', async ({
  workbench,
  relay,
}) => {
  const description = 'Begins a chain'
  const block = renderBlock({ command: 'echo step', description, watch: { thenTask: 'Chain on.', runTasks: true } })
  fs.writeFileSync(inWorkspace(relay, 'chain.md'), block)
  await workbench.openFile('chain.md')
  await workbench.codeLens('Start job').click()
  await workbench.webview().getByRole('button', { name: 'Always start exactly this' }).click()
  const chain = () => relay.store.list().jobs.filter(({ job }) => job.spec.description === description)
  await eventually(() => chain().length === 2, 30_000)
  for (const { job } of chain()) await relay.untilDelivered(job.spec.id)
  await workbench.foldView('Tasks')
  const rows = () => workbench.treeRows('Jobs') // Which unfolds it.
  const own = async () => (await rows()).filter((text) => text.includes(description))
  await expect.poll(own).toEqual([expect.stringMatching(/^Begins a chain succeeded/)])
  const first = await workbench.treeRow('Jobs', description)
  await first.click()
  await workbench.press('ArrowRight')
  await expect.poll(rows).toContainEqual(expect.stringMatching(/^Next 1: Begins a chain succeeded/))
  const next = await workbench.treeRow('Jobs', 'Next 1: ')
  expect([await first.getAttribute('aria-level'), await next.getAttribute('aria-level')]).toEqual(['2', '3'])
  await workbench.screenshot('tasks-chain')
})

test('finished tasks are cleared, and one switch stops all chains', async ({ workbench, relay }) => {
  await given(relay, 'Compare the runs.', '--run')
  await (await workbench.treeRow('Tasks', /^Done/)).waitFor()
  await workbench.runCommand('Relay: Clear Finished Tasks')
  await workbench.answerDialog('Clear')
  await (await workbench.treeRow('Tasks', /^(?:Done|Failed|Canceled)/)).waitFor({ state: 'detached' })
  await workbench.runCommand('Relay: Stop All Chains')
  await workbench.statusBarItem('Chains stopped').waitFor()
  expect((await relay.run(['chains', 'status'])).stdout).toContain('All chains are stopped')
  await workbench.screenshot('tasks-chains-stopped')
  await workbench.statusBarItem('Chains stopped').click()
  await workbench.statusBarItem('Chains stopped').waitFor({ state: 'detached' })
  expect((await relay.run(['chains', 'status'])).stdout).toContain('Chains are on')
})
