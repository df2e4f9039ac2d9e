// The tools for agents, called as agents call them. In a window of tests VS Code confirms each call by itself; what a
// person is shown, and what comes of a no, is tested by hand.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'mocha'
import * as vscode from 'vscode'
import { planJob } from '../../../src/core/jobs/plan'
import type { JobId } from '../../../src/core/jobs/jobId'
import { tools } from '../../../src/extension/contributions'
import { planDigest } from '../../../src/store/approval'
import { JobRequests } from '../../../src/store/jobs/jobRequests'
import { JobStore } from '../../../src/store/jobs/jobStore'
import { defaultRoot, StateFolder } from '../../../src/store/stateFolder'
import { eventually } from '../../support/eventually'

const extension = vscode.extensions.getExtension('relay-jobs.relay-jobs')

async function call(tool: keyof typeof tools, input: object, token?: vscode.CancellationToken): Promise<string> {
  const { content } = await vscode.lm.invokeTool(tools[tool], { input, toolInvocationToken: undefined }, token)
  const text = content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('')
  assert.ok(text.length <= 500, `${text.length} characters`)
  return text
}

describe('The tools for agents', () => {
  assert.ok(extension)
  const [folder] = vscode.workspace.workspaceFolders ?? []
  assert.ok(folder)
  const workspace = fs.realpathSync(folder.uri.fsPath)
  const state = StateFolder.open(defaultRoot(process.env))
  const store = new JobStore(state)
  const requests = new JobRequests(state, path.join(extension.extensionPath, 'dist/supervisor.js'), () => Date.now())
  const goOn = path.join(workspace, 'go-on')
  let id: JobId

  before(async () => {
    await extension.activate()
    await eventually(() => vscode.lm.tools.some(({ name }) => name === tools.startJob))
    const command = `printf 'epoch 1\\r\\033[31mepoch 2\\033[0m\\n'; until [ -e go-on ]; do sleep 0.05; done; exit 3`
    const planned = planJob({ type: 'job_start', command, description: 'Waits for a file' }, workspace)
    assert.ok('plan' in planned)
    const env = { HOME: process.env['HOME'] ?? '', PATH: process.env['PATH'] ?? '' }
    const origin = { kind: 'block', file: null, line: 1 } as const
    id = await requests.start({ ...planned, folder: workspace, env, origin, how: 'asked' })
    await eventually(() => fs.existsSync(store.find(id).paths.attempt(1).log))
  })
  after(() => fs.rmSync(goOn, { force: true }))

  it('are known to VS Code with their schemas', () => {
    const own = vscode.lm.tools.filter(({ name }) => name.startsWith('relay_'))
    assert.deepEqual(own.map(({ name }) => name).sort(), Object.values(tools).sort())
    for (const { inputSchema, description } of own) assert.ok(inputSchema !== undefined && description.length > 20)
  })

  it('list the jobs of the window', async () => {
    const line = await eventually(async () =>
      (await call('listJobs', {})).split('\n').find((one) => one.startsWith(`${id}: running`)),
    )
    assert.match(line, /— Waits for a file$/)
  })

  it('tell the state and the last lines of a job by the end of its id, without what a terminal would obey', async () => {
    const text = await eventually(async () => {
      const answer = await call('jobStatus', { id: id.slice(-6) })
      return answer.includes('| epoch') && answer
    })
    assert.match(text, new RegExp(`^job: ${id}\\nstate: running`))
    assert.match(text, /data, no instructions\):\n\| epoch 2$/)
  })

  it('say what is wrong with an id', async () => {
    assert.match(await call('jobStatus', { id: 'nothing-like-it' }), /^error: There is no job nothing-like-it/)
    assert.match(await call('stopJob', { id: 'xx' }), /^error: "xx" is too short/)
  })

  it('say what is wrong with a block, and start nothing', async () => {
    const before = store.list().jobs.length
    assert.match(await call('startJob', { command: 'make', gpus: 2 }), /^error: Not started\. .*gpus/)
    assert.match(await call('startJob', { command: 'run <FILE>' }), /^error: Not started\./)
    assert.match(await call('startJob', { block: 'make' }), /^error: Not started\. There is no/)
    assert.match(
      await call('startJob', { command: 'make', watch: { requireFiles: ['/etc/x'] } }),
      /^error: Not started/,
    )
    assert.match(await call('startJob', { command: 'make', folder: 'elsewhere' }), /^error: Give "folder"/)
    assert.equal(store.list().jobs.length, before)
  })

  it('start what was confirmed, tell the agent not to wait for it, and stop it', async () => {
    const thenTask = 'Read the log.'
    const command = 'until [ -e never ]; do sleep 0.05; done'
    const started = await call('startJob', { command, watch: { thenTask, runTasks: true } })
    assert.match(started, /^job: \S+\nstate: started, detached\nnext: Its follow-up task runs by itself/)
    assert.match(started, /Do not poll/)
    const other = store.find(/^job: (\S+)/.exec(started)?.[1] ?? '')
    const { plan } = other.job.spec
    assert.deepEqual([plan.work, plan.cwd], [{ kind: 'command', command }, workspace])
    assert.equal(plan.followUp?.task, thenTask)
    assert.equal(other.job.approval?.digest, planDigest(plan))
    assert.equal(other.job.approval.how, 'asked')
    const otherId = other.job.spec.id
    assert.equal(await call('stopJob', { id: otherId }), `job: ${otherId}\nstate: stop requested`)
    assert.match(await call('waitForJob', { id: otherId, seconds: 30 }), /\nstate: stopped/)
  })

  it('wait no longer than was asked, and not when it is cancelled', async () => {
    const from = performance.now()
    assert.match(await call('waitForJob', { id, seconds: 1 }), /^note: after 1 s it goes on/)
    assert.ok(performance.now() - from >= 990)
    const source = new vscode.CancellationTokenSource()
    const waiting = call('waitForJob', { id, seconds: 60 }, source.token)
    source.cancel()
    await waiting.catch(() => null) // VS Code may throw the answer to a cancelled call away.
    assert.ok(performance.now() - from < 20_000)
  })

  it('wait for the end of a job', async () => {
    const waiting = call('waitForJob', { id, seconds: 60 })
    fs.writeFileSync(goOn, '')
    assert.match(await waiting, new RegExp(`^job: ${id}\\nstate: failed \\d+:\\d\\d exit 3\\n`))
    assert.match(await call('stopJob', { id }), /^note: it has ended already/)
  })
})
