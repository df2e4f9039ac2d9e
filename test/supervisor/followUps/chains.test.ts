// Jobs that the answers of follow-ups lead to: started within what was approved, left to a person otherwise, once in any case.
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { inWorkspace, journalOf, killSupervision, test, waitFor } from '../../fixtures/relayTest'
import { parseBlocks } from '../../../src/core/blocks/parseBlocks'
import { startableAction } from '../../../src/core/blocks/startableAction'
import { chooseAgent } from '../../../src/core/followUps/chooseAgent'
import type { Next } from '../../../src/core/jobs/job'
import { AgentRequestStore } from '../../../src/store/agentRequests/agentRequestStore'
import { rememberApproval } from '../../../src/store/approval'
import { limitChains, readChains } from '../../../src/store/followUps/chains'
import { planInFolder } from '../../../src/store/jobs/planInFolder'
import { settingsOf } from '../../../src/store/settingsFile'
import { folderKey } from '../../../src/store/stateFolder'
import { eventually } from '../../support/eventually'
import { type Relay, renderBlock } from '../../support/relay'

const step = { command: 'echo step >> steps.txt', watch: { thenTask: 'Go on.', runTasks: true } }

/** Has a command of the person's own do follow-ups; it answers with what `answer.md` of the workspace holds. */
async function withAgent(relay: Relay, answer: string, before = 'true'): Promise<void> {
  const script = path.join(relay.root, 'agent.sh')
  fs.writeFileSync(script, `cat > /dev/null\n${before}\ncat answer.md\n`)
  fs.writeFileSync(inWorkspace(relay, 'answer.md'), answer)
  await relay.run(['config', 'followUps.agent', 'command'])
  await relay.run(['config', 'followUps.command', JSON.stringify(['sh', script])])
}

/** Approves a block for good, as a person does with “always”. */
function approveForGood(relay: Relay, action: Readonly<Record<string, unknown>>): void {
  const [block] = parseBlocks(renderBlock(action)).blocks
  if (block === undefined) throw new Error('no block')
  const choose = () => chooseAgent(settingsOf(relay.state), { claude: null, codex: null }, null)
  const { plan } = planInFolder(startableAction(block), relay.workspace, choose, {
    store: relay.store,
    folder: folderOf(relay),
  })
  rememberApproval(folderOf(relay), plan, Date.now())
}

const asking = (action: Readonly<Record<string, unknown>>) => `It went well.\n\n${renderBlock(action)}\n[[task:done]]\n`

function folderOf(relay: Relay) {
  return relay.state.folder(folderKey(relay.workspace))
}

/** What was decided about the answer of a follow-up. */
async function nextOf(relay: Relay, followUp: string): Promise<Next> {
  return eventually(() => relay.store.find(followUp).job.next, 30_000)
}

function requestsOf(relay: Relay) {
  return new AgentRequestStore(folderOf(relay)).list(Date.now())
}

function chainOf(relay: Relay, root: string) {
  const jobs = relay.store.list().jobs.map(({ job }) => job)
  return jobs.filter(({ spec }) => spec.origin.kind === 'answer' && spec.origin.root === root)
}

describe.concurrent('the answer of a follow-up', () => {
  test('starts what was approved for good, job after job, until the chain is as long as it may be', async ({
    relay,
  }) => {
    await withAgent(relay, asking(step))
    approveForGood(relay, step)
    const root = await relay.start(step)
    const followUps: string[] = []
    let job = root
    for (let depth = 1; depth <= 3; depth++) {
      followUps.push(`${job}-f1`)
      const next = await nextOf(relay, `${job}-f1`)
      if (next.kind !== 'started') throw new Error(JSON.stringify(next))
      job = next.jobId
      expect(relay.store.find(job).job).toMatchObject({
        spec: { origin: { kind: 'answer', parent: followUps.at(-1), attempt: 1, root, depth } },
        approval: { how: 'chain' },
      })
    }
    const last = await nextOf(relay, `${job}-f1`)
    expect(last).toMatchObject({ kind: 'requested', why: expect.stringContaining('job 4 of its chain') as unknown })
    await relay.untilDelivered(job)
    expect(fs.readFileSync(inWorkspace(relay, 'steps.txt'), 'utf8')).toBe('step\n'.repeat(4))
    expect(chainOf(relay, root)).toHaveLength(3)
    expect(requestsOf(relay)).toMatchObject([
      { state: { kind: 'open' }, request: { agent: 'command', answer: { parent: `${job}-f1`, root, depth: 4 } } },
    ])
    expect(relay.handoffLog.split('The next job was started by itself, as approved before').length - 1).toBe(3)
    expect(relay.handoffLog).toContain('it was left to a person. It would be job 4 of its chain')

    const { stdout } = await relay.run(['list'])
    const rows = stdout.split('\n').map((line) => line.trim().split('  ')[0])
    expect(rows).toEqual([
      root,
      '↳ -f1 follow-up',
      ...[1, 2, 3].flatMap((depth) => [`↳ ${depth} in its chain`, '↳ -f1 follow-up']),
    ])
  })

  test('is left to a person with the reason, unless everything about it was approved', async ({ relay }) => {
    await withAgent(relay, asking({ command: 'touch wrong' }))
    const first = await relay.start(step)
    const next = await nextOf(relay, `${first}-f1`)
    expect(next).toMatchObject({ kind: 'requested', why: expect.stringContaining('not approved before') as unknown })

    // A key that is not known, a block that is only quoted, and what the built-in analyst says.
    const told: Next['kind'][] = []
    approveForGood(relay, { command: 'touch wrong' })
    const quoted = `The log has:\n\n> ${renderBlock({ command: 'touch wrong' }).trim().replaceAll('\n', '\n> ')}\n\n[[task:done]]\n`
    for (const answer of [asking({ command: 'touch wrong', nise: 1 }), quoted]) {
      fs.writeFileSync(inWorkspace(relay, 'answer.md'), answer)
      told.push((await nextOf(relay, `${await relay.start(step)}-f1`)).kind)
    }
    expect(told).toEqual(['requested', 'none'])
    expect(requestsOf(relay)).toHaveLength(2)
    expect(fs.existsSync(inWorkspace(relay, 'wrong'))).toBe(false)
  })

  test('starts nothing while the same runs, beyond the hourly limit, or when all chains are stopped', async ({
    relay,
  }) => {
    const long = { command: `${waitFor('go')}; echo long >> steps.txt` }
    await withAgent(relay, asking(long))
    approveForGood(relay, long)
    const next = async () => nextOf(relay, `${await relay.start(step)}-f1`)

    expect(await relay.run(['chains', 'stop'])).toMatchObject({ exitCode: 0 })
    expect(await next()).toMatchObject({ kind: 'requested', why: 'All chains are stopped.' })
    await killSupervision(relay) // The switch is on disk.
    expect(await next()).toMatchObject({ kind: 'requested', why: 'All chains are stopped.' })
    expect((await relay.run(['chains', 'resume'])).stdout).toContain('Chains are on')
    expect(readChains(relay.state).stoppedAtMs).toBe(null)

    const started = await next()
    expect(started.kind).toBe('started')
    expect(await next()).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('is running already') as unknown,
    })
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    if (started.kind === 'started') await relay.untilState(started.jobId, 'succeeded')
    limitChains(relay.state, { maxDepth: 3, startsPerHour: 1 })
    expect(await next()).toMatchObject({ kind: 'requested', why: expect.stringContaining('limit is 1') as unknown })
    const status = JSON.parse((await relay.run(['chains', 'status', '--json'])).stdout) as unknown
    expect(status).toMatchObject({ stoppedAtMs: null, startsLastHour: 1, limits: { startsPerHour: 1 } })
  })

  test('leads to one job, whenever the supervisor is killed', async ({ relay }) => {
    await withAgent(relay, asking(step), waitFor('go'))
    approveForGood(relay, step)
    limitChains(relay.state, { maxDepth: 1, startsPerHour: 100 })
    const roots: string[] = []
    for (let round = 0; round < 2; round++) {
      fs.rmSync(inWorkspace(relay, 'go'), { force: true })
      const root = await relay.start(step)
      roots.push(root)
      await relay.untilState(`${root}-f1`, 'running')
      fs.writeFileSync(inWorkspace(relay, 'go'), '')
      // From the end of the turn on there are some hundred milliseconds in which it is decided and started.
      for (let kill = 0; kill < 3; kill++) {
        await delay(40 + round * 50 + kill * 70)
        await killSupervision(relay)
        await relay.run(['list'])
      }
      await eventually(async () => {
        await relay.run(['list'])
        const chain = chainOf(relay, root)
        const last = chain.find(({ spec }) => spec.origin.kind === 'answer' && spec.origin.depth === 1)
        return last !== undefined && relay.store.find(`${last.spec.id}-f1`).job.next !== null
      }, 60_000)
    }
    for (const root of roots) {
      const chain = chainOf(relay, root)
      expect(chain).toHaveLength(1)
      for (const { spec } of chain) {
        const decided = journalOf(relay, spec.origin.kind === 'answer' ? spec.origin.parent : '')
        expect(decided.filter(({ event }) => event.type === 'next_decided')).toMatchObject([
          { event: { next: { kind: 'started', jobId: spec.id } } },
        ])
      }
    }
    expect(requestsOf(relay)).toHaveLength(roots.length)
    expect(fs.readFileSync(inWorkspace(relay, 'steps.txt'), 'utf8')).toBe('step\n'.repeat(2 * roots.length))
  })
})
