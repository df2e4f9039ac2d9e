// The supervisor is killed with SIGKILL at random instants while it runs batches of jobs; nothing is lost or doubled.
import { afterEach, expect, test } from 'vitest'
import { liveSupervisor, wake } from '../../src/store/wake'
import { eventually } from '../support/eventually'
import { Relay, supervisorFile } from '../support/relay'
import { Killer } from './killer'
import { count, say, seededRandom } from '../support/scale'
import { discard, type Fault, findFaults, isDelivered, runsOf, smallJobs, submitJob, submitStop } from './smallJobs'

let relay: Relay | null = null
afterEach(() => relay?.dispose())

const killsPerBatch = 5
/** A keeper that has seen six supervisors die makes longer and longer pauses; those are not worth waiting for. */
const killForMs = 5_000

test('no job, follow-up or handoff entry is lost or doubled by a supervisor that is killed at random', async () => {
  const wanted = count(60, 1000)
  const random = seededRandom('random kills')
  const faults: Fault[] = []
  let kills = 0
  for (let batch = 1; kills < wanted; batch++) {
    relay = new Relay()
    const begunAtMs = performance.now()
    const result = await runBatch(relay, random)
    kills += result.kills
    faults.push(...result.faults)
    say(`batch ${batch}: ${result.kills} kills, ${Math.round(performance.now() - begunAtMs)} ms (${kills}/${wanted})`)
    for (const { kind, text } of result.faults) say(`  ${kind}: ${text}`)
    await discard(relay, result.faults.length > 0)
    relay = null
  }
  const number = (kind: Fault['kind']) => faults.filter((fault) => fault.kind === kind).length
  say(`${kills} kills, ${number('lost')} lost, ${number('doubled')} doubled, ${number('wrong')} wrong`)
  expect(faults).toEqual([])
})

async function runBatch(relay: Relay, random: () => number): Promise<{ kills: number; faults: readonly Fault[] }> {
  const { state } = relay
  const jobs = smallJobs(relay)
  const killer = new Killer(relay.stateRoot, random, ({ pid }) => liveSupervisor(state)?.handle.pid === pid)
  const areDelivered = () => jobs.every((job) => isDelivered(relay, job))

  const killUntilMs = performance.now() + killForMs
  for (const job of jobs) submitJob(relay, job)
  wake(state, supervisorFile)
  const killing = killer.kill(killsPerBatch, () => performance.now() > killUntilMs || areDelivered())
  const stopping = Promise.all(
    jobs.map(async (job) => {
      if (!job.isStopped) return
      await eventually(() => runsOf(relay, job) > 0, 60_000)
      submitStop(relay, job, supervisorFile)
    }),
  )
  await Promise.allSettled([killing, stopping])
  return { kills: killer.kills, faults: await findFaults(relay, jobs) }
}
