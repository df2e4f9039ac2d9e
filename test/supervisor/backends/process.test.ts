// A process that was started without us, watched as a job: its identity, its log, its end, of which nobody was told the exit code.
import { spawn, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually } from '../../support/eventually'
import { Relay } from '../../support/relay'

let relay: Relay
const started: ChildProcess[] = []

beforeEach(() => {
  relay = new Relay()
})
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  await relay.dispose()
})

/** Somebody's own shell, writing into a file of theirs. */
function start(script: string): number {
  const log = fs.openSync(path.join(relay.workspace, 'theirs.log'), 'a')
  const child = spawn('sh', ['-c', script], { cwd: relay.workspace, stdio: ['ignore', log, log] })
  fs.closeSync(log)
  started.push(child)
  return child.pid ?? 0
}

async function run(...words: string[]): Promise<string> {
  const ran = await relay.run(words)
  if (ran.exitCode !== 0) throw new Error(ran.stderr)
  return ran.stdout.trim()
}

const ended = (id: string) => eventually(() => (relay.show(id).endedAt === null ? null : relay.show(id)), 30_000)

test('is listed, adopted with its log, and its end is lost: with what exit code nobody can say', async () => {
  const pid = start('echo theirs; while [ ! -e go ]; do sleep 0.1; done; exit 3')
  const { processes } = JSON.parse(await run('process', 'list', '--json')) as {
    processes: { pid: number; command: string; log: string }[]
  }
  expect(processes.find((one) => one.pid === pid)).toMatchObject({
    command: expect.stringContaining('echo theirs') as string,
    log: path.join(relay.workspace, 'theirs.log'),
  })
  const id = await run('process', 'adopt', String(pid), '--yes')
  expect(await relay.untilState(id, 'running')).toMatchObject({
    backend: 'process',
    known: { by: `process ${pid} is alive` },
  })
  expect(relay.log(id)).toBe('theirs\n')
  fs.writeFileSync(path.join(relay.workspace, 'go'), '')
  const job = await ended(id)
  expect(job).toMatchObject({
    state: 'lost',
    exit: { unknown: expect.stringContaining(`process ${pid} has ended`) as string },
  })
})

test('has succeeded where the files that it must write say so, and is blocked where they do not', async () => {
  const good = await run(
    'process',
    'adopt',
    String(start('sleep 2; echo 1 > result.json')),
    '--require',
    'result.json',
    '--yes',
  )
  await relay.untilState(good, 'running')
  expect(await ended(good)).toMatchObject({
    state: 'succeeded',
    reason: expect.stringContaining('all required files are ready') as string,
  })
})

test('is stopped with what it has started', async () => {
  const pid = start('sleep 1000 & sleep 1000 & wait')
  const id = await run('process', 'adopt', String(pid), '--yes')
  await relay.untilState(id, 'running')
  const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  expect(children).toHaveLength(2)
  await run('stop', id)
  expect(await ended(id)).toMatchObject({ state: 'stopped' })
  await eventually(() =>
    children.every(
      (child) =>
        !fs.existsSync(`/proc/${child}/cmdline`) || fs.readFileSync(`/proc/${child}/stat`, 'utf8').includes(') Z '),
    ),
  )
})

test('that is not there is refused, and one that has ended before it is taken up is blocked', async () => {
  expect(await relay.run(['process', 'adopt', '4194303', '--yes'])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('There is no process 4194303') as string,
  })
  expect((await relay.run(['process', 'adopt', '$(id)', '--yes'])).stderr).toContain('is no number of a process')
})
