// relay skill, on real folders: what is written is what was shown, and nothing of a person is lost.
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Relay } from '../support/relay'

const name = 'relay-long-task-callback'
const shipped = fs.readFileSync(`media/skills/${name}/SKILL.md`, 'utf8')
const claudeFile = `.claude/skills/${name}/SKILL.md`
const codexFile = `.agents/skills/${name}/SKILL.md`

let relay: Relay
beforeEach(() => {
  relay = new Relay()
})
afterEach(() => relay.dispose())

const inProject = (file: string) => path.join(relay.workspace, file)
const read = (file: string) => fs.readFileSync(inProject(file), 'utf8')
function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(inProject(file)), { recursive: true })
  fs.writeFileSync(inProject(file), text)
}
const skill = (...words: string[]) => relay.run(['skill', ...words])
/** Everything below a folder. */
const filesIn = (folder: string) =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort()

describe('relay skill install', () => {
  test('shows what it would write, and writes nothing where nobody can be asked', async () => {
    const { exitCode, stdout, stderr } = await skill('install', '--agent', 'claude')
    expect(exitCode).toBe(1)
    expect(stdout).toContain(`New file: ${inProject(claudeFile)}`)
    expect(stdout).toContain(`  + name: ${name}`)
    expect(stderr).toContain('--yes')
    expect(filesIn(relay.workspace)).toEqual([])
  })

  test('puts the skill where each agent looks, once', async () => {
    write('AGENTS.md', '# Rules\n')
    expect(await skill('install', '--agent', 'claude,codex,agents', '--yes')).toMatchObject({ exitCode: 0, stderr: '' })
    expect(filesIn(relay.workspace)).toEqual([codexFile, claudeFile, 'AGENTS.md'])
    expect(read(claudeFile).startsWith(shipped)).toBe(true)
    expect(read(codexFile)).toBe(read(claudeFile))
    expect(read('AGENTS.md')).toMatch(
      /^# Rules\n\n<!-- relay skill begin .*\n## Relay Long Task Callback\n[^]*<!-- relay skill end relay-long-task-callback -->\n$/,
    )
    const before = filesIn(relay.workspace).map((file) => [file, read(file), fs.statSync(inProject(file)).mtimeMs])
    const again = await skill('install', '--agent', 'claude,codex,agents')
    expect(again).toMatchObject({ exitCode: 0, stderr: '' })
    expect(again.stdout.match(/Up to date/g)).toHaveLength(3)
    expect(filesIn(relay.workspace).map((file) => [file, read(file), fs.statSync(inProject(file)).mtimeMs])).toEqual(
      before,
    )
  })

  test('is for the agents that are used in the project, or else by the person', async () => {
    expect(await skill('install', '--yes')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('--agent') as string,
    })
    fs.mkdirSync(path.join(relay.home, '.codex'))
    expect((await skill('install', '--yes')).exitCode).toBe(0)
    expect(filesIn(relay.workspace)).toEqual([codexFile])
    write('CLAUDE.md', '')
    fs.rmSync(inProject('.agents'), { recursive: true })
    expect((await skill('install', '--yes')).exitCode).toBe(0)
    expect(filesIn(relay.workspace)).toEqual([claudeFile, 'CLAUDE.md'])
  })

  test('--user is for all projects, where the agent has such a place', async () => {
    expect(await skill('install', '--user', '--agent', 'claude,codex', '--yes')).toMatchObject({ exitCode: 0 })
    expect(filesIn(relay.home)).toEqual([codexFile, claudeFile])
    expect(filesIn(relay.workspace)).toEqual([])
    expect(await skill('install', '--user', '--agent', 'agents', '--yes')).toMatchObject({ exitCode: 1, stdout: '' })
    expect(filesIn(relay.home)).toEqual([codexFile, claudeFile])
  })

  test('--dir names another project', async () => {
    const other = path.join(relay.root, 'other')
    fs.mkdirSync(other)
    expect((await skill('install', '--dir', '../other', '--agent', 'claude', '-y')).exitCode).toBe(0)
    expect(filesIn(other)).toEqual([claudeFile])
    expect(filesIn(relay.workspace)).toEqual([])
    expect((await skill('install', '--dir', '../missing', '--agent', 'claude', '-y')).stderr).toContain('no folder')
  })

  test('leaves a text that a person has written, shows the difference, and writes the others', async () => {
    const mine = shipped.replace('Keep the text around the block short.', 'Write a poem.')
    write(claudeFile, mine)
    const { exitCode, stdout } = await skill('install', '--agent', 'claude,codex', '--yes')
    expect(exitCode).toBe(1)
    expect(read(claudeFile)).toBe(mine)
    expect(stdout).toContain(`Left as it is: ${inProject(claudeFile)}`)
    expect(stdout).toContain('  - - Write a poem.')
    expect(stdout).toContain('  + - Keep the text around the block short.')
    expect(read(codexFile).startsWith(shipped)).toBe(true)
  })

  test('leaves what is no text, and what leads out of the project, and writes the others', async () => {
    const outside = path.join(relay.root, 'outside')
    fs.mkdirSync(path.join(outside, 'skills'), { recursive: true })
    fs.symlinkSync(outside, inProject('.claude'))
    fs.writeFileSync(inProject('AGENTS.md'), Buffer.from([0x23, 0x20, 0xe9, 0x0a]))
    const { exitCode, stderr } = await skill('install', '--agent', 'claude,codex,agents', '--yes')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('leads out of')
    expect(stderr).toContain('not text in UTF-8')
    expect(filesIn(outside)).toEqual([])
    expect(fs.readFileSync(inProject('AGENTS.md'))).toEqual(Buffer.from([0x23, 0x20, 0xe9, 0x0a]))
    expect(read(codexFile).startsWith(shipped)).toBe(true)
  })

  test('follows a link inside of the project, keeps it, and keeps the mode of the file', async () => {
    write('docs/agents.md', '# Rules\r\n')
    fs.chmodSync(inProject('docs/agents.md'), 0o640)
    fs.symlinkSync('docs/agents.md', inProject('AGENTS.md'))
    expect((await skill('install', '--agent', 'agents', '--yes')).exitCode).toBe(0)
    expect(fs.lstatSync(inProject('AGENTS.md')).isSymbolicLink()).toBe(true)
    expect(read('docs/agents.md')).toMatch(/^# Rules\r\n\r\n<!-- relay skill begin/)
    expect(read('docs/agents.md')).not.toMatch(/[^\r]\n/)
    expect(fs.statSync(inProject('docs/agents.md')).mode & 0o777).toBe(0o640)
  })

  test('refuses a link that leads nowhere', async () => {
    fs.symlinkSync('missing.md', inProject('AGENTS.md'))
    expect(await skill('install', '--agent', 'agents', '--yes')).toMatchObject({ exitCode: 1, stdout: '' })
    expect(filesIn(relay.workspace)).toEqual(['AGENTS.md'])
  })
})

test('relay skill remove takes away what was installed, and nothing else', async () => {
  write('AGENTS.md', '# Rules\n')
  write('.claude/settings.json', '{}')
  await skill('install', '--agent', 'claude,codex,agents', '--yes')
  fs.appendFileSync(inProject(codexFile), 'Mine.\n')
  const { exitCode, stdout } = await skill('remove', '--yes')
  expect(exitCode).toBe(1)
  expect(stdout).toContain(`Left as it is: ${inProject(codexFile)}`)
  expect(filesIn(relay.workspace)).toEqual([codexFile, '.claude/settings.json', 'AGENTS.md'])
  expect(fs.existsSync(inProject('.claude/skills'))).toBe(false)
  expect(read('AGENTS.md')).toBe('# Rules\n')
})

test('relay skill list tells what is where, and show prints the skill', async () => {
  await skill('install', '--agent', 'claude', '--yes')
  write('AGENTS.md', `<!-- relay skill begin ${name} -->\nMine.\n<!-- relay skill end ${name} -->\n`)
  const { stdout } = await skill('list')
  expect(stdout.split('\n')).toEqual([
    name,
    expect.stringContaining('Use when a task needs unattended'),
    `  claude   installed: ${inProject(claudeFile)}`,
    `  codex    not installed: ${inProject(codexFile)}`,
    `  agents   there is another text: ${inProject('AGENTS.md')}`,
  ])
  expect((await skill('show', name)).stdout).toBe(shipped.trimEnd())
})

test.each([
  [['skill'], 'is missing'],
  [['skill', 'update'], 'one of list, show, install, remove'],
  [['skill', 'install', '--agent', 'clyde'], 'some of claude, codex, agents, not clyde'],
  [['skill', 'install', '--user', '--dir', '.'], 'choose one'],
])('relay %j says how it is used', async (words, why) => {
  expect(await relay.run(words)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(why) as string })
})

test('relay skill show of an unknown name says which there are', async () => {
  expect(await skill('show', 'other')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(name) as string })
})
