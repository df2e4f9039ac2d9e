// Stopping a job: everything it has started dies, and `stopped` is said only then.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { describe } from 'vitest'
import {
  attemptOf,
  inWorkspace,
  killSupervision,
  processesOfJob,
  test,
  untilLogged,
  waitFor,
} from '../../fixtures/relayTest'
import { processStartTime } from '../../../src/store/processIdentity'
import { eventually } from '../../support/eventually'
import type { Relay } from '../../support/relay'

const calledBack = { thenTask: 'Analyze.', runTasks: true }

/** What is alive of a job at the first look that finds it `stopped`. */
async function aliveWhenStopped(relay: Relay, id: string): Promise<string[]> {
  return eventually(() => {
    if (relay.show(id).state !== 'stopped') return undefined
    return processesOfJob(relay, id).map(({ command }) => command)
  }, 30_000)
}

describe.concurrent('stop', () => {
  test('a stop sends TERM to the whole group, lets a handler finish, and calls nobody back', async ({
    relay,
    expect,
  }) => {
    const child = `trap 'echo child done; exit 0' TERM; echo child ready; while :; do sleep 0.05; done`
    const id = await relay.start({
      command: `bash -c "${child}" &\ntrap 'sleep 0.3; echo saved; exit 0' TERM; echo parent ready; while :; do sleep 0.05; done`,
      watch: calledBack,
    })
    await untilLogged(relay, id, 'child ready')
    await untilLogged(relay, id, 'parent ready')
    const { exitCode, stdout } = await relay.run(['stop', id])
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Stopped (exit 0).' })
    expect(processesOfJob(relay, id)).toEqual([])
    expect(relay.log(id)).toContain('child done')
    expect(relay.log(id)).toContain('saved')
    const job = await relay.untilDelivered(id)
    expect(job).toMatchObject({ state: 'stopped', exit: { code: 0 }, followUp: null })
    expect(relay.handoffLog).toBe('')
    expect(relay.store.list().jobs).toHaveLength(1)
  })

  test('every process of a job is asked to end exactly once: many take a second TERM as an order to give up', async ({
    relay,
    expect,
  }) => {
    const script = [
      'import signal, sys, threading',
      'def note(*_): sys.stdout.write("TERM\\n"); sys.stdout.flush(); threading.Timer(0.5, lambda: signal.raise_signal(signal.SIGUSR1)).start()',
      'signal.signal(signal.SIGTERM, note); signal.signal(signal.SIGUSR1, signal.SIG_DFL)',
      'print("ready", flush=True)',
      'while True: signal.pause()',
    ].join('\n')
    fs.writeFileSync(inWorkspace(relay, 'count.py'), script)
    const id = await relay.start({ command: `for i in 1 2 3 4; do python3 count.py & done; wait; wait` })
    await eventually(() => relay.log(id).split('ready').length - 1 === 4)
    expect((await relay.run(['stop', id])).exitCode).toBe(0)
    expect(relay.log(id).split('TERM').length - 1).toBe(4)
  })

  test('what ignores TERM, and a grandchild in a session of its own, are killed after the grace', async ({
    relay,
    expect,
  }) => {
    const stubborn = `trap '' TERM; echo deaf; while :; do sleep 0.2; done`
    const id = await relay.start({
      command: `setsid bash -c "${stubborn}" &\ntrap '' TERM; echo deaf too; while :; do sleep 0.2; done`,
      watch: calledBack,
    })
    await untilLogged(relay, id, 'deaf\n')
    await untilLogged(relay, id, 'deaf too\n')
    const begun = performance.now()
    expect((await relay.run(['stop', id, '--no-wait'])).exitCode).toBe(0)
    expect(await aliveWhenStopped(relay, id), 'stopped is said only when all are dead').toEqual([])
    expect(performance.now() - begun).toBeGreaterThan(9_500)
    const job = await relay.untilDelivered(id)
    expect(job).toMatchObject({ state: 'stopped', exit: { signal: 'SIGKILL' }, followUp: null })
    expect(relay.handoffLog).toBe('')
  })

  test('a process that has cleared its environment is stopped, too', async ({ relay, expect }) => {
    const id = await relay.start({
      command: `env -i PATH=/usr/bin:/bin sh -c 'trap "" TERM; echo deaf $$; while :; do sleep 0.2; done'`,
    })
    await untilLogged(relay, id, 'deaf')
    const pid = Number(/deaf (\d+)/.exec(relay.log(id))?.[1])
    expect((await relay.run(['stop', id])).exitCode).toBe(0)
    expect(processStartTime(pid)).toBeNull()
  })

  test('a stop while required files are awaited ends the wait as stopped', async ({ relay, expect }) => {
    const id = await relay.start({ command: 'true', watch: { ...calledBack, requireFiles: ['never.json'] } })
    await relay.untilState(id, 'settling')
    expect((await relay.run(['stop', id])).exitCode).toBe(0)
    const job = await relay.untilDelivered(id)
    expect(job).toMatchObject({ state: 'stopped', exit: { code: 0 }, followUp: null })
    expect(job.reason).toBe('Stopped while its required files were awaited.')
    expect(relay.handoffLog).toBe('')
  })

  test('a stop while required files are awaited also ends the work that is still writing them', async ({
    relay,
    expect,
  }) => {
    const id = await relay.start({ command: 'sleep 322 &', watch: { requireFiles: ['never.json'] } })
    await relay.untilState(id, 'settling')
    await relay.run(['stop', id, '--no-wait'])
    expect(await aliveWhenStopped(relay, id)).toEqual([])
  })

  test('a stop during the checks ends the checks', async ({ relay, expect }) => {
    const id = await relay.start({
      command: 'echo never',
      preflight: { checks: [{ type: 'cmd_exit_zero', cmd: 'sleep 323', timeoutSec: 600 }] },
    })
    await eventually(() => processesOfJob(relay, id).length > 0)
    await relay.run(['stop', id, '--no-wait'])
    expect(await aliveWhenStopped(relay, id)).toEqual([])
    expect(relay.show(id).startedAt).toBeNull()
  })

  test('a stop that was asked for survives the death of the supervisor', async ({ relay, expect }) => {
    const id = await relay.start({
      command: `trap '${waitFor('let-go')}; exit 0' TERM; echo ready; ${waitFor('never')}`,
    })
    await untilLogged(relay, id, 'ready')
    await relay.run(['stop', id, '--no-wait'])
    await killSupervision(relay)
    fs.writeFileSync(`${relay.workspace}/let-go`, '')
    await eventually(() => fs.existsSync(attemptOf(relay, id).exit))
    expect(await relay.untilState(id, 'stopped', 'succeeded', 'failed')).toMatchObject({ state: 'stopped' })
  })

  test('a job that has ended cannot be stopped, and that is said', async ({ relay, expect }) => {
    const id = await relay.start({ command: 'true' })
    await relay.untilState(id, 'succeeded')
    const { exitCode, stderr } = await relay.run(['stop', id])
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `relay: Job ${id} is not running: there is nothing to stop.`,
    })
    expect(relay.show(id).state).toBe('succeeded')
  })

  test('a stop never signals a process that has only the number of an old one', async ({ relay, expect }) => {
    // A group of its own, as a wrapper's would be: a signal to the group would end it.
    const foreign = spawn('sleep', ['324'], { detached: true, stdio: 'ignore' })
    try {
      const id = await relay.start({ command: `trap '' TERM; echo ready; ${waitFor('never')}` })
      await untilLogged(relay, id, 'ready')
      await killSupervision(relay)
      const { started } = attemptOf(relay, id)
      const [pid, stat, boot] = fs.readFileSync(started, 'utf8').split('\n')
      fs.writeFileSync(started, `${foreign.pid}\n${stat}\n${boot}\n`)
      // Its wrapper goes without a record; the command itself lives on and ignores TERM, so that KILL follows.
      process.kill(Number(pid), 'SIGKILL')
      expect((await relay.run(['stop', id])).exitCode).toBe(0)
      const job = await relay.untilState(id, 'stopped')
      expect(job.exit).toBeNull()
      expect(processesOfJob(relay, id)).toEqual([])
      expect(processStartTime(foreign.pid ?? 0), 'the foreign process lives').not.toBeNull()
    } finally {
      foreign.kill('SIGKILL')
    }
  })
})
