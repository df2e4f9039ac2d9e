// Dry runs with real processes: the checks run, the command never does.
import fs from 'node:fs'
import { describe } from 'vitest'
import { attemptOf, inWorkspace, journalOf, killSupervision, processesOfJob, test } from '../../fixtures/relayTest'
import { eventually } from '../../support/eventually'
import { renderBlock } from '../../support/relay'

const checks = [
  { type: 'path_exists', path: 'data.csv' },
  { type: 'cmd_exit_zero', cmd: 'echo looked >>looked.txt' },
]
const block = renderBlock({
  command: 'echo ran >>ran.txt',
  description: 'Train',
  preflight: { checks },
  watch: { thenTask: 'Analyze.', runTasks: true, onMissing: 'enqueue', requireFiles: ['out.json'] },
})

describe.concurrent('relay start --dry-run', () => {
  test('tells what each check found, with 125 if it would not start and 0 if it would, and starts nothing', async ({
    relay,
    expect,
  }) => {
    const dryRun = () => relay.run(['start', '-', '--dry-run', '--yes'], { input: block })
    const failed = await dryRun()
    expect(failed.exitCode).toBe(125)
    expect(failed.stderr).toMatch(/^ {2}Dry run +only the checks below are run, now\. The command is not started/)
    expect(failed.stdout).toMatch(/✓ the directory can be used: it is there, and can be written to/)
    expect(failed.stdout).toMatch(/✗ path exists: data\.csv: there is no .*data\.csv/)
    expect(failed.stdout).toMatch(/✓ exits with 0: echo looked >>looked\.txt: exit 0/)
    expect(failed.stdout).toMatch(
      /Dry run \S+: It would not be started, 1 of 2 checks did not pass: .*Nothing was started\.$/,
    )

    fs.writeFileSync(inWorkspace(relay, 'data.csv'), '')
    const passed = await relay.run(['start', '-', '--dry-run', '--yes', '--json'], { input: block })
    expect(passed.exitCode).toBe(0)
    const job = JSON.parse(passed.stdout) as { id: string }
    expect(job).toMatchObject({
      dryRun: true,
      state: 'succeeded',
      reason: 'All 2 checks passed.',
      startedAt: null,
      exit: null,
      log: null,
      followUp: null,
    })
    expect(fs.readFileSync(inWorkspace(relay, 'looked.txt'), 'utf8')).toBe('looked\nlooked\n')
    expect(fs.existsSync(inWorkspace(relay, 'ran.txt'))).toBe(false)
    expect(fs.existsSync(attemptOf(relay, job.id).claim)).toBe(false)
    expect(fs.existsSync(attemptOf(relay, job.id).env), 'its environment is deleted').toBe(false)
    expect(relay.store.list().jobs).toHaveLength(2)
    expect(relay.handoffLog).toBe('')
    expect((await relay.run(['list'])).stdout).toMatch(/✓ succeeded .*Dry run: Train/)
    expect((await relay.run(['show', job.id])).stdout).toMatch(/Dry run +only its checks/)
  })

  test('needs the same approval as the start: nothing is looked at without it', async ({ relay, expect }) => {
    const { exitCode, stderr } = await relay.run(['start', '-', '--dry-run'], { input: block })
    expect(exitCode).toBe(1)
    expect(stderr).toContain('nobody can be asked to approve it here')
    expect(relay.store.list().jobs).toEqual([])
    expect(fs.existsSync(inWorkspace(relay, 'looked.txt'))).toBe(false)
  })

  test('of a block without checks looks at the directory and says that there are none', async ({ relay, expect }) => {
    const input = renderBlock({ command: 'echo ran >>ran.txt' })
    const { exitCode, stdout, stderr } = await relay.run(['start', '-', '--dry-run', '--yes'], { input })
    expect(exitCode).toBe(0)
    expect(stderr).toContain('it has no checks: only its directory is looked at')
    expect(stdout).toMatch(/It has no checks of its own; its directory can be used\. Nothing was started\.$/)
  })

  test('is not the latest job, and keeps no block from being started', async ({ relay, expect }) => {
    const id = await relay.start({ command: 'true', description: 'Earlier' })
    await relay.run(['start', '-', '--dry-run', '--yes'], { input: block })
    expect((await relay.run(['show', 'latest', '--only', 'id'])).stdout).toBe(id)
    const slow = renderBlock({
      command: 'true',
      description: 'Slow check',
      preflight: { checks: [{ type: 'cmd_exit_zero', cmd: 'until [ -e go ]; do sleep 0.05; done' }] },
    })
    const dry = relay.run(['start', '-', '--dry-run', '--yes'], { input: slow })
    await eventually(() => relay.store.list().jobs.some(({ job }) => job.state.kind === 'checking'))
    const started = await relay.run(['start', '-', '--yes'], { input: slow })
    expect(started.exitCode).toBe(0)
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    expect((await dry).exitCode).toBe(0)
    await relay.untilState(started.stdout, 'succeeded')
  })

  test('that is stopped while it checks ends stopped, with nothing left of it', async ({ relay, expect }) => {
    const input = renderBlock({
      command: 'echo ran >>ran.txt',
      preflight: { checks: [{ type: 'cmd_exit_zero', cmd: 'sleep 341' }] },
    })
    const dry = relay.run(['start', '-', '--dry-run', '--yes'], { input })
    const { job } = await eventually(() => relay.store.list().jobs.find(({ job }) => job.state.kind === 'checking'))
    await eventually(() => processesOfJob(relay, job.spec.id).length > 0)
    expect((await relay.run(['stop', job.spec.id])).exitCode).toBe(0)
    expect((await dry).exitCode).toBe(130)
    expect(relay.show(job.spec.id)).toMatchObject({ state: 'stopped', startedAt: null })
    await eventually(() => processesOfJob(relay, job.spec.id).length === 0)
  })

  test('whose supervisor is killed while it checks is checked anew by the next, and never started', async ({
    relay,
    expect,
  }) => {
    const input = renderBlock({
      command: 'echo ran >>ran.txt',
      preflight: {
        checks: [{ type: 'cmd_exit_zero', cmd: 'echo $$ >>begun.txt; until [ -e go ]; do sleep 0.05; done' }],
      },
      watch: { thenTask: 'Analyze.', runTasks: true },
    })
    const dry = relay.run(['start', '-', '--dry-run', '--yes'], { input })
    await eventually(() => fs.existsSync(inWorkspace(relay, 'begun.txt')))
    await killSupervision(relay)
    const begun = () => fs.readFileSync(inWorkspace(relay, 'begun.txt'), 'utf8').trim().split('\n').length
    await eventually(() => begun() === 2, 20_000)
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    expect((await dry).exitCode).toBe(0)
    const [id = ''] = relay.store.list().jobs.map(({ job }) => job.spec.id)
    expect(journalOf(relay, id).map(({ event }) => event.type)).toEqual(['requested', 'approved', 'checked', 'ended'])
    expect(fs.existsSync(inWorkspace(relay, 'ran.txt'))).toBe(false)
  })

  test('that is restarted is a dry run again', async ({ relay, expect }) => {
    await relay.run(['start', '-', '--dry-run', '--yes'], { input: block })
    const [id = ''] = relay.store.list().jobs.map(({ job }) => job.spec.id)
    fs.writeFileSync(inWorkspace(relay, 'data.csv'), '')
    expect((await relay.run(['restart', id, '--yes'])).exitCode).toBe(0)
    expect(await relay.untilState(id, 'succeeded')).toMatchObject({ dryRun: true, attempt: 2 })
    expect(fs.existsSync(inWorkspace(relay, 'ran.txt'))).toBe(false)
  })
})
