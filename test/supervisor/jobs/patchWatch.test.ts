// How a job is watched and what follows it, changed while it runs: at once, once, and never by taking a follow-up away.
import fs from 'node:fs'
import { describe } from 'vitest'
import { inWorkspace, journalOf, killSupervision, test, waitFor } from '../../fixtures/relayTest'
import { planOf } from '../../../src/core/jobs/job'
import { eventually } from '../../support/eventually'
import { type Relay, renderBlock } from '../../support/relay'

async function patch(relay: Relay, watch: object, ...words: readonly string[]) {
  const block = `[[relay-actions]]{"actions":[{"type":"job_watch","watch":${JSON.stringify(watch)}}]}[[/relay-actions]]\n`
  return relay.run(['do', '-', ...words], { input: block })
}
const patches = (relay: Relay, id: string) =>
  journalOf(relay, id).flatMap(({ event }) => (event.type === 'watch_patched' ? [event] : []))

describe.concurrent('a job_watch', () => {
  test('changes what it names of the latest job, at once; what could run is approved; and a follow-up is never lost or doubled', async ({
    relay,
    expect,
  }) => {
    const action = { command: `echo one; ${waitFor('go')}; echo '{"loss":1}' >m.json`, watch: { thenTask: 'First.' } }
    const id = await relay.start(action)
    await relay.untilState(id, 'running')
    fs.writeFileSync(inWorkspace(relay, 'old.json'), '{}')
    fs.utimesSync(inWorkspace(relay, 'old.json'), 1, 1)

    // Cadence alone: shown, done, and seen in the journal without waiting for the five minutes of before.
    const cadence = await patch(relay, { everySec: 1 })
    expect(cadence).toMatchObject({ exitCode: 0 })
    expect(cadence.stderr).toContain('300 → 1')
    await eventually(() => journalOf(relay, id).some(({ event }) => event.type === 'looked'), 15_000)

    const unapproved = await patch(relay, { runTasks: true, thenTask: 'Second.' })
    expect(unapproved.stderr).toContain('nobody can be asked')
    const approved = await patch(relay, { runTasks: true, thenTask: 'Second.', requireFiles: ['m.json'] }, '--yes')
    expect(approved.stderr).toMatch(/Follow-up +Second\.\n +Follow-up, before First\./)
    const again = await patch(relay, { runTasks: true, thenTask: 'Second.' }, '--yes')
    expect(again.stdout).toContain('is watched like that already')
    await killSupervision(relay)
    await patch(relay, { readyTimeoutSec: 20 })
    expect(patches(relay, id)).toHaveLength(3)
    expect(planOf(relay.store.find(id).job)).toMatchObject({
      watch: { everySec: 1, requireFiles: ['m.json'], readyTimeoutSec: 20 },
      followUp: { task: 'Second.', run: true },
    })

    // It is still the job of its block.
    const second = await relay.run(['start', '-', '--yes'], { input: renderBlock(action) })
    expect(second.stderr).toContain('the same block is running already')

    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    const done = await relay.untilDelivered(id)
    expect(done).toMatchObject({ state: 'succeeded', requiredFiles: [{ path: 'm.json', state: 'ready' }] })
    expect(relay.store.find(`${id}-f1`).job.spec.plan.work).toMatchObject({ task: 'Second.' })
    expect(relay.handoffEntries(id)).toBe(1)
    expect((await patch(relay, { everySec: 5 })).stderr).toContain('has ended already')
  })

  test('changes the files that are awaited while they are awaited, and one that was there before counts as old', async ({
    relay,
    expect,
  }) => {
    fs.writeFileSync(inWorkspace(relay, 'old.json'), '{}')
    fs.utimesSync(inWorkspace(relay, 'old.json'), 1, 1)
    const id = await relay.start({
      command: 'echo "{}" >made.json',
      watch: { requireFiles: ['never.json'], readyTimeoutSec: 600, readyPollSec: 600 },
    })
    await relay.untilState(id, 'settling')
    await patch(relay, { requireFiles: ['old.json'], readyPollSec: 1 })
    await patch(relay, { requireFiles: ['old.json', 'made.json'] })
    expect(relay.show(id).state).toBe('settling')
    await patch(relay, { requireFiles: ['made.json'] })
    expect(await relay.untilState(id, 'succeeded')).toMatchObject({
      requiredFiles: [{ path: 'made.json', state: 'ready' }],
    })
  })
})
