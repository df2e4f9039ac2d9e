// Checks before a start: in parallel, each with a hard limit, rejecting or warning.
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { attemptOf, processesNamed } from '../../fixtures/relayTest'
import { runChecks } from '../../../src/supervisor/jobs/preflight'
import { eventually } from '../../support/eventually'
import { Relay } from '../../support/relay'

let relay: Relay
beforeAll(() => {
  relay = new Relay()
})
afterAll(() => relay.dispose())

/** Checks as a job would run them, in this workspace. */
function check(...commands: { cmd: string; timeoutSec?: number }[]) {
  return runChecks(
    commands.map((one) => ({ type: 'cmd_exit_zero', ...one })),
    { cwd: relay.workspace, env: { ...relay.env, RELAY_JOB_ID: 'checks' } },
  )
}

describe.concurrent('preflight', () => {
  test('a failed check with onFail reject blocks the job with the list of what failed, and nothing runs', async ({
    expect,
  }) => {
    const id = await relay.start({
      command: 'echo never',
      preflight: {
        checks: [
          { type: 'path_exists', path: 'no-such-file.py' },
          { type: 'cmd_exit_zero', cmd: 'echo no GPU >&2; exit 4' },
          { type: 'min_free_disk_gb', gb: 1024 },
          { type: 'path_exists', path: '.' },
        ],
      },
      watch: { thenTask: 'Analyze.', runTasks: true },
    })
    const job = await relay.untilDelivered(id)
    expect(job).toMatchObject({ state: 'blocked', startedAt: null, exit: null, followUp: null })
    expect(job.reason).toContain(
      `path exists: no-such-file.py: there is no ${path.join(relay.workspace, 'no-such-file.py')}`,
    )
    expect(job.reason).toContain('exits with 0: echo no GPU >&2; exit 4: exit 4: no GPU')
    expect(job.reason).toMatch(/at least 1024 GB free at \.: [\d.]+ GB are free/)
    expect(job.checks.map(({ passed }) => passed)).toEqual([false, false, false, true])
    expect(fs.existsSync(attemptOf(relay, id).claim)).toBe(false)
    expect(fs.existsSync(attemptOf(relay, id).env), 'its environment is deleted').toBe(false)
    const shown = await relay.run(['show', id])
    expect(shown.stdout).toContain('✗ exits with 0: echo no GPU >&2; exit 4: exit 4: no GPU')
  })

  test('a failed check with onFail warn lets the job run, and the warning is shown', async ({ expect }) => {
    const id = await relay.start({
      command: 'echo ran',
      preflight: { checks: [{ type: 'path_exists', path: 'no-such-dir' }], onFail: 'warn' },
    })
    const job = await relay.untilState(id, 'succeeded')
    expect(relay.log(id)).toBe('ran\n')
    expect(job.checks).toMatchObject([{ passed: false, name: 'path exists: no-such-dir' }])
    expect((await relay.run(['show', id])).stdout).toMatch(/Check +✗ path exists: no-such-dir: there is no/)
  })

  test('a blocked job can be restarted once what was missing is there', async ({ expect }) => {
    const id = await relay.start({ command: 'true', preflight: { checks: [{ type: 'path_exists', path: 'data' }] } })
    await relay.untilState(id, 'blocked')
    fs.writeFileSync(path.join(relay.workspace, 'data'), '')
    expect((await relay.run(['restart', id, '--yes'])).exitCode).toBe(0)
    expect(await relay.untilState(id, 'succeeded')).toMatchObject({ attempt: 2, checks: [{ passed: true }] })
  })

  test('checks run all at once, as long as the slowest of them', async ({ expect }) => {
    const begun = performance.now()
    const findings = await check(...Array.from({ length: 6 }, () => ({ cmd: 'sleep 1' })))
    expect(findings.every(({ passed }) => passed)).toBe(true)
    expect(performance.now() - begun).toBeLessThan(4_000)
  })

  test('a check over its limit fails at the limit, though a grandchild holds its pipe, and nothing of it lives on', async ({
    expect,
  }) => {
    const begun = performance.now()
    const [finding] = await check({ cmd: 'echo looking; (sleep 331; echo) | cat; sleep 331', timeoutSec: 1 })
    expect(performance.now() - begun).toBeLessThan(2_500)
    expect(finding).toMatchObject({ passed: false, detail: 'not done after 1 s: looking' })
    await eventually(() => processesNamed(relay, 'sleep 331').length === 0)
  })

  test('a check that is done while its grandchild holds the pipe passes at once, and the grandchild ends', async ({
    expect,
  }) => {
    const begun = performance.now()
    const [finding] = await check({ cmd: 'sleep 332 & echo ok' })
    expect(performance.now() - begun).toBeLessThan(2_500)
    expect(finding?.passed).toBe(true)
    await eventually(() => processesNamed(relay, 'sleep 332').length === 0)
  })

  test('what a check has put into a session of its own does not outlive a job that is blocked', async ({ expect }) => {
    const id = await relay.start({
      command: 'true',
      preflight: { checks: [{ type: 'cmd_exit_zero', cmd: 'setsid sleep 333 & sleep 334', timeoutSec: 1 }] },
    })
    await relay.untilState(id, 'blocked')
    expect(processesNamed(relay, 'sleep 334')).toEqual([])
    await eventually(() => processesNamed(relay, 'sleep 333').length === 0, 3_000)
  })

  test('why a check failed is never lost, though it ends while the supervisor is busy with another job', async ({
    expect,
  }) => {
    const checking = check(...Array.from({ length: 20 }, () => ({ cmd: 'echo no GPU; exit 4' })))
    const busyUntil = performance.now() + 500
    while (performance.now() < busyUntil) void 0
    expect(new Set((await checking).map(({ detail }) => detail))).toEqual(new Set(['exit 4: no GPU']))
  })

  test('a check that says a lot is cut, and a check killed by a signal says so', async ({ expect }) => {
    const [loud, killed] = await check({ cmd: 'yes | head -c 10000000; exit 1' }, { cmd: 'kill -9 $$' })
    expect(loud?.detail.length).toBeLessThan(500)
    expect(killed).toMatchObject({ passed: false, detail: 'killed by SIGKILL' })
  })

  test('a check in a directory that is gone fails, and names the directory', async ({ expect }) => {
    const context = { cwd: path.join(relay.workspace, 'gone'), env: relay.env }
    const [finding] = await runChecks([{ type: 'cmd_exit_zero', cmd: 'true' }], context)
    expect(finding?.passed).toBe(false)
    expect(finding?.detail).toContain(context.cwd)
  })

  test('a check whose environment is too large for the system is a failed check: nothing is thrown', async ({
    expect,
  }) => {
    // Linux takes at most 128 KiB for one variable; spawn throws it, where other trouble is emitted.
    const context = { cwd: relay.workspace, env: { ...relay.env, BIG: 'x'.repeat(200_000) } }
    const [finding] = await runChecks([{ type: 'cmd_exit_zero', cmd: 'true' }], context)
    expect(finding?.passed).toBe(false)
  })
})
