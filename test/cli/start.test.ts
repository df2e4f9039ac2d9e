// relay start without a terminal: what is needed, what is refused, and how it is said.
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { parseBlocks } from '../../src/core/blocks/parseBlocks'
import { planJob } from '../../src/core/jobs/plan'
import { rememberApproval } from '../../src/store/approval'
import { folderKey } from '../../src/store/stateFolder'
import { Relay, renderBlock } from '../support/relay'

let relay: Relay
beforeAll(() => {
  relay = new Relay()
})
afterAll(() => relay.dispose())

/** `relay start - --yes` of a text: its exit code and what it said last. */
async function refusal(input: string, ...words: string[]): Promise<{ exitCode: number; last: string; ran: boolean }> {
  const before = relay.store.list().jobs.length
  const { exitCode, stdout, stderr } = await relay.run(['start', '-', '--yes', ...words], { input })
  const ran = stdout.trim() !== '' || relay.store.list().jobs.length !== before
  return { exitCode, last: stderr.trimEnd().split('\n').at(-1) ?? '', ran }
}

function remember(block: string): void {
  const action = parseBlocks(block).blocks[0]?.actions[0]
  if (action?.type !== 'job_start') throw new Error('no job_start')
  const planned = planJob(action, relay.workspace)
  if ('refusals' in planned) throw new Error(planned.refusals.join(' '))
  rememberApproval(relay.state.folder(folderKey(relay.workspace)), planned.plan, Date.now())
}

// One after the other: the number of jobs tells whether something was started.
describe('relay start, without a terminal', () => {
  test('needs --yes or an approval: nothing is started, and the sentence says what to do', async ({ expect }) => {
    const { exitCode, stdout, stderr } = await relay.run(['start', '-'], { input: renderBlock({ command: 'true' }) })
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toMatch(
      /relay: Not started: nobody can be asked to approve it here .*Use --yes, or approve it once in a/,
    )
    expect(stderr, 'it still shows what would have run').toMatch(/Command +true/)
    expect(relay.store.list().jobs).toEqual([])
  })

  test('starts exactly what was approved for good in this folder, and asks for anything else', async ({ expect }) => {
    const block = renderBlock({ command: 'echo remembered' })
    remember(block)
    const started = await relay.run(['start', '-'], { input: block })
    expect(started.exitCode).toBe(0)
    await relay.untilState(started.stdout, 'succeeded')
    expect(relay.store.find(started.stdout).job.approval?.how).toBe('remembered')

    const other = path.join(relay.root, 'other')
    fs.mkdirSync(other)
    for (const [input, cwd] of [
      [renderBlock({ command: 'echo remembered ' }), relay.workspace],
      [renderBlock({ command: 'echo remembered', watch: { thenTask: 'And then?', runTasks: true } }), relay.workspace],
      [
        renderBlock({ command: 'echo remembered', preflight: { checks: [{ type: 'cmd_exit_zero', cmd: 'x' }] } }),
        relay.workspace,
      ],
      [block, other],
    ] as const) {
      const { exitCode, stderr } = await relay.run(['start', '-', '--cwd', cwd], { input })
      expect({ exitCode, asked: stderr.includes('nobody can be asked to approve it') }).toEqual({
        exitCode: 1,
        asked: true,
      })
    }
  })

  test('prints the id alone to standard output, and the whole job with --json', async ({ expect }) => {
    const plain = await relay.run(['start', '-', '--yes'], { input: renderBlock({ command: 'true' }) })
    expect(plain.stdout).toMatch(/^\d{8}-\d{6}-[0-9a-z]{6}$/)
    const json = await relay.run(['start', '-', '--yes', '--json'], {
      input: renderBlock({ command: 'true', description: 'a try' }),
    })
    expect(JSON.parse(json.stdout)).toMatchObject({
      description: 'a try',
      command: 'true',
      cwd: relay.workspace,
      attempt: 1,
    })
    for (const { job } of relay.store.list().jobs) await relay.untilState(job.spec.id, 'succeeded')
  })

  test.for([
    ['an unknown key', renderBlock({ command: 'true', retries: 3 }), /a key that is not known has no effect/],
    ['a placeholder left in', renderBlock({ command: 'python train.py --data <path>' }), /\[placeholder-left\]$/],
    [
      'a supervised pair that leads out of the folder',
      `[[relay-actions]]{"actions":[{"type":"job_start","supervisor":{"runId":"r","stateFile":"../s","smokeCmd":"a","fullCmd":"b"}}]}[[/relay-actions]]`,
      /Not started: everything that "supervisor" names must lie in /,
    ],
    [
      'a pattern that is none',
      renderBlock({ command: 'true', watch: { alertOn: ['('] } }),
      /cannot be used: unterminated group/,
    ],
    [
      'a job_stop',
      `[[relay-actions]]{"actions":[{"type":"job_stop"}]}[[/relay-actions]]`,
      /is a job_stop, which starts no job: use `relay do`/,
    ],
    [
      'a task_add',
      `[[relay-actions]]{"actions":[{"type":"task_add","text":"x"}]}[[/relay-actions]]`,
      /is a task_add, which starts no job: use `relay do`/,
    ],
    [
      'several actions',
      `[[relay-actions]]{"actions":[{"type":"job_start","command":"true"},{"type":"task_run"}]}[[/relay-actions]]`,
      /The block at line 1 has 2 actions/,
    ],
    [
      'a required file outside',
      renderBlock({ command: 'true', watch: { requireFiles: ['../elsewhere.json'] } }),
      /outside/,
    ],
    [
      'a required file with an absolute path outside',
      renderBlock({ command: 'true', watch: { requireFiles: ['/etc/passwd'] } }),
      /outside|must lie in/,
    ],
    ['an empty command', renderBlock({ command: '  ' }), /\[command-missing\]$/],
    [
      'a duplicate key',
      `[[relay-actions]]{"actions":[{"type":"job_start","command":"true","command":"false"}]}[[/relay-actions]]`,
      /\[json-duplicate-key\]$/,
    ],
    ['an invisible character in the command', renderBlock({ command: 'echo a\u202eb' }), /\[invisible-character\]$/],
    ['no block', 'just prose\n', /^relay: There is no relay block in the input\.$/],
    ['a block that never ends', '[[relay-actions]]\n{"actions":[]}\n', /\[block-unclosed\]$/],
  ] as const)('refuses %s, says why, and starts nothing', async ([, input, sentence], { expect }) => {
    const { exitCode, last, ran } = await refusal(input)
    expect({ exitCode, ran }).toEqual({ exitCode: 1, ran: false })
    expect(last).toMatch(sentence)
  })

  test('of a text with several blocks wants to know which, and --line tells', async ({ expect }) => {
    const text = `${renderBlock({ command: 'echo first' })}\n${renderBlock({ command: 'echo second' })}`
    const { exitCode, last, ran } = await refusal(text)
    expect({ exitCode, last, ran }).toEqual({
      exitCode: 1,
      last: 'relay: There are 2 relay blocks, at lines 1, 5: choose one with --line.',
      ran: false,
    })
    const { stdout } = await relay.run(['start', '-', '--yes', '--line', '6'], { input: text })
    await relay.untilState(stdout, 'succeeded')
    expect(relay.log(stdout)).toBe('second\n')
    expect(relay.show(stdout).origin).toEqual({ kind: 'block', file: null, line: 5 })
    expect(await refusal(text, '--line', '40')).toMatchObject({
      exitCode: 1,
      last: 'relay: There is no relay block in the input at line 40.',
    })
  })

  test('with a --line that is no number is a mistake in the words: exit 2', async ({ expect }) => {
    const { exitCode, last } = await refusal(renderBlock({ command: 'true' }), '--line', 'two')
    expect(last).toContain('--line')
    expect(exitCode).toBe(2)
  })

  test('in a directory that is missing, or is a file, says so', async ({ expect }) => {
    const block = renderBlock({ command: 'true' })
    expect(await refusal(block, '--cwd', 'missing')).toMatchObject({
      exitCode: 1,
      last: 'relay: Cannot use the directory missing: no such file or directory.',
      ran: false,
    })
    fs.writeFileSync(path.join(relay.workspace, 'a-file'), '')
    expect(await refusal(block, '--cwd', 'a-file')).toMatchObject({
      exitCode: 1,
      last: 'relay: a-file is not a directory.',
      ran: false,
    })
  })

  test('with --json tells every failure as JSON, too', async ({ expect }) => {
    const cases = [
      ['needs_approval', ['start', '-', '--json'], renderBlock({ command: 'true' })],
      [
        'not_supported',
        ['start', '-', '--json', '--yes'],
        `[[relay-actions]]{"actions":[{"type":"job_start","supervisor":{"runId":"r","stateFile":"../s","smokeCmd":"a","fullCmd":"b"}}]}[[/relay-actions]]`,
      ],
      [
        'several_blocks',
        ['start', '-', '--json', '--yes'],
        renderBlock({ command: '1' }) + renderBlock({ command: '2' }),
      ],
    ] as const
    for (const [code, words, input] of cases) {
      const { exitCode, stdout } = await relay.run(words, { input })
      const { error } = JSON.parse(stdout) as { error: { code: string; message: string } }
      expect({ exitCode, code: error.code }).toEqual({ exitCode: 1, code })
      expect(error.message).toMatch(/^[A-Z].*\.$/s)
    }
  })

  test('with --json tells a block with errors as JSON, too', async ({ expect }) => {
    const { exitCode, stdout } = await relay.run(['start', '-', '--json', '--yes'], {
      input: renderBlock({ comand: 'x' }),
    })
    expect(exitCode).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: expect.any(String) as string } })
  })

  test('keeps where the block came from: the file, whole, and its line', async ({ expect }) => {
    fs.writeFileSync(path.join(relay.workspace, 'plan.md'), `# Plan\n\n${renderBlock({ command: 'true' })}`)
    const { stdout } = await relay.run(['start', 'plan.md', '--yes'])
    expect(relay.show(stdout).origin).toEqual({ kind: 'block', file: path.join(relay.workspace, 'plan.md'), line: 3 })
    await relay.untilState(stdout, 'succeeded')
  })
})
