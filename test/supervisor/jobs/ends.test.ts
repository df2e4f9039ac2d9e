// How a job can end by itself, and what is known of it then.
import fs from 'node:fs'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { inWorkspace } from '../../fixtures/relayTest'
import { Relay } from '../../support/relay'

let relay: Relay
beforeAll(() => {
  relay = new Relay()
})
afterAll(() => relay.dispose())

describe.concurrent('the end of a job', () => {
  test('a command that fails makes a failed job with its exit code and its log', async ({ expect }) => {
    const id = await relay.start({ command: 'echo boom >&2; exit 7' })
    const job = await relay.untilState(id, 'failed')
    expect(job).toMatchObject({ exit: { code: 7 }, reason: 'Exit 7.', followUp: null })
    expect(job.known.by).toBe('the exit record of its wrapper')
    expect(relay.log(id)).toBe('boom\n')
  })

  test('a command killed by a signal is failed, with the signal inferred and the status kept', async ({ expect }) => {
    const id = await relay.start({ command: 'kill -9 $$' })
    const job = await relay.untilState(id, 'failed')
    expect(job.exit).toEqual({ signal: 'SIGKILL', status: 137, inferred: true })
    expect(job.reason).toBe('Killed by SIGKILL (status 137).')
  })

  test('a directory that goes between the request and the start leaves an exit record that says so', async ({
    expect,
  }) => {
    const directory = inWorkspace(relay, 'goes away')
    fs.mkdirSync(directory)
    const block = `[[relay-actions]]{"actions":[{"type":"job_start","command":"echo never > ../ran","preflight":{"checks":[{"type":"cmd_exit_zero","cmd":"rmdir \\"$PWD\\""}]}}]}[[/relay-actions]]`
    const { stdout } = await relay.run(['start', '-', '--yes', '--cwd', directory], { input: block })
    const job = await relay.untilState(stdout.trim(), 'failed')
    expect(job.exit).toEqual({ code: 1 })
    expect(relay.log(job.id)).toContain(`relay: cannot enter the directory of the job: ${directory}`)
    expect(fs.existsSync(inWorkspace(relay, 'ran')), 'the command must not run anywhere else').toBe(false)
  })

  test('a command that is not found is failed with 127, and its log names it', async ({ expect }) => {
    const id = await relay.start({ command: 'no-such-program --epochs 3' })
    const job = await relay.untilState(id, 'failed')
    expect(job.exit).toEqual({ code: 127 })
    expect(relay.log(id)).toContain('no-such-program: command not found')
  })

  test('work that a command left in the background is seen and said', async ({ expect }) => {
    const id = await relay.start({ command: 'sleep 321 & echo started' })
    const job = await relay.untilState(id, 'succeeded')
    expect(job.leftBehind).toHaveLength(1)
    expect(job.leftBehind[0]).toMatch(/^\d+ sleep 321$/)
    expect((await relay.run(['show', id])).stdout).toMatch(/Left running +\d+ sleep 321/)
  })

  test('a command that leaves nothing behind is never said to have left something', async ({ expect }) => {
    const ids = await Promise.all(Array.from({ length: 12 }, () => relay.start({ command: 'true' })))
    for (const id of ids) {
      const job = await relay.untilState(id, 'succeeded')
      expect(job.leftBehind).toEqual([])
    }
  })

  test('bytes that are no text go to the log as they are, and every view of it stays text', async ({ expect }) => {
    const id = await relay.start({
      command: `printf 'a\\000\\377\\376\\033[31mred\\007\\nlast\\n'; head -c 4096 /dev/urandom`,
    })
    await relay.untilState(id, 'succeeded')
    const bytes = fs.readFileSync(relay.store.find(id).paths.attempt(1).log)
    expect(bytes.subarray(0, 14)).toEqual(Buffer.from('a\0\xff\xfe\x1b[31mred\x07\n', 'latin1').subarray(0, 14))
    for (const words of [['logs', id], ['show', id], ['list']]) {
      const { exitCode, stdout } = await relay.run(words)
      expect(exitCode).toBe(0)
      expect(stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
    }
  })
})
