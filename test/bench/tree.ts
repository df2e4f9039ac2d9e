// What a tree of jobs costs: its first page, and every refresh after that, against the plain list of all jobs.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { JobId } from '../../src/core/jobs/jobId'
import { JobCatalog } from '../../src/store/jobs/jobCatalog'
import { JobStore } from '../../src/store/jobs/jobStore'
import { StateFolder } from '../../src/store/stateFolder'
import { StoredJobs, withoutSync } from '../support/storedJobs'
import type { Bench } from './support/benchmark'
import { mb, median, ms, percentile, timed, times } from './support/samples'

/** Set for the processes that only read: the state folder, and which way. */
const rootVariable = 'RELAY_BENCH_READER'
const wayVariable = 'RELAY_BENCH_WAY'
const pageLength = 100
const runningJobs = 50

interface Figures {
  readonly ms: number
  readonly heapBytes: number
}

export async function run(bench: Bench): Promise<void> {
  const root = process.env[rootVariable]
  if (root !== undefined) {
    process.stdout.write(JSON.stringify(await measure(StateFolder.open(root), process.env[wayVariable] ?? '')))
    return
  }
  const count = bench.count(10_000, 1_000)
  const rounds = bench.count(9, 3)
  const state = StateFolder.open(path.join(os.tmpdir(), 'state'))
  const { jobs, running } = withoutSync(() => write(state, count))
  const { size } = fs.statSync(jobs.folder.finishedIndex)
  bench.print(`${count} finished jobs, ${runningJobs} running; the index has ${mb(size)}`)

  const fresh = (way: string) => Array.from({ length: rounds }, () => readInFreshProcess(state.root, way))
  const [list, page] = [fresh('list'), fresh('page')]
  fs.renameSync(jobs.folder.finishedIndex, `${jobs.folder.finishedIndex}.away`)
  const [bareList, barePage] = [fresh('list'), fresh('page')]
  fs.renameSync(`${jobs.folder.finishedIndex}.away`, jobs.folder.finishedIndex)
  const base = median(list.map(({ ms }) => ms))
  const freshRow = (name: string, figures: readonly Figures[]) => [
    ...row(
      name,
      figures.map(({ ms }) => ms),
      base,
    ),
    mb(median(figures.map(({ heapBytes }) => heapBytes))),
  ]
  bench.table([
    ['in a process that has just begun', 'median', 'p95', '÷ list', 'held'],
    freshRow('list and describe all jobs', list),
    freshRow(`catalog: the live ones and the newest ${pageLength}`, page),
    freshRow('list, without the index', bareList),
    freshRow('catalog, without the index', barePage),
  ])

  const catalog = new JobCatalog(() => state.listFolders())
  do catalog.refresh()
  while (!catalog.isComplete)
  putToRest(jobs)
  catalog.sweep()
  const often = bench.count(100, 20)
  const samples = { list: [] as number[], idle: [] as number[], one: [] as number[], all: [] as number[] }
  const sweeps: number[] = []
  const refresh = (grown: readonly JobId[]) => {
    withoutSync(() => grown.forEach((id) => jobs.look(id, often)))
    return timed(() => {
      if (catalog.refresh() !== grown.length > 0) throw new Error(`a refresh missed ${grown.length} journals that grew`)
    })
  }
  for (let round = 0; round < often; round++) {
    samples.idle.push(await refresh([]))
    samples.one.push(await refresh(running.slice(round % running.length).slice(0, 1)))
    samples.all.push(await refresh(running))
    if (round < rounds) sweeps.push(await timed(() => catalog.sweep()))
    if (round < rounds) samples.list.push(await timed(() => readList(state)))
  }
  const listMs = median(samples.list)
  bench.table([
    ['in a process that has read before', 'median', 'p95', '÷ list'],
    row('list and describe all jobs', samples.list, listMs),
    row('refresh: nothing has changed', samples.idle, listMs),
    row('refresh: one running job has a new line', samples.one, listMs),
    row(`refresh: all ${running.length} running jobs have one`, samples.all, listMs),
    row('sweep', sweeps, listMs),
  ])

  const pageMs = median(page.map(({ ms }) => ms))
  bench.aim({
    aim: `first page of ${count} jobs in ≤ 150 ms`,
    measured: `${ms(pageMs)}; list ${ms(base)}; without the index ${ms(median(barePage.map(({ ms }) => ms)))}`,
    ratio: `${times(pageMs / base)} list`,
    reached: pageMs <= 150,
  })
  const idleMs = median(samples.idle)
  bench.aim({
    aim: 'five refreshes a second take ≤ 1 % of a processor',
    measured: `${ms(idleMs)} idle, ${ms(median(samples.one))} one grew, ${ms(median(samples.all))} all ${running.length} grew`,
    ratio: `${times(idleMs / listMs)} list`,
    reached: 5 * idleMs <= 10,
  })
}

function row(name: string, values: readonly number[], base: number): string[] {
  return [name, ms(median(values)), ms(percentile(values, 0.95)), times(median(values) / base)]
}

/** Jobs that ran, one every ten minutes, and among them, far apart, those that still run; their ids. */
function write(state: StateFolder, count: number): { jobs: StoredJobs; running: readonly JobId[] } {
  const jobs = new StoredJobs(state, '/projects/space')
  const firstMs = Date.now() - count * 600_000
  for (let index = 0; index < count; index++) {
    const id = jobs.create(firstMs + index * 600_000)
    jobs.launch(id)
    jobs.end(id)
  }
  const running = Array.from({ length: runningJobs }, (_, index) => {
    const id = jobs.create(firstMs + ((index + 0.5) * count * 600_000) / runningJobs)
    jobs.launch(id)
    for (let look = 0; look < 20; look++) jobs.look(id, look)
    return id
  })
  return { jobs, running }
}

/** A directory that has just changed is listed by every refresh, for clocks are coarse. This one changed a minute ago. */
function putToRest(jobs: StoredJobs): void {
  const ago = new Date(Date.now() - 60_000)
  fs.utimesSync(jobs.folder.jobs, ago, ago)
}

function readInFreshProcess(root: string, way: string): Figures {
  const env = { ...process.env, [rootVariable]: root, [wayVariable]: way }
  const args = ['--expose-gc', process.argv[1] ?? '']
  return JSON.parse(execFileSync(process.execPath, args, { env, encoding: 'utf8' })) as Figures
}

/** How long the first look takes, and what is held after it. */
async function measure(state: StateFolder, way: string): Promise<Figures> {
  const heapBytes = () => {
    globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const before = heapBytes()
  let held: unknown = null
  const tookMs = await timed(() => {
    held = way === 'list' ? readList(state) : readPage(state)
  })
  const after = heapBytes()
  return { ms: tookMs, heapBytes: held === null ? NaN : after - before }
}

function readList(state: StateFolder): unknown {
  const store = new JobStore(state)
  const { jobs } = store.list()
  return [jobs, store.describeAll(jobs, Date.now())]
}

function readPage(state: StateFolder): unknown {
  const catalog = new JobCatalog(() => state.listFolders())
  catalog.refresh()
  const shown = [...catalog.live(), ...catalog.ended(0, pageLength)]
  if (shown.length < pageLength) throw new Error(`only ${shown.length} jobs are shown`)
  return [catalog, shown.map((stored) => catalog.describe(stored, Date.now()))]
}
