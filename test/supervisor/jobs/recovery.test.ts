// What is left of a job when something that watched over it dies, and what is said of it.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe } from 'vitest'
import {
  attemptOf,
  inWorkspace,
  journalOf,
  killSupervision,
  processesNamed,
  processesOfJob,
  supervisorLog,
  test,
  untilLogged,
  waitFor,
} from '../../fixtures/relayTest'
import { processStartTime } from '../../../src/store/processIdentity'
import { signalProcess } from '../../../src/supervisor/jobs/processTable'
import { eventually } from '../../support/eventually'
import type { Relay } from '../../support/relay'

const calledBack = { thenTask: 'Analyze.', runTasks: true }

function wrapperPid(relay: Relay, id: string): number {
  return Number(fs.readFileSync(attemptOf(relay, id).started, 'utf8').split('\n')[0])
}

/** Rewrites what the wrapper said of itself: pid, stat line, boot id. */
function changeStarted(relay: Relay, id: string, change: (lines: string[]) => string[]): void {
  const { started } = attemptOf(relay, id)
  fs.writeFileSync(started, change(fs.readFileSync(started, 'utf8').split('\n')).join('\n'))
}

function countEvents(relay: Relay, id: string, type: string): number {
  return journalOf(relay, id).filter(({ event }) => event.type === type).length
}

describe.concurrent('recovery', () => {
  test('a job whose wrapper was killed is running with its exit unknown while it lives, then lost, not failed', async ({
    relay,
    expect,
  }) => {
    const id = await relay.start({ command: `echo up; ${waitFor('go')}; echo done`, watch: calledBack })
    await untilLogged(relay, id, 'up')
    await relay.untilState(id, 'running')
    process.kill(wrapperPid(relay, id), 'SIGKILL')
    const orphaned = await eventually(() => {
      const job = relay.show(id)
      return job.known.by.startsWith('exit unknown') ? job : undefined
    }, 30_000)
    expect(orphaned).toMatchObject({ state: 'running', endedAt: null, exit: null })
    expect(orphaned.known.by).toMatch(/wrapper \(process \d+\) was killed before it could record the exit; \d+ of its/)

    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    const job = await relay.untilState(id, 'lost', 'succeeded', 'failed')
    expect(job).toMatchObject({ state: 'lost', exit: null })
    expect(job.reason).toMatch(/is gone without an exit record, and none of its processes is alive\.$/)
    await relay.untilDelivered(id)
    expect(relay.show(id).followUp).toMatchObject({ id: `${id}-f1` })
    expect(relay.log(`${id}-f1`)).toMatch(/lost/i)
    expect(relay.handoffEntries(id)).toBe(1)
    expect(relay.log(id)).toBe('up\ndone\n')
  }, 60_000)

  test('a job that ran when the machine was restarted is lost, with that as its evidence, and calls back', async ({
    relay,
    expect,
  }) => {
    const id = await relay.start({ command: `echo up; ${waitFor('never')}`, watch: calledBack })
    await untilLogged(relay, id, 'up')
    await relay.untilState(id, 'running')
    await killSupervision(relay)
    for (const one of processesOfJob(relay, id)) signalProcess(one, 'SIGKILL')
    changeStarted(relay, id, ([pid = '', stat = '', , time = '']) => [pid, stat, 'another-boot', time, ''])
    expect((await relay.run(['list'])).stdout, 'asking wakes a supervisor').toContain(id)
    const job = await relay.untilState(id, 'lost')
    expect(job.reason).toBe('The machine was restarted while it ran, and it left no exit record.')
    await relay.untilDelivered(id)
    expect(relay.handoffEntries(id)).toBe(1)
    expect(countEvents(relay, id, 'launch_intended'), 'it is not started again').toBe(1)
  })

  test('an exit record from before a restart of the machine counts: the job is not lost', async ({ relay, expect }) => {
    const id = await relay.start({ command: `echo up; ${waitFor('go')}; exit 6` })
    await untilLogged(relay, id, 'up')
    await relay.untilState(id, 'running')
    await killSupervision(relay)
    // Without this file the wrapper wakes nobody, as if the power went right after the record.
    fs.rmSync(relay.state.wakeScript)
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    await eventually(() => fs.existsSync(attemptOf(relay, id).exit))
    changeStarted(relay, id, ([pid = '', stat = '', , time = '']) => [pid, stat, 'another-boot', time, ''])
    await relay.run(['list'])
    expect(await relay.untilState(id, 'failed', 'lost')).toMatchObject({ state: 'failed', exit: { code: 6 } })
  })

  test('a process that has only the number of a job that is gone is not taken for it, nor signalled', async ({
    relay,
    expect,
  }) => {
    const foreign = spawn('sleep', ['341'], { detached: true, stdio: 'ignore' })
    try {
      const id = await relay.start({ command: `echo up; ${waitFor('never')}` })
      await untilLogged(relay, id, 'up')
      await relay.untilState(id, 'running')
      await killSupervision(relay)
      for (const one of processesOfJob(relay, id)) signalProcess(one, 'SIGKILL')
      await eventually(() => processesOfJob(relay, id).length === 0)
      changeStarted(relay, id, ([, stat = '', boot = '', time = '']) => [String(foreign.pid), stat, boot, time, ''])
      expect(relay.show(id).known.by, 'nobody has looked yet').not.toContain('is alive')
      await relay.run(['stop', id])
      const job = await relay.untilState(id, 'lost', 'stopped')
      expect(job.endedAt).not.toBeNull()
      expect(processStartTime(foreign.pid ?? 0), 'the foreign process lives').not.toBeNull()
    } finally {
      foreign.kill('SIGKILL')
    }
  })

  test('when nobody is left, the end of the job itself brings a supervisor, and the follow-up runs', async ({
    relay,
    expect,
  }) => {
    const id = await relay.start({ command: `echo up; ${waitFor('go')}`, watch: calledBack })
    await untilLogged(relay, id, 'up')
    await relay.untilState(id, 'running')
    await killSupervision(relay)
    expect(relay.supervisorPid()).toBeNull()
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    // Only reads from here on: nothing that would wake anybody.
    const job = await relay.untilDelivered(id)
    expect(job).toMatchObject({ state: 'succeeded', followUp: { state: 'done' } })
    expect([countEvents(relay, id, 'launched'), countEvents(relay, id, 'ended'), relay.handoffEntries(id)]).toEqual([
      1, 1, 1,
    ])
  })

  test('a supervisor that was killed is started again by its keeper, and the job never notices', async ({
    relay,
    expect,
  }) => {
    const id = await relay.start({ command: `echo up; ${waitFor('go')}`, watch: calledBack })
    await untilLogged(relay, id, 'up')
    await relay.untilState(id, 'running')
    const first = await eventually(() => relay.supervisorPid())
    process.kill(first, 'SIGKILL')
    const second = await eventually(() => {
      const pid = relay.supervisorPid()
      return pid === first ? null : pid
    }, 5_000)
    expect(second).not.toBe(first)
    expect(relay.show(id).known.by).toMatch(/^process \d+ is alive$/)
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    expect(await relay.untilDelivered(id)).toMatchObject({ state: 'succeeded', followUp: { state: 'done' } })
    expect(relay.handoffEntries(id)).toBe(1)
  })

  test('the end of a job brings a supervisor, too, when the one in the foreground was killed', async ({
    relay,
    expect,
  }) => {
    // A copy, as somebody else has installed it: nothing may be written beside it.
    const installed = path.join(relay.root, 'installed')
    fs.mkdirSync(installed)
    for (const name of ['cli.js', 'supervisor.js']) fs.copyFileSync(path.join('dist', name), path.join(installed, name))
    const foreground = spawn('node', [path.join(installed, 'cli.js'), 'supervise'], {
      cwd: relay.workspace,
      env: relay.env,
      stdio: 'ignore',
    })
    await eventually(() => relay.supervisorPid())
    const id = await relay.start({ command: `echo up; ${waitFor('go')}`, watch: calledBack })
    await untilLogged(relay, id, 'up')
    await relay.untilState(id, 'running')
    expect(processesNamed(relay, 'keeper.sh')).toEqual([])
    foreground.kill('SIGKILL')
    await killSupervision(relay)
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    expect(await relay.untilDelivered(id)).toMatchObject({ state: 'succeeded', followUp: { state: 'done' } })
    expect(fs.readdirSync(installed).sort()).toEqual(['cli.js', 'supervisor.js'])
  })

  test('a supervisor goes when nothing is live, leaves no process, and the next request brings one', async ({
    relay,
    expect,
  }) => {
    const id = await relay.start({ command: 'true', watch: calledBack })
    await relay.untilDelivered(id)
    expect(relay.supervisorPid()).not.toBeNull()
    const begun = performance.now()
    await eventually(() => processesNamed(relay, '').length === 0, 20_000)
    expect(performance.now() - begun).toBeGreaterThan(5_000)
    expect(supervisorLog(relay)).toContain('supervisor has ended: nothing was left to do')
    expect(fs.existsSync(relay.state.supervisorRecord)).toBe(false)

    const next = await relay.start({ command: 'echo again' })
    expect((await relay.untilState(next, 'succeeded')).exit).toEqual({ code: 0 })
  }, 60_000)

  test('a newer build takes over while the job runs on, and sees it to its end', async ({ relay, expect }) => {
    const id = await relay.start({ command: `echo up; ${waitFor('go')}; echo done`, watch: calledBack })
    await untilLogged(relay, id, 'up')
    await relay.untilState(id, 'running')
    const wrapper = wrapperPid(relay, id)
    const { stdout: build } = await relay.run(['--version'])
    expect(supervisorLog(relay)).toContain(`supervisor ${build} has begun`)

    const newer = '99.0.0+newer'
    const folder = path.join(relay.root, 'newer')
    fs.mkdirSync(folder)
    for (const name of ['cli.js', 'supervisor.js']) {
      const text = fs.readFileSync(path.join('dist', name), 'utf8')
      expect(text).toContain(build)
      fs.writeFileSync(path.join(folder, name), text.replaceAll(build, newer))
    }
    const { execa } = await import('execa')
    const list = await execa('node', [path.join(folder, 'cli.js'), 'list'], { env: relay.env, extendEnv: false })
    expect(list.stdout).toContain(id)
    await eventually(
      () => relay.supervisorPid() !== null && supervisorLog(relay).includes(`supervisor ${newer} has begun`),
    )
    await eventually(() => processesNamed(relay, 'supervisor.js supervise').length === 1)
    expect(processesNamed(relay, 'supervisor.js supervise')[0]?.command).toContain(newer)
    expect(relay.show(id)).toMatchObject({ state: 'running', known: { by: `process ${wrapper} is alive` } })

    // The older one, asked now, leaves the newer in its place.
    await relay.run(['list'])
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    const job = await relay.untilDelivered(id)
    expect(job).toMatchObject({ state: 'succeeded', followUp: { state: 'done' } })
    expect([countEvents(relay, id, 'launched'), relay.handoffEntries(id)]).toEqual([1, 1])
    expect(supervisorLog(relay).split(`supervisor ${build} has begun`)).toHaveLength(2)
  })
})
