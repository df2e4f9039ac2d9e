// The supervisor is killed at every system call with which it changes the world, through the whole life of a job.
import fs from 'node:fs'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { submitRequest } from '../../src/store/request'
import { wake } from '../../src/store/wake'
import { eventually } from '../support/eventually'
import { Relay, supervisorFile } from '../support/relay'
import { count, say } from '../support/scale'
import {
  discard,
  type Fault,
  findFaults,
  isDelivered,
  runsOf,
  smallJob,
  type SmallJob,
  smallJobRequest,
  submitJob,
} from './smallJobs'
import { choosePoints, type Point, pointsIn, requireStrace, runSupervisor, wasReached, writingCalls } from './traced'

/** What lies in the inbox when the supervisor comes; `prepare` is done with another one before. */
interface Scenario {
  readonly job: SmallJob
  readonly isOver: () => boolean
}

let relay: Relay | null = null
beforeAll(requireStrace)
afterEach(() => relay?.dispose())

test('a job that is started survives a kill at every system call', () =>
  killEverywhere('start', count(13, Infinity), (relay) => {
    const job = smallJob(relay, 'everything')
    submitJob(relay, job)
    return Promise.resolve({ job, isOver: () => isDelivered(relay, job) })
  }))

test('a stop survives a kill at every system call', () =>
  killEverywhere('stop', count(4, Infinity), async (relay) => {
    const job = smallJob(relay, 'stopped')
    submitJob(relay, job)
    await withSupervisor(relay, () => runsOf(relay, job) > 0 && stateOf(relay, job) === 'running')
    submitRequest(relay.state, { v: 1, kind: 'stop', id: `stop-${job.id}`, jobId: job.id })
    return { job, isOver: () => isDelivered(relay, job) }
  }))

test('a restart survives a kill at every system call and runs the command once more, not twice', () =>
  killEverywhere('restart', count(4, Infinity), async (relay) => {
    const first = smallJob(relay, 'no follow-up')
    const job = { ...first, runs: 2 }
    submitJob(relay, first)
    await withSupervisor(relay, () => isDelivered(relay, first))
    const { approval, env } = smallJobRequest(relay, job)
    submitRequest(relay.state, { v: 1, kind: 'restart', id: `restart-${job.id}`, jobId: job.id, approval, env })
    return { job, isOver: () => isDelivered(relay, job) }
  }))

test('a dry run survives a kill at every system call and never runs the command', () =>
  killEverywhere('dry run', count(4, Infinity), (relay) => {
    const job = smallJob(relay, 'dry run')
    submitJob(relay, job)
    return Promise.resolve({ job, isOver: () => isDelivered(relay, job) })
  }))

/** Runs the scenario once to learn its points, then once for each chosen point with a kill there. */
async function killEverywhere(
  name: string,
  wanted: number,
  prepare: (relay: Relay) => Promise<Scenario>,
): Promise<void> {
  const points = choosePoints(await recordPoints(prepare), wanted)
  const faults: Fault[] = []
  let kills = 0
  for (const [index, point] of points.entries()) {
    const begunAtMs = performance.now()
    const result = await killAt(point, prepare)
    const tookMs = Math.round(performance.now() - begunAtMs)
    if (tookMs > 5_000) say(`  ${name}: ${point.call} ${point.number} took ${tookMs} ms`)
    if (result.wasReached) kills += 1
    faults.push(...result.faults)
    for (const { kind, text } of result.faults)
      say(`  ${name}, killed at ${point.call} ${point.number}: ${kind}: ${text}`)
    if (index % 10 === 9) say(`${name}: ${index + 1} of ${points.length} points, ${faults.length} faults`)
  }
  const number = (kind: Fault['kind']) => faults.filter((fault) => fault.kind === kind).length
  say(`${name}: ${kills} kills, ${number('lost')} lost, ${number('doubled')} doubled, ${number('wrong')} wrong`)
  expect(faults).toEqual([])
  expect(kills).toBeGreaterThan(points.length / 2)
}

async function recordPoints(prepare: (relay: Relay) => Promise<Scenario>): Promise<readonly Point[]> {
  relay = new Relay()
  const { isOver } = await prepare(relay)
  const calls = writingCalls.map((call) => `?${call}`).join(',')
  const { child } = runSupervisor(relay, ['-e', `trace=${calls}`])
  await eventually(isOver, 30_000)
  child.kill('SIGTERM')
  const points = pointsIn(relay)
  if (process.env['RELAY_KEEP'] === '1') fs.copyFileSync(`${relay.root}/trace`, '/tmp/recorded.trace')
  await relay.dispose()
  return points
}

async function killAt(
  { call, number }: Point,
  prepare: (relay: Relay) => Promise<Scenario>,
): Promise<{ wasReached: boolean; faults: readonly Fault[] }> {
  const own = (relay = new Relay())
  const { job, isOver } = await prepare(own)
  const strace = ['-e', `trace=${call}`, '-e', `inject=${call}:signal=SIGKILL:when=${number}`]
  const { child, ended } = runSupervisor(own, strace)
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  await eventually(() => hasEnded() || isOver(), 30_000).catch(() => undefined)
  const reached = wasReached(own)
  if (!reached) child.kill('SIGTERM')
  await ended
  // A job that had begun goes on and ends alone, and its wrapper calls a supervisor. Somebody else comes by later.
  await eventually(() => hasNothingRunning(own, job), 5_000).catch(() => undefined)
  wake(own.state, supervisorFile)
  const faults = await findFaults(own, [job], 20_000)
  await discard(own, faults.length > 0)
  relay = null
  return { wasReached: reached, faults }
}

/** Every attempt that was claimed has its exit record. */
function hasNothingRunning(relay: Relay, job: SmallJob): boolean {
  const paths = relay.store.read(job.id)?.paths
  if (paths === undefined || job.isStopped) return true
  return [1, 2].every((number) => {
    const { claim, exit } = paths.attempt(number)
    return !fs.existsSync(claim) || fs.existsSync(exit)
  })
}

function stateOf(relay: Relay, job: SmallJob): string | undefined {
  return relay.store.read(job.id)?.job.state.kind
}

/** A supervisor without a keeper, until something is so; then it is killed. */
async function withSupervisor(relay: Relay, check: () => boolean): Promise<void> {
  const { child, ended } = runSupervisor(relay)
  await eventually(check, 30_000)
  child.kill('SIGKILL')
  await ended
}
