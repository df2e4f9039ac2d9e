// Jobs that wait: for a place in a group, for other jobs, for a person. The supervisor may be killed at any moment.
import fs from 'node:fs'
import path from 'node:path'
import { describe } from 'vitest'
import { inWorkspace, killSupervision, processesNamed, test, waitFor } from '../../fixtures/relayTest'
import { jobIdSchema, newJobId } from '../../../src/core/jobs/jobId'
import type { Plan } from '../../../src/core/jobs/plan'
import { planDigest } from '../../../src/store/approval'
import { startRequest } from '../../../src/store/jobs/jobRequests'
import { submitRequest } from '../../../src/store/request'
import { liveSupervisor, wake } from '../../../src/store/wake'
import { signalProcess } from '../../../src/supervisor/jobs/processTable'
import { Killer } from '../../crash/killer'
import { eventually } from '../../support/eventually'
import { plan } from '../../support/jobs'
import { type Relay, renderBlock, supervisorFile } from '../../support/relay'
import { seededRandom } from '../../support/scale'
import { StoredJobs } from '../../support/storedJobs'

/** The lines of a file of the workspace. */
function linesOf(relay: Relay, name: string): readonly string[] {
  const file = inWorkspace(relay, name)
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n') : []
}

async function startIn(relay: Relay, folder: string, action: Readonly<Record<string, unknown>>): Promise<string> {
  const words = ['start', '-', '--yes', '--again']
  const { stdout, stderr, exitCode } = await relay.run(words, { input: renderBlock(action), cwd: folder })
  if (exitCode !== 0) throw new Error(stderr)
  return stdout.trim()
}

const gpu = { group: 'gpu' }

describe.concurrent('the queue', () => {
  test('of a group with one place never two run at once, and all in order, whenever the supervisor is killed', async ({
    relay,
    expect,
  }) => {
    const { state } = relay
    const begunAtMs = Date.now()
    const ids = [...Array(6).keys()].map(() => newJobId(begunAtMs, Math.random()))
    for (const [index, id] of ids.entries()) {
      // Each its own: the same twice is asked about.
      const command = `: ${index}; mkdir busy || echo "$RELAY_JOB_ID" >>doubled; echo "$RELAY_JOB_ID" >>order; sleep 0.2; rmdir busy`
      const queue: Plan['queue'] = { group: { name: 'gpu', scope: 'folder' } }
      const order = {
        plan: { ...plan, cwd: relay.workspace, work: { kind: 'command' as const, command }, followUp: null, queue },
        description: null,
        folder: relay.workspace,
        origin: { kind: 'block' as const, file: null, line: 1 },
        how: 'yes_flag' as const,
        env: relay.env,
      }
      submitRequest(state, startRequest(state.host, id, begunAtMs + index, order))
    }
    wake(state, supervisorFile)
    const isOver = () => linesOf(relay, 'order').length === ids.length
    const hasBegun = ({ pid }: { pid: number }) => liveSupervisor(state)?.handle.pid === pid
    const killer = new Killer(relay.stateRoot, seededRandom('the queue'), hasBegun)
    // One kill about each time that a place becomes free.
    for (const [index] of ids.entries()) {
      await eventually(() => linesOf(relay, 'order').length >= index, 20_000)
      await killer.kill(1, isOver)
    }
    for (const id of ids) await relay.untilState(id, 'succeeded')
    expect(linesOf(relay, 'doubled')).toEqual([])
    expect(linesOf(relay, 'order')).toEqual(ids)
    expect(killer.kills).toBeGreaterThan(0)
  })

  test('two folders share the places of a group of the machine; its limit and a pause count at once', async ({
    relay,
    expect,
  }) => {
    const other = path.join(relay.root, 'other')
    fs.mkdirSync(other)
    const action = { command: waitFor('go'), queue: { group: 'gpu', scope: 'host' } }
    const first = await startIn(relay, relay.workspace, action)
    const second = await startIn(relay, other, action)
    await relay.untilState(first, 'running')
    expect(relay.show(second)).toMatchObject({ state: 'queued', waitsFor: 'for a place in the group gpu' })

    expect((await relay.run(['queue', 'pause', 'gpu'])).stderr).toContain('add --host')
    await relay.run(['queue', 'pause', 'gpu', '--host'])
    expect((await relay.run(['queue', 'limit', 'gpu', '2', '--host'])).stdout).toBe(
      'gpu (this machine): 2 at once, paused: 1 running, 1 waiting',
    )
    expect(relay.show(second).waitsFor).toBe('the group gpu is paused')
    await relay.run(['queue', 'resume', 'gpu', '--host'])
    await relay.untilState(second, 'running')

    // What cannot be read is not guessed: nothing begins that somebody may have paused.
    await killSupervision(relay)
    fs.writeFileSync(relay.state.groups, 'x')
    const third = await startIn(relay, other, { ...action, command: 'true' })
    const listed = await relay.run(['queue'])
    expect(listed.stderr).toContain('it is damaged')
    expect(listed.stdout).toContain(`${third}  true — the group gpu is paused`)
    await relay.run(['queue', 'limit', 'gpu', '3', '--host'])
    await relay.untilState(third, 'succeeded')
    for (const folder of [relay.workspace, other]) fs.writeFileSync(path.join(folder, 'go'), '')
    await relay.untilState(second, 'succeeded')
  })

  test('a job after another begins when that has succeeded, is blocked when it has failed or is gone, and can be stopped', async ({
    relay,
    expect,
  }) => {
    const first = await relay.start({ command: `${waitFor('go')}; [ -e fine ]` })
    const fine = await relay.start({ command: 'true', queue: { after: 'latest', afterOutcome: 'ended' } })
    const after = await relay.start({ command: 'true', queue: { after: [first] } })
    const stopped = await relay.start({ command: 'true', queue: { after: first.slice(-6) } })
    expect(relay.store.find(fine).job.spec.plan.queue).toEqual({ after: [{ jobId: first, on: 'ended' }] })
    expect(relay.show(after).waitsFor).toBe(`for ${first} to end`)
    expect((await relay.run(['stop', stopped])).stdout).toBe('Stopped before it was started.')
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    await relay.untilState(fine, 'succeeded')
    expect((await relay.untilState(after, 'blocked')).reason).toBe(
      `Not started: it was to start after ${first} had succeeded, and that has failed.`,
    )

    await killSupervision(relay)
    const late = newJobId(Date.now(), Math.random())
    const queue = { after: [{ jobId: jobIdSchema.parse('20200101-000000-aaaaaa'), on: 'ended' as const }] }
    const gone = { ...plan, cwd: relay.workspace, queue }
    submitRequest(
      relay.state,
      startRequest(relay.state.host, late, Date.now(), {
        plan: gone,
        description: null,
        folder: relay.workspace,
        origin: { kind: 'block', file: null, line: 1 },
        how: 'yes_flag',
        env: relay.env,
      }),
    )
    wake(relay.state, supervisorFile)
    expect((await relay.untilState(late, 'blocked')).reason).toContain('which is not there any more')
    const unknown = await relay.run(['start', '-', '--yes', '--after', '20200101-000000-aaaaaa'], {
      input: renderBlock({ command: 'true' }),
    })
    expect(unknown.stderr).toContain('There is no job 20200101-000000-aaaaaa')
  })

  test('a job that is held back lets others go first, over a restart of the supervisor, until it is let go', async ({
    relay,
    expect,
  }) => {
    const first = await relay.start({ command: waitFor('go'), queue: gpu })
    await relay.untilState(first, 'running')
    const heldBack = await relay.start({ command: 'echo held >>order', queue: gpu })
    const next = await relay.start({ command: 'echo next >>order', queue: gpu })
    expect((await relay.run(['hold', first])).stderr).toContain('only a job that waits')
    await relay.run(['hold', heldBack])
    await killSupervision(relay)
    await relay.run(['list'])
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    await relay.untilState(next, 'succeeded')
    expect(relay.show(heldBack)).toMatchObject({ state: 'queued', held: true })
    await relay.run(['release', heldBack])
    await relay.untilState(heldBack, 'succeeded')
    expect(linesOf(relay, 'order')).toEqual(['next', 'held'])
  })

  test('a follow-up that the first release promised and never made is made and run when it is let go, once', async ({
    relay,
    expect,
  }) => {
    const jobs = new StoredJobs(relay.state, relay.workspace)
    const own = { ...plan, cwd: relay.workspace, followUp: { ...followUp, run: false } }
    const spec = { host: relay.state.host, plan: own }
    const id = jobs.create(Date.now(), spec)
    jobs.launch(id)
    fs.writeFileSync(jobs.folder.job(id).attempt(1).log, 'accuracy=0.9\n')
    const exit = { kind: 'code', code: 0 } as const
    const promise = { jobId: jobIdSchema.parse(`${id}-f1`), run: false }
    jobs.record(id, [
      { type: 'exited', attempt: 1, exit, atMs: Date.now(), leftBehind: [] },
      {
        type: 'ended',
        attempt: 1,
        outcome: 'succeeded',
        reason: 'Exit 0.',
        files: [],
        answer: null,
        followUp: promise,
      },
    ])
    expect(relay.show(id).followUp).toMatchObject({ state: 'pending', held: true })
    const asked = { input: `[[relay-actions]]{"actions":[{"type":"task_run"}]}[[/relay-actions]]\n` }
    expect((await relay.run(['do', '-', '--yes'], asked)).stdout).toBe(`${id}-f1 was let go.`)
    await relay.untilState(`${id}-f1`, 'succeeded')
    expect(relay.store.find(`${id}-f1`).job.spec.plan).toMatchObject({ work: { about: { jobId: id, attempt: 1 } } })
    expect((await relay.run(['do', '-', '--yes'], asked)).stderr).toContain('no task in this folder')
    await eventually(() => relay.handoffEntries(id) === 1)
    expect(relay.show(id).followUp).toMatchObject({ state: 'done', held: false })
    expect(planDigest(own)).toBe(relay.store.find(id).job.approval?.digest)
  })

  test('a job that was lost keeps no place', async ({ relay, expect }) => {
    const first = await relay.start({ command: 'sleep 600', queue: gpu })
    await relay.untilState(first, 'running')
    const next = await relay.start({ command: 'true', queue: gpu })
    await killSupervision(relay)
    await eventually(() => {
      const left = processesNamed(relay, '').filter(({ command }) => /wrapper\.sh|sleep 600/.test(command))
      for (const one of left) signalProcess(one, 'SIGKILL')
      return left.length === 0
    })
    await relay.run(['list'])
    await relay.untilState(first, 'lost')
    await relay.untilState(next, 'succeeded')
    expect(relay.show(next).exit).toEqual({ code: 0 })
  })
})

const followUp = { task: 'Analyze.', description: null, run: true, agent: { kind: 'builtin' as const } }
