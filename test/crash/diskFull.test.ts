// The kernel refuses single calls of the supervisor (full disk, I/O error), and a real disk is full for a while: nothing
// that was acknowledged is lost, and it heals by itself soon after.
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { RelayError } from '../../src/core/relayError'
import { liveSupervisor } from '../../src/store/wake'
import { eventually } from '../support/eventually'
import { Relay } from '../support/relay'
import { SmallDiskRelay } from './fullDisk'
import { count, say } from '../support/scale'
import { discard, type Fault, findFaults, isDelivered, runsOf, smallJob, type SmallJob, submitJob } from './smallJobs'
import {
  choosePoints,
  type Point,
  pointsIn,
  requireStrace,
  runKeeperTraced,
  runSupervisor,
  wasInternal,
  wasReached,
  writingCalls,
} from './traced'

const healsWithinMs = 15_000
const failingCalls = new Set([
  'openat',
  'write',
  'pwrite64',
  'fdatasync',
  'fsync',
  'ftruncate',
  'rename',
  'mkdir',
  'unlink',
])

let relay: Relay | null = null
beforeAll(requireStrace)
afterEach(() => relay?.dispose())

test.for(['ENOSPC', 'EIO'])('a single %s at any call loses and doubles nothing', async (error) => {
  const points = choosePoints(await recordPoints(), count(10, Infinity))
  const faults: Fault[] = []
  let reached = 0
  let slowestMs = 0
  for (const [index, point] of points.entries()) {
    const result = await failAt(point, error)
    if (result.wasReached) reached += 1
    slowestMs = Math.max(slowestMs, result.tookMs)
    faults.push(...result.faults)
    for (const { kind, text } of result.faults) say(`  ${error} at ${point.call} ${point.number}: ${kind}: ${text}`)
    if (index % 10 === 9) say(`${error}: ${index + 1} of ${points.length} points, ${faults.length} faults`)
  }
  const number = (kind: Fault['kind']) => faults.filter((fault) => fault.kind === kind).length
  say(
    `${error}: ${reached} calls refused, ${number('lost')} lost, ${number('doubled')} doubled, ${number('wrong')} wrong`,
  )
  say(`${error}: the slowest job took ${Math.round(slowestMs)} ms from its request to its handoff entry`)
  expect(faults).toEqual([])
  expect(reached).toBeGreaterThan(points.length / 2)
})

async function recordPoints(): Promise<readonly Point[]> {
  const own = (relay = new Relay())
  const job = smallJob(own, 'everything')
  submitJob(own, job)
  const { child } = runSupervisor(own, ['-e', `trace=${writingCalls.map((call) => `?${call}`).join(',')}`])
  await eventually(() => isDelivered(own, job), 30_000)
  child.kill('SIGTERM')
  const points = pointsIn(own).filter(({ call }) => failingCalls.has(call))
  await own.dispose()
  return points
}

async function failAt({ call, number }: Point, error: string) {
  const own = (relay = new Relay())
  const job = smallJob(own, 'everything')
  submitJob(own, job)
  const begunAtMs = performance.now()
  runKeeperTraced(own, ['-e', `trace=${call}`, '-e', `inject=${call}:error=${error}:when=${number}`])
  await eventually(() => isDelivered(own, job), healsWithinMs).catch(() => undefined)
  const tookMs = performance.now() - begunAtMs
  const reached = wasReached(own)
  const isInternal = reached && wasInternal(own)
  const faults = isInternal ? [] : await findFaults(own, [job], 0)
  await discard(own, faults.length > 0)
  relay = null
  return isInternal ? { wasReached: false, tookMs: 0, faults } : { wasReached: reached, tookMs, faults }
}

/** A job that is running on a disk with little space. */
async function runningJob(): Promise<{ relay: SmallDiskRelay; job: SmallJob }> {
  const small = new SmallDiskRelay()
  relay = small
  await small.mount(4_096)
  const job = smallJob(small, 'slow')
  submitJob(small, job)
  small.startKeeper()
  await eventually(() => runsOf(small, job) > 0)
  return { relay: small, job }
}

/** Space comes back; until the job is delivered, in ms. */
async function measureHealing(small: SmallDiskRelay, job: SmallJob): Promise<number> {
  small.free()
  const freedAtMs = performance.now()
  await eventually(() => isDelivered(small, job), 90_000).catch(() => undefined)
  return Math.round(performance.now() - freedAtMs)
}

test('a job that ends while the disk is full is delivered soon after there is space', async () => {
  const { relay, job } = await runningJob()
  relay.fill()
  expect(() => submitJob(relay, smallJob(relay, 'success'))).toThrow(RelayError)
  await delay(3_000) // How long the disk stays full.
  const healedMs = await measureHealing(relay, job)
  say(`the job ended on a full disk: delivered ${healedMs} ms after there was space`)
  expect(await findFaults(relay, [job], 0)).toEqual([])
  expect(healedMs).toBeLessThan(healsWithinMs)
})

test('a supervisor that is killed while the disk is full is back soon after there is space', async () => {
  const { relay, job } = await runningJob()
  relay.fill()
  const pid = liveSupervisor(relay.state)?.handle.pid
  if (pid !== undefined) process.kill(pid, 'SIGKILL')
  await delay(15_000) // How long the disk stays full.
  const healedMs = await measureHealing(relay, job)
  say(`the supervisor was killed on a full disk: delivered ${healedMs} ms after there was space`)
  expect(await findFaults(relay, [job], 0)).toEqual([])
  expect(healedMs).toBeLessThan(healsWithinMs)
})
