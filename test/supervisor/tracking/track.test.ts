// Tracked jobs from end to end: the real command, supervisor, git and gh; GitHub is one of our own on loopback.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { eventually } from '../../support/eventually'
import { sixtySecrets } from '../../support/plantedSecrets'
import { TrackedClone } from '../../support/trackedClone'

let here: TrackedClone | null = null
afterEach(async () => {
  await here?.dispose()
  here = null
})

const train = [
  'import json, os, sys',
  'print("epoch 1 loss 0.9")',
  'print("epoch 2 loss 0.4")',
  'os.makedirs("results", exist_ok=True)',
  'json.dump({"status": "success", "primary": {"name": "acc", "value": 0.91, "higher_is_better": True}, "metrics": {"loss": 0.4}}, open("results/metrics.json", "w"))',
  '',
].join('\n')
const docs = { 'docs/moons.md': '# Two moons\n\nMine.\n' }
const words = ['--doc', 'docs/moons.md', '--results', 'results', '--metric', 'acc', '--agent', 'none']
const branchOf = (experiment: string) => `results/${experiment}-${new Date().toLocaleDateString('sv')}`

test('a command is carried to a pull request: pending first, then its numbers, and nothing of the person’s is touched', async () => {
  here = await TrackedClone.make({ ...docs, 'train.py': train })
  const { clone, hub } = here
  clone.write('notes.txt', 'not committed\n')
  clone.write('train.py', `${train}# mine\n`)
  const before = here.print()

  const gate = path.join(here.relay.root, 'gate')
  const id = await here.track([
    ...words,
    '--',
    'sh',
    '-c',
    `while [ ! -e ${gate} ]; do sleep 0.05; done; python3 train.py`,
  ])
  // The pull request is there while the job runs.
  await expect.poll(() => hub.pulls.length, { timeout: 20_000 }).toBe(1)
  const opened = hub.pulls[0]
  expect(opened).toMatchObject({ title: 'Results: moons', base: 'main', head: branchOf('moons') })
  expect(opened?.body).toContain('Jobs are PENDING / RUNNING.')
  expect(clone.remoteFile(branchOf('moons'), 'docs/moons.md')).toContain('PENDING')
  fs.writeFileSync(gate, '')

  const track = await here.untilEnded(id)
  expect(track.state.ended).toMatchObject({ outcome: 'succeeded' })
  expect(track.state.ended?.summary).toBe('moons has succeeded. acc 0.91. https://github.com/ada/space/pull/1')
  expect(hub.pulls).toHaveLength(1)
  expect(hub.pulls[0]?.body).toContain('- [x] Job')
  expect(hub.pulls[0]?.body).toContain('- [x] Results tables updated')
  expect(clone.remoteFile(branchOf('moons'), 'docs/moons.md')).toContain('0.91')
  expect(clone.remoteFile(branchOf('moons'), 'notes.txt')).toBeNull()
  expect(clone.remoteCommits(branchOf('moons'))).toHaveLength(2)
  expect(here.handoffLog).toContain('Review https://github.com/ada/space/pull/1')
  expect(here.handoffLog.split('"type":"track"')).toHaveLength(2)
  expect(here.print()).toEqual(before)

  const shown = await here.run(['track', 'show', id])
  expect(shown.stdout).toContain('https://github.com/ada/space/pull/1')
  expect((await here.run(['track', 'list', '--json'])).stdout).toContain('"state":"succeeded"')
  expect(
    JSON.parse(
      fs.readFileSync(
        here.relay.state.folder(here.relay.state.listFolders()[0]?.key ?? ('' as never)).trackedLast,
        'utf8',
      ),
    ),
  ).toMatchObject({ document: 'docs/moons.md', metrics: ['acc'] })
})

test('what fails is fixed in a worktree with the files that were not committed, run again there, and shown', async () => {
  here = await TrackedClone.make({ ...docs, 'train.py': 'print("committed")\n' })
  const { clone, hub, relay } = here
  // What is not committed is what ran: it reads data that git ignores, and has an error.
  clone.write('train.py', `open("data/x.txt").read()\nlr = = 0.1\n${train}`)
  clone.write('data/x.txt', 'x\n')
  // An agent of the person's own that does what a good one would.
  const fixer = path.join(relay.root, 'fixer.sh')
  fs.writeFileSync(
    fixer,
    '#!/bin/sh\ncat > prompt.seen\nsed -i "s/lr = = 0.1/lr = 0.1/" train.py\nrm prompt.seen\necho "It had one sign too many. [[task:done]]"\necho "[[task:done]]"\n',
    { mode: 0o755 },
  )
  await here.run(['config', 'followUps.command', JSON.stringify([fixer])])
  const id = await here.track([...words.slice(0, -1), 'command', '--', 'python3 train.py'])
  const track = await here.untilEnded(id)
  expect(track.state.ended?.outcome).toBe('succeeded')
  const [first, second] = track.state.attempts
  expect(first?.examined?.failure).toMatchObject({ class: 'syntax' })
  expect(second?.fix).toMatchObject({ files: ['train.py'], added: 1, removed: 1, problem: null })
  const branch = branchOf('moons')
  // The person's own changes that were not committed are none of the branch's business; the fix is shown.
  expect(hub.pulls).toHaveLength(1)
  expect(hub.pulls[0]?.body).toContain('+lr = 0.1')
  expect(hub.pulls[0]?.body).toMatch(/- \[x\] Job \S+ completes successfully/)
  expect(clone.remoteFile(branch, 'docs/moons.md')).toContain('0.91')
  expect(fs.readFileSync(path.join(clone.folder, 'train.py'), 'utf8')).toContain('lr = = 0.1')
  // Its results are in the worktree alone, which is therefore kept, and named.
  const tree = second?.worktree?.folder ?? ''
  expect(fs.lstatSync(path.join(tree, 'data')).isSymbolicLink()).toBe(true)
  expect(fs.existsSync(path.join(tree, 'results/metrics.json'))).toBe(true)
  expect(track.state.handedOver?.kept).toEqual([tree])
  expect(here.handoffLog).toContain(`the worktree of a fix in \`${tree}\``)
  expect((await here.run(['track', 'show', id])).stdout).toContain(tree)
})

test('a process is done when the file that it must write is there, newer than its adoption; with what exit status nobody need know', async () => {
  here = await TrackedClone.make(docs)
  const { folder } = here.clone
  const file = path.join(folder, 'results', 'metrics.json')
  fs.mkdirSync(path.dirname(file))
  fs.writeFileSync(file, '{"acc": 0.125}')
  const script = 'while [ ! -e go ]; do sleep 0.05; done; echo \'{"acc": 0.75}\' > results/metrics.json; exit 3'
  const child = spawn('sh', ['-c', script], { cwd: folder, stdio: 'ignore' })
  const over = once(child, 'exit')
  try {
    const id = await here.track([...words, '--require', 'results/metrics.json', '--pid', String(child.pid)])
    await eventually(() => here?.hub.pulls.length === 1 && here.read(id).jobs.length > 0, 30_000)
    const [job] = here.read(id).jobs
    await eventually(() => job !== undefined && here?.relay.show(job).state === 'running', 30_000)
    fs.writeFileSync(path.join(folder, 'go'), '')
    const track = await here.untilEnded(id)
    expect(track.state.attempts[0]?.examined).toMatchObject({
      outcome: 'succeeded',
      metrics: [{ name: 'acc', last: 0.75 }],
    })
    expect(track.state.ended?.outcome).toBe('succeeded')
    expect(here.hub.pulls[0]?.body).toContain('0.75')
    expect(here.hub.pulls[0]?.body).not.toContain('0.125')
    expect(await over).toEqual([3, null])
  } finally {
    child.kill('SIGKILL')
  }
}, 60_000)

test('what fails twice in the same way ends with a report of it in the pull request', async () => {
  here = await TrackedClone.make({ ...docs, 'train.py': 'raise FileNotFoundError("data/train.bin")\n' })
  const { clone, hub, relay } = here
  const fixer = path.join(relay.root, 'fixer.sh')
  fs.writeFileSync(fixer, '#!/bin/sh\ngrep -q "Find out why" && echo "# tried" >> train.py\necho "[[task:done]]"\n', {
    mode: 0o755,
  })
  await here.run(['config', 'followUps.command', JSON.stringify([fixer])])
  const id = await here.track([...words.slice(0, -1), 'command', '--', 'python3 train.py'])
  const track = await here.untilEnded(id)
  expect(track.state.ended?.outcome).toBe('failed')
  expect(track.state.attempts).toHaveLength(2)
  expect(hub.pulls[0]?.body).toContain('Attempts 1 and 2 failed in the same way.')
  // All that is in the worktree of the fix is on the branch: it is cleared away.
  const tree = track.state.attempts[1]?.worktree?.folder ?? ''
  expect(tree).not.toBe('')
  expect(fs.existsSync(tree)).toBe(false)
  expect(track.state.handedOver?.kept).toBeUndefined()
  expect(clone.git(['worktree', 'list']).trim().split('\n')).toHaveLength(1)
  expect(clone.remoteFile(branchOf('moons'), 'docs/moons.md')).toContain('FileNotFoundError')
  expect(hub.pulls[0]?.body).toContain('- [ ] Job')
})

test('sixty secrets in log, numbers, fix and answers are in no pull request, prompt or notification', async () => {
  here = await TrackedClone.make({
    ...docs,
    'train.py': 'import sys\nprint(open("secrets.txt").read())\nsys.exit(open("secrets.txt").readline())\n',
  })
  const { clone, hub, relay } = here
  const texts = sixtySecrets.map(({ line }) => line)
  clone.write('.git/info/exclude', 'secrets.txt\n')
  clone.write('secrets.txt', `${texts.join(' Error: it failed\n')}\n`)
  const prompts = path.join(relay.root, 'prompts')
  const fixer = path.join(relay.root, 'fixer.sh')
  const secrets = path.join(clone.folder, 'secrets.txt')
  const script = [
    '#!/bin/sh',
    `cat >> ${prompts}`,
    `sed 's/^/# /' ${secrets} >> train.py`,
    `cat ${secrets}`,
    'echo "@ada closes #1"',
    'echo "[[task:done]]"',
    '',
  ]
  fs.writeFileSync(fixer, script.join('\n'), { mode: 0o755 })
  await here.run(['config', 'followUps.command', JSON.stringify([fixer])])
  const id = await here.track([
    ...words.slice(0, -1),
    'command',
    '--link',
    'secrets.txt',
    '--attempts',
    '2',
    '--',
    'python3 train.py',
  ])
  const track = await here.untilEnded(id)
  const branch = track.state.publications.at(-1)?.done?.branch ?? branchOf('moons')
  const told = {
    body: hub.pulls.map(({ title, body }) => title + body).join(),
    commits: clone.git(['log', '-p', '--format=%B', branch, '--not', 'main', '--'], clone.bare),
    prompts: fs.readFileSync(prompts, 'utf8'),
    summary: track.state.ended?.summary ?? '',
    journal: JSON.stringify(track.state),
  }
  expect(told.prompts).toContain('removed›')
  expect(told.body).toContain('Written by an agent')
  for (const [where, text] of Object.entries(told))
    for (const { secret } of sixtySecrets)
      for (const line of secret.split('\n')) expect.soft(text.includes(line), `${where}: ${line}`).toBe(false)
  expect(told.body.replaceAll(/^```[^]*?^```/gm, '')).not.toMatch(/(?<!`)@ada(?!`)/)
})

test('a workspace that was moved away while the job ran: the track ends, and says what could not be done', async () => {
  here = await TrackedClone.make({ ...docs, 'train.py': train })
  const { clone, relay } = here
  const gate = path.join(relay.root, 'gate')
  const id = await here.track([
    ...words,
    '--',
    'sh',
    '-c',
    `while [ ! -e ${gate} ]; do sleep 0.05; done; python3 train.py`,
  ])
  await expect.poll(() => here?.hub.pulls.length, { timeout: 20_000 }).toBe(1)
  fs.renameSync(clone.folder, `${clone.folder}.moved`)
  fs.writeFileSync(gate, '')
  const track = await here.untilEnded(id)
  expect(track.state.publications.find(({ key }) => key === 'results')?.done?.problem).toContain('is gone')
  expect(track.state.handedOver?.problem).not.toBeNull()
})
