// The words of the command: help, mistakes, completion.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { Relay } from '../support/relay'

let relay: Relay
beforeAll(() => {
  relay = new Relay()
})
afterAll(() => relay.dispose())

const verbs =
  'start do check schema list show logs wait stop restart remove queue hold release slurm process runs steps do-tasks-v2 task track chains exp sample config skill supervise completion'.split(
    ' ',
  )

describe.concurrent('relay', () => {
  test('lists every verb in its help, and each verb has help of its own with its options', async ({ expect }) => {
    const { exitCode, stdout } = await relay.run(['--help'])
    expect(exitCode).toBe(0)
    const listed = [...stdout.matchAll(/^ {2}([a-z][a-z\d-]*) /gm)].map(([, name]) => name)
    expect(listed).toEqual(verbs)
    for (const verb of verbs) {
      const help = await relay.run([verb, '--help'])
      expect({ verb, exitCode: help.exitCode }).toEqual({ verb, exitCode: 0 })
      expect(help.stdout).toContain(`usage: relay ${verb}`)
    }
    expect((await relay.run(['start', '-h'])).stdout).toMatch(/-y, --yes +\S/)
    expect((await relay.run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\+[0-9a-f]{12}$/)
  })

  test.for([
    [[]],
    [['frobnicate']],
    [['start']],
    [['show']],
    [['list', 'too', 'much']],
    [['list', '--no-such-option']],
    [['start', '-', '--line']],
    [['logs', 'x', '-n']],
    [['completion', 'tcsh']],
    [['sample', '--fail', 'whatever']],
  ])('exits with 2 for a mistake in the words: %j', async ([words], { expect }) => {
    const { exitCode, stdout, stderr } = await relay.run(words ?? [])
    expect(exitCode).toBe(2)
    expect(stdout + stderr).not.toMatch(/^ +at /m)
    expect((stdout + stderr).length).toBeGreaterThan(10)
  })

  test('is silent when its output is closed early', ({ expect }) => {
    const line = `node ${path.resolve('dist/cli.js')} --help | head -n 1`
    const text = execFileSync('sh', ['-c', `${line} 2>&1`], { env: relay.env, encoding: 'utf8' })
    expect(text.split('\n')).toHaveLength(2)
  })

  test('has completion scripts that bash can read and that complete verbs, options and ids', async ({ expect }) => {
    const { stdout } = await relay.run(['completion', 'bash'])
    execFileSync('bash', ['-n'], { input: stdout })
    const id = await relay.start({ command: 'true' })
    const bin = path.join(relay.root, 'bin')
    fs.mkdirSync(bin)
    fs.writeFileSync(path.join(bin, 'relay'), `#!/bin/sh\nexec node ${path.resolve('dist/cli.js')} "$@"\n`, {
      mode: 0o755,
    })
    const complete = (...words: string[]) =>
      execFileSync(
        'bash',
        [
          '-c',
          `${stdout}\nCOMP_WORDS=(relay "$@"); COMP_CWORD=$#; _relay; printf '%s\\n' "\${COMPREPLY[@]}"`,
          'bash',
          ...words,
        ],
        { env: { ...relay.env, PATH: `${bin}:${relay.env['PATH'] ?? ''}` }, encoding: 'utf8' },
      )
        .trim()
        .split('\n')
    expect(complete('')).toEqual(verbs)
    expect(complete('st')).toEqual(['start', 'stop', 'steps'])
    expect(complete('wait', '--t')).toEqual(['--timeout'])
    expect(complete('show', id.slice(0, 4))).toContain(id)
    expect(complete('start', '--ag')).toEqual(['--again'])
    expect(complete('start', '--dr')).toEqual(['--dry-run'])
    expect(complete('skill', '')).toEqual('list show install remove --agent --user --dir --yes'.split(' '))
    expect(complete('skill', 'install', 'relay')).toEqual(['relay-long-task-callback'])
    expect(complete('skill', '--agent', '')).toEqual(['claude', 'codex', 'agents'])
    expect(complete('skill', '--agent', 'claude', 'i')).toEqual(['install'])
    expect(complete('skill', '--user', 'rem')).toEqual(['remove'])
    expect(complete('show', '--only', 'b')).toEqual(['block'])
    expect(complete('completion', 'f')).toEqual(['fish'])
    await relay.untilState(id, 'succeeded')
  })

  test('has completion scripts for zsh and fish that name every verb', async ({ expect }) => {
    for (const shell of ['zsh', 'fish']) {
      const { exitCode, stdout } = await relay.run(['completion', shell])
      expect(exitCode).toBe(0)
      for (const verb of [...verbs, 'install', 'codex', 'dry-run']) expect(stdout).toContain(verb)
    }
  })

  test('prints colour where a person looks, and none into a pipe', async ({ expect }) => {
    expect((await relay.run(['--help'])).stdout).not.toContain('\u001b[')
    expect((await relay.run(['--help'], { env: { FORCE_COLOR: '1' } })).stdout).toContain('\u001b[')
  })
})
