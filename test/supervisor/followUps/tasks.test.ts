// Tasks of a person's own, with a command in the place of an agent: added, let go, stopped, retried, answered, cleared.
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect } from 'vitest'
import { inWorkspace, test, waitFor } from '../../fixtures/relayTest'
import type { TaskDescription } from '../../../src/store/followUps/taskList'
import { eventually } from '../../support/eventually'
import type { Relay } from '../../support/relay'

/** A command of the person's own: keeps what it is told, and answers with what `answer.md` of the workspace holds. */
async function withAgent(relay: Relay, answer: string, before = 'true'): Promise<void> {
  const script = path.join(relay.root, 'agent.sh')
  fs.writeFileSync(script, `cat > told.txt\n${before}\ncat answer.md\n`)
  fs.writeFileSync(inWorkspace(relay, 'answer.md'), answer)
  await relay.run(['config', 'followUps.agent', 'command'])
  await relay.run(['config', 'followUps.command', JSON.stringify(['sh', script])])
}

async function add(relay: Relay, text: string, ...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await relay.run(['task', 'add', text, '--yes', ...words])
  if (exitCode !== 0) throw new Error(stderr)
  return stdout.trim()
}

async function listed(relay: Relay, ...words: string[]): Promise<readonly TaskDescription[]> {
  return JSON.parse((await relay.run(['task', 'list', '--json', ...words])).stdout) as readonly TaskDescription[]
}

async function untilTask(relay: Relay, id: string, state: TaskDescription['state']): Promise<TaskDescription> {
  return eventually(async () => {
    const task = (await listed(relay)).find((one) => one.id === id)
    if (task?.state !== state) throw new Error(`task ${id} is ${task?.state ?? 'not listed'}, not ${state}`)
    return task
  }, 20_000)
}

describe.concurrent('a task', () => {
  test('waits for a person, is let go, and its answer is kept and told in the handoff log', async ({ relay }) => {
    await withAgent(relay, 'All *three* runs agree.\n\n[[task:done]]\n')
    const id = await add(relay, 'Compare the runs.')
    expect(await listed(relay)).toMatchObject([{ id, state: 'pending', held: true, agent: 'command', about: null }])
    const { stdout } = await relay.run(['task', 'list'])
    expect(stdout).toMatch(new RegExp(`^${id} +◌ pending .* Compare the runs\\.\n.*relay task run ${id}`))

    expect((await relay.run(['task', 'run', 'latest'])).stdout).toBe(id)
    await untilTask(relay, id, 'done')
    expect(fs.readFileSync(inWorkspace(relay, 'told.txt'), 'utf8')).toMatch(/^Compare the runs\.\n/)
    expect((await relay.run(['task', 'show', id])).stdout).toContain('All *three* runs agree.')
    await eventually(() => relay.handoffLog.includes('All *three* runs agree.'))
    expect(relay.handoffLog).toMatch(/"type":"task".*\n\n### Scope\n\nCompare the runs\. — attempt 1/)

    // The same once more, then cleared: nothing is left of it but the entry.
    expect((await relay.run(['task', 'retry', id, '--yes'])).exitCode).toBe(0)
    await eventually(() => relay.handoffLog.split('All *three*').length === 3)
    await eventually(async () => (await relay.run(['task', 'clear', '--yes'])).stdout === 'cleared 1 task')
    expect(await listed(relay, '--all')).toEqual([])
  })

  test('of the built-in analyst is refused before anybody is asked, and so are an answer and a run out of turn', async ({
    relay,
  }) => {
    expect(await relay.run(['task', 'add', 'Tidy up.', '--agent', 'builtin', '--yes'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('needs an agent') as unknown,
    })
    const job = await relay.start({ command: 'echo loss 0.5', watch: { thenTask: 'Look.', runTasks: true } })
    await relay.untilDelivered(job)
    expect((await relay.run(['task', 'answer', job, 'Yes.'])).stderr).toContain('only one that is blocked')
    expect((await relay.run(['task', 'run', job])).stderr).toContain('has ended')
    // A follow-up is taken off the list; its report stays with its job.
    expect(await listed(relay)).toMatchObject([{ id: `${job}-f1`, about: job, state: 'done' }])
    await relay.run(['task', 'clear', '--yes'])
    expect([await listed(relay), (await listed(relay, '--all')).length]).toEqual([[], 1])
    expect((await relay.run(['show', job, '--report'])).stdout).not.toBe('')
  })

  test('that is blocked says what is missing, and the answer of a person goes on with it', async ({ relay }) => {
    await withAgent(relay, 'I must not guess.\n\n[[task:blocked]]\n- the path of the data\n')
    const job = await relay.start({ command: 'echo trained', watch: { thenTask: 'Evaluate it.', runTasks: true } })
    const blocked = await untilTask(relay, `${job}-f1`, 'blocked')
    expect(blocked.missing).toBe('- the path of the data')
    await eventually(() => relay.handoffLog.includes('cannot go on without an answer'))
    expect(relay.handoffLog).toContain(`relay task answer ${job}-f1 -`)

    fs.writeFileSync(inWorkspace(relay, 'answer.md'), 'Evaluated.\n\n[[task:done]]\n')
    const { stdout } = await relay.run(['task', 'answer', job, 'It is data/test.', '--yes'])
    await untilTask(relay, stdout, 'done')
    const told = fs.readFileSync(inWorkspace(relay, 'told.txt'), 'utf8')
    for (const part of ['Evaluate it.', '- the path of the data', 'A person answers:', 'It is data/test.', 'trained'])
      expect(told).toContain(part)
    expect(await listed(relay)).toMatchObject([
      { id: stdout, origin: { kind: 'task', answers: `${job}-f1` }, state: 'done' },
      { id: `${job}-f1`, state: 'blocked', answeredBy: stdout },
    ])
  })

  test('is stopped with all that its agent has started, and says so', async ({ relay }) => {
    await withAgent(relay, '[[task:done]]', waitFor('never'))
    const id = await add(relay, 'Take long.', '--run')
    await untilTask(relay, id, 'running')
    expect(await relay.run(['task', 'stop', id])).toMatchObject({ exitCode: 0 })
    await untilTask(relay, id, 'canceled')
    const failing = path.join(relay.root, 'failing.sh')
    fs.writeFileSync(failing, 'exit 3\n')
    await relay.run(['config', 'followUps.command', JSON.stringify(['sh', failing])])
    const failed = await add(relay, 'Fail.', '--run')
    expect((await untilTask(relay, failed, 'failed')).reason).toMatch(/exit 1/i)
    await eventually(() => relay.handoffLog.includes('None: the task failed.'))
    expect(relay.handoffLog).toContain(`relay task retry ${failed}`)
    expect(relay.handoffEntries(id)).toBe(0)
  })
})
