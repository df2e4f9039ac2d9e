// relay check, as scripts and agents use it.
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { Relay, renderBlock } from '../support/relay'

let relay: Relay
beforeAll(() => {
  relay = new Relay()
})
afterAll(() => relay.dispose())

interface Checked {
  blocks: { line: number; column: number; actions: { type: string }[]; diagnostics: Record<string, unknown>[] }[]
  diagnostics: Record<string, unknown>[]
}

const good = renderBlock({
  command: 'python train.py',
  watch: { everySec: 60, tailLines: 20, thenTask: 'Analyze.', runTasks: true },
})
const bad =
  '# Notes\n\n  [[relay-actions]]\n{"actions":[{"type":"job_start","command":7,"watch":{"everySecs":1}}]}\n[[/relay-actions]]\n'

test('relay schema prints the JSON Schema of a block, with every field and what it means', async ({ expect }) => {
  const { exitCode, stdout } = await relay.run(['schema'])
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'relay-actions',
    type: 'object',
    required: ['actions'],
    additionalProperties: false,
  })
  expect(stdout).toContain('How often the job is looked at, in seconds.')
})

describe.concurrent('relay check', () => {
  test('of a clean file exits with 0, in words and in JSON', async ({ expect }) => {
    fs.writeFileSync(path.join(relay.workspace, 'good.md'), `# Plan\n\n${good}`)
    expect(await relay.run(['check', 'good.md'])).toMatchObject({
      exitCode: 0,
      stdout: '1 block, no errors',
      stderr: '',
    })
    const { exitCode, stdout } = await relay.run(['check', 'good.md', '--json'])
    expect(exitCode).toBe(0)
    const checked = JSON.parse(stdout) as Checked
    expect(checked.diagnostics).toEqual([])
    expect(checked.blocks).toMatchObject([
      { line: 3, column: 1, actions: [{ type: 'job_start', command: 'python train.py' }], diagnostics: [] },
    ])
  })

  test('of a bad one exits with 1 and names the place, the reason and the code of each error', async ({ expect }) => {
    fs.writeFileSync(path.join(relay.workspace, 'bad.md'), bad)
    const { exitCode, stdout } = await relay.run(['check', 'bad.md'])
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^bad\.md:4:\d+: error: .*\[wrong-type\]$/m)
    expect(stdout).toMatch(/everySecs.*everySec.*\[unknown-key\]$/m)
    expect(stdout).toMatch(/^1 block, \d errors?$/m)

    const json = JSON.parse((await relay.run(['check', '--json', 'bad.md'])).stdout) as Checked
    const found = [...json.blocks.flatMap(({ diagnostics }) => diagnostics), ...json.diagnostics]
    expect(found.map(({ code }) => code)).toContain('wrong-type')
    for (const diagnostic of found) {
      expect(Object.keys(diagnostic).sort()).toEqual(
        ['code', 'column', 'endColumn', 'endLine', 'line', 'message', 'severity'].sort(),
      )
      expect(diagnostic['line']).toBe(4)
    }
  })

  test('of standard input is the same as of a file', async ({ expect }) => {
    expect(await relay.run(['check', '-'], { input: good })).toMatchObject({
      exitCode: 0,
      stdout: '1 block, no errors',
    })
    const { exitCode, stdout } = await relay.run(['check', '-'], { input: bad })
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^input:4:\d+: error: /m)
  })

  test('of a text without a block is clean: there is nothing wrong with it', async ({ expect }) => {
    expect(await relay.run(['check', '-'], { input: 'Just prose.\n' })).toMatchObject({
      exitCode: 0,
      stdout: '0 blocks, no errors',
    })
  })

  test('of what cannot be read exits with 1 and one sentence, in JSON too', async ({ expect }) => {
    const missing = await relay.run(['check', 'no-such.md'])
    expect(missing).toMatchObject({ exitCode: 1, stdout: '' })
    expect(missing.stderr).toBe('relay: Cannot read no-such.md: no such file or directory.')
    const json = await relay.run(['check', 'no-such.md', '--json'])
    expect(JSON.parse(json.stdout)).toEqual({
      error: { code: 'not_found', message: 'Cannot read no-such.md: no such file or directory.' },
    })
    const directory = await relay.run(['check', '.'])
    expect(directory.exitCode).toBe(1)
    expect(directory.stderr).toMatch(/^relay: Cannot read \.: .*directory.*$/)
  })

  test('works where no state folder can be had', async ({ expect }) => {
    const { exitCode } = await relay.run(['check', '-'], { input: good, env: { XDG_STATE_HOME: '/proc' } })
    expect(exitCode).toBe(0)
  })

  test('in a Windows text with a byte order mark gives the same places', async ({ expect }) => {
    const { stdout } = await relay.run(['check', '-', '--json'], { input: `\ufeff${bad.replaceAll('\n', '\r\n')}` })
    const json = JSON.parse(stdout) as Checked
    expect(json.blocks.flatMap(({ diagnostics }) => diagnostics.map(({ line }) => line))).toContain(4)
  })
})
