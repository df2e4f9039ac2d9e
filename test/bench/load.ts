// What watching over many running jobs costs, what a running job costs, and what the many do to a start and to an end.
import { setTimeout as delay } from 'node:timers/promises'
import { isProcess } from '../../src/core/jobs/handle'
import type { Job } from '../../src/core/jobs/job'
import { readJob } from '../../src/store/jobs/jobFiles'
import type { JobId } from '../../src/core/jobs/jobId'
import { submitRequest } from '../../src/store/request'
import { folderKey } from '../../src/store/stateFolder'
import { wake } from '../../src/store/wake'
import { eventually } from '../support/eventually'
import { Relay, supervisorFile } from '../support/relay'
import { exitSeenByReader } from './exit'
import type { Bench } from './support/benchmark'
import { Stamp } from './support/firstInstruction'
import { commandRequest, requestsOf, sleepLong, startJob } from './support/jobs'
import { childrenOf, type Memory, readMemory, readPeakMemory, readProcessorMs } from './support/processCost'
import { mb, mean, median, ms, times } from './support/samples'
import { setWallClock } from './support/wallClock'

const counts = [1, 100, 1000]
/** Node itself lets go of what starting the jobs took. */
const settleMs = 5_000

interface Cost {
  readonly jobs: number
  readonly allRunningAfterMs: number
  readonly startProcessorMs: number
  readonly memory: Memory
  readonly peak: number
  /** Percent of one processor. */
  readonly processor: number
  readonly wrapper: Memory
  readonly shell: Memory
  readonly startMs: number
  readonly exitMs: number
  readonly stopMs: number
}

export async function run(bench: Bench): Promise<void> {
  const relay = new Relay()
  try {
    const running: JobId[] = []
    const costs: Cost[] = []
    for (const jobs of counts) {
      costs.push(await measure(relay, running, jobs, bench))
      bench.print(`${jobs} running jobs: measured for ${bench.count(60, 20)} s`)
    }
    report(bench, costs)
  } finally {
    await relay.dispose()
  }
}

/** Brings the running jobs up to `jobs`, then measures with nothing else going on, and then starts and ends some more. */
async function measure(relay: Relay, running: JobId[], jobs: number, bench: Bench): Promise<Cost> {
  const before = relay.supervisorPid()
  const processorBefore = before === null ? 0 : readProcessorMs(before)
  const begun = performance.now()
  const added = Array.from({ length: jobs - running.length }, () => commandRequest(relay, sleepLong()))
  for (const request of added) submitRequest(relay.state, request)
  wake(relay.state, supervisorFile)
  const handles = new Map<JobId, number>()
  const waiting = new Set(added.map(({ id }) => id))
  await eventually(() => {
    for (const id of waiting) {
      const { state } = read(relay, id) ?? { state: { kind: 'requested' } }
      if (state.kind === 'ended') throw new Error(`job ${id} has ended: ${state.reason}`)
      if (state.kind !== 'running') break
      waiting.delete(id)
      if (isProcess(state.handle)) handles.set(id, state.handle.pid)
    }
    return waiting.size === 0
  }, 300_000)
  const allRunningAfterMs = performance.now() - begun
  running.push(...handles.keys())
  const pid = relay.supervisorPid()
  if (pid === null) throw new Error('there is no supervisor')
  const startProcessorMs = readProcessorMs(pid) - processorBefore

  await delay(settleMs)
  const processorBegun = readProcessorMs(pid)
  const from = performance.now()
  await delay(bench.count(60, 20) * 1000)
  const processor = ((readProcessorMs(pid) - processorBegun) / (performance.now() - from)) * 100
  const memory = readMemory(pid)
  const peak = readPeakMemory(pid)
  const wrappers = [...handles.values()]
  const shells = wrappers.flatMap(childrenOf)

  const starts: number[] = []
  const exits: number[] = []
  const stops: number[] = []
  for (let round = 0; round < bench.count(9, 3); round++) {
    starts.push(await startOne(relay))
    exits.push((await exitSeenByReader(relay)).seenAfterMs)
    stops.push(await stopOne(relay))
  }
  return {
    jobs,
    allRunningAfterMs,
    startProcessorMs,
    memory,
    peak,
    processor,
    wrapper: meanMemory(wrappers),
    shell: meanMemory(shells),
    startMs: median(starts),
    exitMs: median(exits),
    stopMs: median(stops),
  }
}

function meanMemory(pids: readonly number[]): Memory {
  const all = pids.map(readMemory)
  return {
    rss: mean(all.map(({ rss }) => rss)),
    pss: mean(all.map(({ pss }) => pss)),
    own: mean(all.map(({ own }) => own)),
  }
}

/** Request → first instruction while the others run. */
async function startOne(relay: Relay): Promise<number> {
  const stamp = new Stamp(relay.workspace)
  const clock = setWallClock()
  const begun = clock()
  const [id, first] = await Promise.all([startJob(relay, requestsOf(relay), stamp.command), stamp.read()])
  await untilEnded(relay, id)
  return first - begun
}

/** Request → stopped, of a job that ends at once when it is asked to. */
async function stopOne(relay: Relay): Promise<number> {
  const id = await startJob(relay, requestsOf(relay), sleepLong())
  await eventually(() => read(relay, id)?.state.kind === 'running')
  await delay(200)
  const job = read(relay, id)
  if (job === null) throw new Error(`job ${id} is gone`)
  const begun = performance.now()
  await requestsOf(relay).stop(job)
  await untilEnded(relay, id)
  return performance.now() - begun
}

async function untilEnded(relay: Relay, id: JobId): Promise<void> {
  const folder = relay.state.folder(folderKey(relay.workspace))
  await new Promise<void>((resolve) => {
    const look = () => {
      if (read(relay, id)?.state.kind !== 'ended') return
      watch.close()
      resolve()
    }
    const watch = relay.store.watch(folder, look)
    look()
  })
}

function read(relay: Relay, id: JobId): Job | null {
  return readJob(relay.state.folder(folderKey(relay.workspace)), id)?.job ?? null
}

function report(bench: Bench, costs: readonly Cost[]): void {
  const row = (name: string, cell: (cost: Cost) => string) => [name, ...costs.map(cell)]
  bench.table([
    row('running jobs (sleep, everySec 300)', ({ jobs }) => String(jobs)),
    row('supervisor: memory, PSS', ({ memory }) => mb(memory.pss)),
    row('supervisor: memory, RSS', ({ memory }) => mb(memory.rss)),
    row('supervisor: peak since its start, RSS', ({ peak }) => mb(peak)),
    row('supervisor: processor, of one core', ({ processor }) => `${processor.toFixed(2)} %`),
    row('a running job: wrapper, PSS', ({ wrapper }) => mb(wrapper.pss)),
    row('a running job: bash, PSS', ({ shell }) => mb(shell.pss)),
    row('a running job: both, private pages', ({ wrapper, shell }) => mb(wrapper.own + shell.own)),
    row('one more: request → first instruction', ({ startMs }) => ms(startMs)),
    row('one more: last instruction → visible', ({ exitMs }) => ms(exitMs)),
    row('one more: stop request → stopped', ({ stopMs }) => ms(stopMs)),
    row('submitted at once: all run after', ({ allRunningAfterMs }) => ms(allRunningAfterMs)),
    row("… the supervisor's processor time", ({ startProcessorMs }) => ms(startProcessorMs)),
  ])
  const one = costs[0]
  const many = costs.at(-1)
  if (one === undefined || many === undefined) return
  bench.aim({
    aim: `≤ 80 MB with ${many.jobs} running jobs`,
    measured: `RSS ${mb(many.memory.rss)}, PSS ${mb(many.memory.pss)}, peak ${mb(many.peak)}`,
    ratio: `${times(many.memory.rss / one.memory.rss)} of 1 job`,
    reached: many.memory.rss <= 80e6,
  })
  bench.aim({
    aim: `≤ 1 % of a core with ${many.jobs} running jobs`,
    measured: `${many.processor.toFixed(2)} %`,
    ratio: `${times(many.processor / one.processor)} of 1 job`,
    reached: many.processor <= 1,
  })
  const job = many.wrapper.pss + many.shell.pss
  bench.aim({
    aim: 'a running job costs about 2 MB',
    measured: `${mb(job)} PSS`,
    ratio: `${times(job / many.memory.pss)} the supervisor`,
    reached: job <= 2.2e6,
  })
  bench.aim({
    aim: `exit visible ≤ 20 ms with ${many.jobs} running`,
    measured: ms(many.exitMs),
    ratio: `${times(many.exitMs / one.exitMs)} of 1 job`,
    reached: many.exitMs <= 20,
  })
}
