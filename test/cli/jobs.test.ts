// relay list, show, wait, logs: what scripts and agents can build on.
import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { inWorkspace, untilLogged, waitFor } from '../fixtures/relayTest'
import { cliFile, Relay } from '../support/relay'

let relay: Relay
beforeAll(() => {
  relay = new Relay()
})
afterAll(() => relay.dispose())

const fields = ['id', 'state', 'command', 'cwd', 'startedAt', 'endedAt', 'exit', 'log', 'followUp', 'known']
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

describe.concurrent('relay list and relay show', () => {
  test('give as JSON all that is promised, live and ended', async ({ expect }) => {
    const ended = await relay.start({ command: 'echo boom; exit 3', watch: { thenTask: 'Analyze.', runTasks: true } })
    await relay.untilDelivered(ended)
    const live = await relay.start({ command: waitFor('go-list') })
    await relay.untilState(live, 'running')
    const list = JSON.parse((await relay.run(['list', '--json'])).stdout) as Record<string, unknown>[]
    for (const id of [ended, live]) {
      const shown = JSON.parse((await relay.run(['show', id, '--json'])).stdout) as Record<string, unknown>
      const listed = list.find((job) => job['id'] === id)
      for (const job of [shown, listed]) {
        expect(Object.keys(job ?? {})).toEqual(expect.arrayContaining(fields))
        expect(job).toMatchObject({ id, cwd: relay.workspace })
        expect(job?.['startedAt']).toMatch(iso)
        expect(job?.['known']).toMatchObject({
          by: expect.any(String) as string,
          at: expect.stringMatching(iso) as string,
        })
        expect(path.isAbsolute(String(job?.['log']))).toBe(true)
      }
    }
    expect(list.find((job) => job['id'] === ended)).toMatchObject({
      state: 'failed',
      command: 'echo boom; exit 3',
      exit: { code: 3 },
      endedAt: expect.stringMatching(iso) as string,
      followUp: { id: `${ended}-f1`, state: 'done' },
    })
    expect(list.find((job) => job['id'] === live)).toMatchObject({
      state: 'running',
      exit: null,
      endedAt: null,
      followUp: null,
    })
    fs.writeFileSync(inWorkspace(relay, 'go-list'), '')
    await relay.untilState(live, 'succeeded')
  })

  test('print one thing of a job with --only', async ({ expect }) => {
    const id = await relay.start({ command: 'true', description: 'Nothing' })
    const only = async (part: string) => (await relay.run(['show', id, '--only', part])).stdout
    expect(await only('id')).toBe(id)
    expect(await only('command')).toBe('true')
    expect(fs.existsSync(path.join(await only('folder'), 'spec.json'))).toBe(true)
    expect(await only('log')).toBe(relay.show(id).log ?? path.join(await only('folder'), 'attempts/1/output.log'))
    expect(await only('block')).toContain('"description": "Nothing"')
    expect((await relay.run(['show', id, '--only', 'colour'])).exitCode).toBe(2)
  })

  test('show only the jobs of one folder with --here', async ({ expect }) => {
    const other = path.join(relay.root, 'other-folder')
    fs.mkdirSync(other)
    const { stdout } = await relay.run(['list', '--here', '--json'], { cwd: other })
    expect(JSON.parse(stdout)).toEqual([])
  })
})

describe.concurrent('relay wait exits', () => {
  test("with the job's own code, whatever it is", async ({ expect }) => {
    for (const code of [0, 1, 42]) {
      const id = await relay.start({ command: `exit ${code}` })
      expect(await relay.run(['wait', id])).toMatchObject({ exitCode: code, stdout: '' })
    }
  })

  test('with 128+n for a signal', async ({ expect }) => {
    const id = await relay.start({ command: 'kill -SEGV $$' })
    expect((await relay.run(['wait', id])).exitCode).toBe(139)
  })

  test('with 124 at the time limit, soon, while the job goes on', async ({ expect }) => {
    const id = await relay.start({ command: waitFor('go-wait') })
    const begun = performance.now()
    const { exitCode, stderr } = await relay.run(['wait', id, '--timeout', '0.5'])
    expect({ exitCode, stderr }).toEqual({ exitCode: 124, stderr: `Job ${id} has not ended after 0.5 s. It goes on.` })
    expect(performance.now() - begun).toBeLessThan(6_000)
    fs.writeFileSync(inWorkspace(relay, 'go-wait'), '')
    expect((await relay.run(['wait', id])).exitCode).toBe(0)
  })

  test('with 125 for a blocked job', async ({ expect }) => {
    const id = await relay.start({ command: 'true', preflight: { checks: [{ type: 'path_exists', path: 'nope' }] } })
    const { exitCode, stderr } = await relay.run(['wait', id])
    expect(exitCode).toBe(125)
    expect(stderr).toContain('path exists: nope')
  })

  test('with 125 for a lost one', async ({ expect }) => {
    const id = await relay.start({ command: 'echo $PPID; kill -9 $PPID; sleep 0.1' })
    expect((await relay.run(['wait', id, '--timeout', '25'])).exitCode).toBe(125)
    expect(relay.show(id).state).toBe('lost')
  })

  test('with 130 for a stopped one', async ({ expect }) => {
    const id = await relay.start({ command: `echo up; ${waitFor('never')}` })
    await untilLogged(relay, id, 'up')
    const waiting = relay.run(['wait', id])
    expect((await relay.run(['stop', id])).exitCode).toBe(0)
    expect((await waiting).exitCode).toBe(130)
  })

  test('only after the follow-up and its entry with --follow-up, and with the job as JSON if asked', async ({
    expect,
  }) => {
    const id = await relay.start({ command: 'echo boom; exit 5', watch: { thenTask: 'Analyze.', runTasks: true } })
    const { exitCode, stdout } = await relay.run(['wait', id, '--follow-up', '--json'])
    expect(exitCode).toBe(5)
    expect(JSON.parse(stdout)).toMatchObject({ id, state: 'failed', followUp: { state: 'done' } })
    expect(relay.handoffEntries(id)).toBe(1)
  })
})

describe.concurrent('relay logs', () => {
  test('prints as many last lines as are asked for, or as the block asks for', async ({ expect }) => {
    const id = await relay.start({ command: 'seq 100', watch: { tailLines: 3 } })
    await relay.untilState(id, 'succeeded')
    expect((await relay.run(['logs', id])).stdout).toBe('98\n99\n100')
    expect((await relay.run(['logs', id, '-n', '1'])).stdout).toBe('100')
    expect((await relay.run(['logs', id, '-n', '0'])).stdout).toBe('')
    expect((await relay.run(['logs', id, '-n', '500'])).stdout.split('\n')).toHaveLength(100)
    expect(await relay.run(['logs', id, '-n', 'many'])).toMatchObject({ exitCode: 2 })
  })

  test('follows a log with -f to the last byte, and ends with the job', async ({ expect }) => {
    const id = await relay.start({
      command: `echo one; ${waitFor('go-logs')}; seq 1000; printf 'no newline at the end'`,
    })
    await untilLogged(relay, id, 'one')
    const following = execa('node', [cliFile, 'logs', id, '-f'], { env: relay.env, extendEnv: false })
    following.stdout.once('data', () => fs.writeFileSync(inWorkspace(relay, 'go-logs'), ''))
    const { exitCode, stdout } = await following
    expect(exitCode).toBe(0)
    expect(stdout).toBe(['one', ...Array.from({ length: 1000 }, (_, n) => n + 1), 'no newline at the end'].join('\n'))
  })

  test('shows a progress bar as its last state, not as a thousand', async ({ expect }) => {
    const id = await relay.start({ command: `for i in $(seq 100); do printf '\\r%3d%%' $i; done; echo; echo end` })
    await relay.untilState(id, 'succeeded')
    expect((await relay.run(['logs', id])).stdout).toBe('100%\nend')
  })

  test('of a job that never started says so', async ({ expect }) => {
    const id = await relay.start({ command: 'true', preflight: { checks: [{ type: 'path_exists', path: 'nope' }] } })
    await relay.untilState(id, 'blocked')
    const { exitCode, stderr } = await relay.run(['logs', id])
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^Cannot read .*: there is no such file\.$/)
  })
})

describe('a job is named', () => {
  test('by its id, the beginning or the end of it, or latest; not by what fits several or none', async ({ expect }) => {
    const first = await relay.start({ command: 'true', watch: { thenTask: 'Analyze.', runTasks: true } })
    await relay.untilDelivered(first)
    const second = await relay.start({ command: 'echo second' })
    await relay.untilState(second, 'succeeded')
    const idOf = async (name: string) =>
      (JSON.parse((await relay.run(['show', name, '--json'])).stdout) as { id?: string }).id
    expect(await idOf(first)).toBe(first)
    expect(await idOf(first.slice(0, -1)), 'its follow-up begins so, too').toBe(first)
    expect(await idOf(first.slice(-6))).toBe(first)
    expect(await idOf(`${first.slice(-6)}-f1`)).toBe(`${first}-f1`)
    expect(await idOf('latest'), 'also when both were started within one second').toBe(second)

    const year = first.slice(0, 4)
    const ambiguous = await relay.run(['show', year])
    expect(ambiguous.exitCode).toBe(1)
    expect(ambiguous.stderr).toMatch(new RegExp(`^relay: \\d+ jobs match ${year}: .*\\.$`))
    const unknown = await relay.run(['show', 'nonesuch'])
    expect(unknown).toMatchObject({
      exitCode: 1,
      stderr: 'relay: There is no job nonesuch. `relay list --all` shows all jobs.',
    })
    for (const verb of ['logs', 'wait', 'stop', 'restart', 'remove'])
      expect(await relay.run([verb, '../../etc', '--json'].slice(0, 2))).toMatchObject({ exitCode: 1 })
  })
})
