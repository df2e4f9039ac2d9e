// Jobs that print without measure: whoever looks at them stays small and quick.
import fs from 'node:fs'
import { execa } from 'execa'
import { expect } from 'vitest'
import { attemptOf, test, untilLogged, waitFor } from '../fixtures/relayTest'
import { eventually } from '../support/eventually'
import { cliFile, type Relay } from '../support/relay'

const megabyte = 1024 * 1024

interface Usage {
  readonly residentMb: number
  readonly peakMb: number
  readonly cpuMs: number
}

/** Memory and CPU time of a process, as of now (proc(5)). */
function usageOf(pid: number): Usage {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8')
  const mb = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
  const fields = fs
    .readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ')
  return { residentMb: mb('VmRSS'), peakMb: mb('VmHWM'), cpuMs: (Number(fields[11]) + Number(fields[12])) * 10 }
}

/** `relay logs -f ID` while it runs: what it used at the last look, and the size and end of what it printed. */
async function follow(relay: Relay, id: string): Promise<Usage & { bytes: number; end: string }> {
  const child = execa('node', [cliFile, 'logs', '-f', id], { env: relay.env, extendEnv: false, buffer: false })
  let bytes = 0
  let end = ''
  let usage: Usage = { residentMb: 0, peakMb: 0, cpuMs: 0 }
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    end = (end + chunk.toString('latin1')).slice(-500)
  })
  const timer = setInterval(() => {
    try {
      const seen = usageOf(child.pid ?? 0)
      if (!Number.isNaN(seen.peakMb)) usage = seen // A process that is ending has no memory any more.
    } catch {
      // It has ended in this moment; the last look counts.
    }
  }, 50)
  await child
  clearInterval(timer)
  return { ...usage, bytes, end }
}

async function timed<T>(act: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const begun = performance.now()
  const value = await act()
  return { ms: performance.now() - begun, value }
}

function report(what: string, figures: Record<string, number>): void {
  const text = Object.entries(figures).map(([name, value]) => `${name} ${Math.round(value * 10) / 10}`)
  console.info(`figures: ${what}: ${text.join(', ')}`)
}

test('a line of 1 GB costs nobody more than a moment, and every view of it is short', async ({ relay }) => {
  const id = await relay.start({
    command: `head -c 1G /dev/zero | tr '\\0' a; exit 9`,
    watch: { everySec: 1, thenTask: 'Analyze.', runTasks: true },
  })
  const job = await relay.untilDelivered(id)
  expect(job).toMatchObject({ state: 'failed', exit: { code: 9 }, followUp: { state: 'done' } })
  expect(fs.statSync(attemptOf(relay, id).log).size).toBe(1024 * megabyte)
  const figures: Record<string, number> = {}
  for (const words of [['logs', id], ['logs', id, '-n', '500'], ['logs', '-f', id], ['show', id], ['list']]) {
    const { ms, value } = await timed(() => relay.run(words))
    figures[`${words.filter((word) => word !== id).join(' ')} ms`] = ms
    expect(value.exitCode).toBe(0)
    expect(ms).toBeLessThan(3_000)
    expect(value.stdout.length).toBeLessThan(megabyte)
  }
  const supervisor = usageOf(relay.supervisorPid() ?? 0)
  report('1 GB line', { ...figures, 'supervisor peak MB': supervisor.peakMb })
  expect(supervisor.peakMb).toBeLessThan(150)
  expect(relay.log(`${id}-f1`).length).toBeLessThan(64 * 1024)
  expect(relay.handoffLog.length).toBeLessThan(64 * 1024)
}, 60_000)

test('a job that prints 200 MB/s costs the supervisor nothing, and a follower keeps up within bounds', async ({
  relay,
}) => {
  const id = await relay.start({
    command: [
      `echo up; ${waitFor('go')}`,
      `for i in $(seq 30); do yes "step $i loss=0.123456789 lr=0.001 tokens/s=12345" | head -c 20M; sleep 0.06; done`,
      'echo; echo the last line',
    ].join('\n'),
    watch: { everySec: 1 },
  })
  await untilLogged(relay, id, 'up')
  const pid = await eventually(() => relay.supervisorPid())
  const before = usageOf(pid)
  const following = follow(relay, id)
  fs.writeFileSync(`${relay.workspace}/go`, '')
  const { ms } = await timed(() => relay.untilState(id, 'succeeded'))
  const after = usageOf(pid)
  const follower = await following
  const bytes = fs.statSync(attemptOf(relay, id).log).size
  report('fast job', {
    'MB/s': bytes / megabyte / (ms / 1000),
    'supervisor CPU %': (100 * (after.cpuMs - before.cpuMs)) / ms,
    'supervisor RSS MB': after.residentMb,
    'supervisor growth MB': after.residentMb - before.residentMb,
    'follower peak MB': follower.peakMb,
    'follower CPU %': (100 * follower.cpuMs) / ms,
    'follower printed MB': follower.bytes / megabyte,
  })
  expect(bytes).toBeGreaterThan(600 * megabyte)
  expect((after.cpuMs - before.cpuMs) / ms).toBeLessThan(0.25)
  expect(after.residentMb - before.residentMb).toBeLessThan(40)
  expect(follower.peakMb).toBeLessThan(250)
  expect(follower.end).toContain('the last line')
}, 60_000)

test('a follower of a long line that never ends does not keep it all in memory', async ({ relay }) => {
  const id = await relay.start({
    command: `echo up; ${waitFor('go')}; for i in $(seq 80); do head -c 2M /dev/zero | tr '\\0' b; sleep 0.04; done`,
  })
  await untilLogged(relay, id, 'up')
  const following = follow(relay, id)
  fs.writeFileSync(`${relay.workspace}/go`, '')
  await relay.untilState(id, 'succeeded')
  const follower = await following
  report('line of 160 MB, followed', { 'peak MB': follower.peakMb, 'printed MB': follower.bytes / megabyte })
  expect(follower.peakMb).toBeLessThan(180)
}, 60_000)
