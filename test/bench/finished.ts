// Reading all finished jobs, with the index that sums them up and without it.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { JobStore } from '../../src/store/jobs/jobStore'
import { folderKey, StateFolder } from '../../src/store/stateFolder'
import { Relay } from '../support/relay'
import type { Bench } from './support/benchmark'
import { writeFinishedJobs } from './support/finishedJobs'
import { mb, median, ms, percentile, timed, times } from './support/samples'

/** Set for the processes that only read: the state folder. */
const readerVariable = 'RELAY_BENCH_READER'

export async function run(bench: Bench): Promise<void> {
  const root = process.env[readerVariable]
  if (root !== undefined) {
    const state = StateFolder.open(root)
    process.stdout.write(String(await timed(() => readAll(state))))
    return
  }
  const count = bench.count(10_000, 1_000)
  const relay = new Relay()
  try {
    const generatedMs = await timed(() => writeFinishedJobs(relay, count))
    const folder = relay.state.folder(folderKey(relay.workspace))
    const index = fs.readFileSync(folder.finishedIndex)
    bench.print(`${count} finished jobs, written in ${ms(generatedMs)}; the index has ${mb(index.length)}`)

    const rounds = bench.count(9, 3)
    const repeat = (work: () => unknown) => repeatedly(rounds, work)
    const fresh = Array.from({ length: rounds }, () => readInFreshProcess(relay.stateRoot))
    const raw = await repeat(() => execFileSync('cat', [folder.finishedIndex], { maxBuffer: Infinity }))
    const withIndex = await repeat(() => readAll(relay.state))
    fs.rmSync(folder.finishedIndex)
    const withoutIndex = await repeat(() => readAll(relay.state))
    const base = median(raw)
    const row = (name: string, values: readonly number[]) => [
      name,
      ms(median(values)),
      ms(percentile(values, 0.95)),
      times(median(values) / base),
    ]
    bench.table([
      [`list and describe ${count} finished jobs`, 'median', 'p95', '÷ cat'],
      row('cat of the index', raw),
      row('with the index, in a process that has just begun', fresh),
      row('with the index', withIndex),
      row('without the index: every job is read', withoutIndex),
    ])
    const found = readAll(relay.state)
    if (found !== count) throw new Error(`${found} jobs were read, not ${count}`)
    const limit = (count / 10_000) * 300
    bench.aim({
      aim: `${count} finished jobs read in ≤ ${limit} ms`,
      measured: `${ms(median(fresh))} fresh, ${ms(median(withIndex))} again; ${ms(median(withoutIndex))} without the index`,
      ratio: `${times(median(withIndex) / median(withoutIndex))} without`,
      reached: Math.max(median(fresh), median(withIndex)) <= limit,
    })
  } finally {
    await relay.dispose()
  }
}

async function repeatedly(rounds: number, work: () => unknown): Promise<number[]> {
  const samples: number[] = []
  for (let round = 0; round < rounds; round++) samples.push(await timed(work))
  return samples
}

function readInFreshProcess(root: string): number {
  const env = { ...process.env, [readerVariable]: root }
  return Number(execFileSync(process.execPath, [process.argv[1] ?? ''], { env, encoding: 'utf8' }))
}

/** As a view or `relay list --json` does it. */
function readAll(state: StateFolder): number {
  const store = new JobStore(state)
  return store.describeAll(store.list().jobs, Date.now()).length
}
