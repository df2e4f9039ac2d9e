// From a request to the first instruction of the job, side by side with a bare shell and with task-spooler.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { JobId } from '../../src/core/jobs/jobId'
import { readJournal } from '../../src/store/journal'
import { awaitRequest, submitRequest } from '../../src/store/request'
import { folderKey } from '../../src/store/stateFolder'
import { wake } from '../../src/store/wake'
import { eventually } from '../support/eventually'
import { cliFile, ownProcesses, Relay, renderBlock, supervisorFile } from '../support/relay'
import type { Bench } from './support/benchmark'
import { Stamp } from './support/firstInstruction'
import { commandRequest, requestsOf, sleepLong, startJob } from './support/jobs'
import { mean, median, ms, percentile, times } from './support/samples'
import { setWallClock } from './support/wallClock'

/** One way to have a command run: resolves when it need not be waited for any more. */
interface Way {
  readonly name: string
  /** Done before the clock is started. */
  readonly prepare?: () => Promise<void>
  readonly start: (command: string) => Promise<unknown>
}

/** Other work that the last sample has caused (git, journal) is over after this time. */
const quietMs = 120

export async function run(bench: Bench): Promise<void> {
  const warm = new Relay()
  const cold = new Relay()
  const spooler = findSpooler(bench)
  try {
    await startJob(warm, requestsOf(warm), sleepLong()) // The supervisor of this one never becomes idle.
    await startJob(cold, requestsOf(cold), 'true')
    const ways: Way[] = [
      { name: 'sh -c', start: (command) => spawnAndWait('sh', ['-c', command], warm.env) },
      { name: 'bash -lc', start: (command) => spawnAndWait('bash', ['-lc', command], warm.env) },
      ...(spooler === null ? [] : [spoolerWay(spooler, warm)]),
      { name: 'relay, in a running client', start: (command) => startJob(warm, requestsOf(warm), command) },
      { name: 'relay, by its command', start: (command) => runCommand(warm, command) },
      {
        name: 'relay, no supervisor',
        prepare: () => endSupervisor(cold),
        start: (command) => startJob(cold, requestsOf(cold), command),
      },
    ]
    const samples = await measure(ways, warm, bench.count(40, 8))
    report(bench, samples)
    await breakDown(bench, warm, bench.count(40, 8))
  } finally {
    if (spooler !== null) execFileSync(spooler, ['-K'], { env: spoolerEnv(warm) })
    await warm.dispose()
    await cold.dispose()
  }
}

async function measure(ways: readonly Way[], relay: Relay, rounds: number): Promise<Map<string, number[]>> {
  const samples = new Map(ways.map(({ name }) => [name, [] as number[]]))
  for (let round = -1; round < rounds; round++)
    for (const { name, prepare, start } of ways) {
      await prepare?.()
      const stamp = new Stamp(relay.workspace)
      const clock = setWallClock()
      const begun = clock()
      const [, first] = await Promise.all([start(stamp.command), stamp.read()])
      if (round >= 0) samples.get(name)?.push(first - begun) // The first round fills caches.
      await delay(quietMs)
    }
  return samples
}

function report(bench: Bench, samples: ReadonlyMap<string, readonly number[]>): void {
  const of = (name: string) => median(samples.get(name) ?? [])
  const shell = of('sh -c')
  const login = of('bash -lc')
  bench.table([
    ['request → first instruction', 'median', 'p95', '− sh -c', '− bash -lc', '÷ sh -c', '÷ bash -lc'],
    ...[...samples].map(([name, values]) => {
      const middle = median(values)
      const differences = [middle - shell, middle - login].map(ms)
      return [
        name,
        ms(middle),
        ms(percentile(values, 0.95)),
        ...differences,
        times(middle / shell),
        times(middle / login),
      ]
    }),
  ])
  const ours = of('relay, in a running client')
  bench.aim({
    aim: 'warm start ≤ 25 ms over sh -c',
    measured: `${ms(ours - shell)} over (${ms(ours - login)} over bash -lc)`,
    ratio: `${times(ours / shell)} sh -c${samples.has('task-spooler') ? `, ${times(ours / of('task-spooler'))} tsp` : ''}`,
    reached: ours - shell <= 25,
  })
}

/** When what of one start has happened, in ms from the request; from journal lines (to 1 ms) and times of files. */
async function breakDown(bench: Bench, relay: Relay, rounds: number): Promise<void> {
  const timeline = new Map<string, number[]>()
  for (let round = 0; round < rounds; round++) {
    const stamp = new Stamp(relay.workspace)
    const request = commandRequest(relay, stamp.command)
    const { state } = relay
    const clock = setWallClock()
    const begun = clock()
    const add = (what: string, atMs: number) => {
      timeline.set(what, [...(timeline.get(what) ?? []), atMs - begun])
    }
    submitRequest(state, request)
    add('client: request is durable', clock())
    wake(state, supervisorFile)
    add('client: has seen the supervisor', clock())
    await awaitRequest(state, request.id, 10_000)
    add('client: request was taken', clock())
    add('FIRST INSTRUCTION', await stamp.read())
    for (const [what, atMs] of await traces(relay, request.id)) add(what, atMs)
    await delay(quietMs)
  }
  const means = [...timeline].map(([what, values]) => [what, mean(values)] as const).sort((a, b) => a[1] - b[1])
  bench.print('')
  bench.print('The way of a warm start (means; file times are those of a coarse clock, up to a tick too early):')
  bench.table([
    ['', 'at', 'after the last'],
    ...means.map(([what, atMs], index) => [
      what,
      ms(atMs),
      index === 0 ? '' : `+ ${ms(atMs - (means[index - 1]?.[1] ?? 0))}`,
    ]),
  ])
}

/** What a job's own files say about its start. */
async function traces(relay: Relay, id: JobId): Promise<[string, number][]> {
  const paths = relay.state.folder(folderKey(relay.workspace)).job(id)
  const attempt = paths.attempt(1)
  const born = (file: string) => Number(fs.statSync(file, { bigint: true }).birthtimeNs) / 1e6
  const written = (file: string) => Number(fs.statSync(file, { bigint: true }).mtimeNs) / 1e6
  const events = await eventually(() => {
    const { events } = readJournal(paths.journal)
    return events.some(({ event }) => event.type === 'launched') ? events : null
  })
  const recorded = (type: string) => events.find(({ event }) => event.type === type)?.atMs ?? NaN
  return [
    ['supervisor: job directory made', born(attempt.directory)],
    ['supervisor: spec is written', written(paths.spec)],
    ['supervisor: "approved" goes to the journal', recorded('approved')],
    ['supervisor: "launch_intended" goes to the journal', recorded('launch_intended')],
    ['supervisor: command.sh is written', written(attempt.command)],
    ['supervisor: output.log made, wrapper is spawned', born(attempt.log)],
    ['wrapper: has made its claim', born(attempt.claim)],
    ['wrapper: has said who it is; starts bash', written(attempt.started)],
    ['supervisor: "launched" goes to the journal', recorded('launched')],
  ]
}

async function spawnAndWait(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  await once(spawn(file, args, { env, stdio: 'ignore' }), 'exit')
}

async function runCommand(relay: Relay, command: string): Promise<void> {
  const child = spawn(process.execPath, [cliFile, 'start', '-', '--yes'], {
    env: relay.env,
    cwd: relay.workspace,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.stdin.end(renderBlock({ command }))
  await once(child, 'exit')
}

/** Ends the supervisor as an idle one ends; its keeper goes with it. */
async function endSupervisor(relay: Relay): Promise<void> {
  await eventually(() => {
    const pid = relay.supervisorPid()
    if (pid !== null) process.kill(pid, 'SIGTERM')
    return ownProcesses(relay.root).length === 0
  })
}

function findSpooler(bench: Bench): string | null {
  const folders = (process.env['PATH'] ?? '').split(':')
  const found = folders.map((folder) => path.join(folder, 'tsp')).find((file) => fs.existsSync(file))
  if (found !== undefined) return found
  bench.print('!!! task-spooler is NOT here, so its line is missing. Install it: sudo apt-get install task-spooler')
  bench.print(
    '!!! or, without root: apt-get download task-spooler && dpkg -x task-spooler_*.deb DIR, and DIR/usr/bin on PATH',
  )
  return null
}

function spoolerWay(file: string, relay: Relay): Way {
  return {
    name: 'task-spooler',
    start: (command) => spawnAndWait(file, ['-n', 'sh', '-c', command], spoolerEnv(relay)),
  }
}

function spoolerEnv(relay: Relay): NodeJS.ProcessEnv {
  return { ...relay.env, TMPDIR: relay.root, TS_SOCKET: path.join(relay.root, 'tsp') }
}
