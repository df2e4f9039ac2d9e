// From the last instruction of a job to a reader that knows its end, side by side with a poller.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { currentAttempt, type Job } from '../../src/core/jobs/job'
import type { JobId } from '../../src/core/jobs/jobId'
import { readJob } from '../../src/store/jobs/jobFiles'
import { folderKey } from '../../src/store/stateFolder'
import { cliFile, Relay } from '../support/relay'
import type { Bench } from './support/benchmark'
import { Stamp } from './support/firstInstruction'
import { requestsOf, sleepLong, startJob } from './support/jobs'
import { mean, median, ms, percentile, times } from './support/samples'
import { setWallClock } from './support/wallClock'

const pollMs = 300

export async function run(bench: Bench): Promise<void> {
  const relay = new Relay()
  const samples = { poller: [] as number[], record: [] as number[], seen: [] as number[], wait: [] as number[] }
  try {
    await startJob(relay, requestsOf(relay), sleepLong())
    for (let round = -1; round < bench.count(40, 8); round++) {
      const poller = await exitSeenByPoller(relay)
      const ours = await exitSeenByReader(relay)
      const wait = await exitSeenByWait(relay)
      if (round < 0) continue
      samples.poller.push(poller)
      samples.record.push(ours.recordedAfterMs)
      samples.seen.push(ours.seenAfterMs)
      samples.wait.push(wait)
    }
  } finally {
    await relay.dispose()
  }
  const base = median(samples.poller)
  const row = (name: string, values: readonly number[]) => {
    const figures = [median(values), mean(values), percentile(values, 0.95)].map(ms)
    return [name, ...figures, times(median(values) / base)]
  }
  bench.table([
    ['last instruction → end is visible', 'median', 'mean', 'p95', `÷ poller`],
    row(`bash -lc, exit file, polled every ${pollMs} ms`, samples.poller),
    row('relay: the wrapper takes the time of the end', samples.record),
    row('relay: a reader that watches (JobStore.watch)', samples.seen),
    row('relay wait: its process has ended', samples.wait),
  ])
  const middle = median(samples.seen)
  const ratio = `${times(middle / base)} the poller`
  bench.aim({ aim: 'exit visible ≤ 20 ms median', measured: ms(middle), ratio, reached: middle <= 20 })
  const late = percentile(samples.seen, 0.95)
  const lateRatio = `${times(late / percentile(samples.poller, 0.95))} the poller`
  bench.aim({ aim: 'exit visible ≤ 100 ms p95', measured: ms(late), ratio: lateRatio, reached: late <= 100 })
}

/** How long after its last instruction the end of a job is in the wrapper's record, and in what a watching reader reads. */
export async function exitSeenByReader(relay: Relay): Promise<{ recordedAfterMs: number; seenAfterMs: number }> {
  const stamp = new Stamp(relay.workspace)
  const id = await startJob(relay, requestsOf(relay), `${pause()}; ${stamp.command}`)
  const clock = setWallClock()
  const { seenAtMs, job } = await untilExited(relay, id, clock)
  const ended = await stamp.read()
  const recordedAtMs = currentAttempt(job)?.ending?.atMs ?? NaN
  return { recordedAfterMs: recordedAtMs - ended, seenAfterMs: seenAtMs - ended }
}

async function untilExited(relay: Relay, id: JobId, clock: () => number): Promise<{ seenAtMs: number; job: Job }> {
  const folder = relay.state.folder(folderKey(relay.workspace))
  return new Promise((resolve, reject) => {
    const look = () => {
      const job = readJob(folder, id)?.job
      if (job === undefined || (currentAttempt(job)?.ending ?? null) === null) return
      const seenAtMs = clock()
      watch.close()
      clearTimeout(limit)
      resolve({ seenAtMs, job })
    }
    const limit = setTimeout(() => {
      watch.close()
      reject(new Error(`the end of ${id} was not seen`))
    }, 60_000)
    const watch = relay.store.watch(folder, look)
    look()
  })
}

/** The way without us: the shell leaves its status in a file, and somebody looks for it now and then. */
async function exitSeenByPoller(relay: Relay): Promise<number> {
  const stamp = new Stamp(relay.workspace)
  const exitFile = path.join(relay.workspace, 'exit')
  const clock = setWallClock()
  const record = `echo $? > '${exitFile}.tmp'; mv '${exitFile}.tmp' '${exitFile}'`
  const child = spawn('bash', ['-lc', `${pause()}; ${stamp.command}; ${record}`], { env: relay.env, stdio: 'ignore' })
  while (!fs.existsSync(exitFile)) await delay(pollMs)
  const seenAtMs = clock()
  fs.rmSync(exitFile)
  if (child.exitCode === null) await once(child, 'exit')
  return seenAtMs - (await stamp.read())
}

/** `relay wait` was there before the end; its own exit is what a script sees. */
async function exitSeenByWait(relay: Relay): Promise<number> {
  const stamp = new Stamp(relay.workspace)
  const id = await startJob(relay, requestsOf(relay), `sleep 0.5; ${pause()}; ${stamp.command}`)
  const clock = setWallClock()
  const waiting = spawn(process.execPath, [cliFile, 'wait', id], { env: relay.env, stdio: 'ignore' })
  await once(waiting, 'exit')
  return clock() - (await stamp.read())
}

/** 0.3 to 0.6 s, so that no poll keeps step with the ends. */
function pause(): string {
  return `sleep ${(0.3 + 0.3 * Math.random()).toFixed(3)}`
}
