// The same block is not started twice without anybody having been told.
import fs from 'node:fs'
import { describe } from 'vitest'
import { newJobId } from '../../../src/core/jobs/jobId'
import { planJob } from '../../../src/core/jobs/plan'
import { rememberApproval } from '../../../src/store/approval'
import { type JobOrder, JobRequests, startRequest } from '../../../src/store/jobs/jobRequests'
import { isSameRunning } from '../../../src/store/jobs/sameJobs'
import { readRequestResult, submitRequest } from '../../../src/store/request'
import { folderKey } from '../../../src/store/stateFolder'
import { inWorkspace, test, waitFor } from '../../fixtures/relayTest'
import { eventually } from '../../support/eventually'
import { type Relay, renderBlock, supervisorFile } from '../../support/relay'

const action = { command: `echo begun >>begun.txt; ${waitFor('go')}`, description: 'The same' }
const block = renderBlock(action)

function orderOf(relay: Relay): JobOrder {
  const planned = planJob({ type: 'job_start', ...action }, relay.workspace)
  if ('refusals' in planned) throw new Error(planned.refusals.join(' '))
  const origin = { kind: 'block', file: null, line: 1 } as const
  return { ...planned, folder: relay.workspace, origin, how: 'asked', env: relay.env }
}

const begun = (relay: Relay) => fs.readFileSync(inWorkspace(relay, 'begun.txt'), 'utf8').trim().split('\n').length

describe.concurrent('a block that is running', () => {
  test('is not started again with --yes: it says as what it runs; with --again it is', async ({ relay, expect }) => {
    fs.writeFileSync(inWorkspace(relay, 'plan.md'), `# Plan\n\n${block}`)
    const first = (await relay.run(['start', 'plan.md', '--yes'])).stdout
    const refused = await relay.run(['start', '-', '--yes'], { input: block })
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
    expect(refused.stderr).toMatch(
      new RegExp(`! The same block is running already: ${first} . (checking|running).*, from .*plan\\.md, line 3\n`),
    )
    expect(refused.stderr).toContain(
      `relay: Not started: the same block is running already, as ${first}. Use --again to start it a second time.`,
    )
    const json = await relay.run(['start', '-', '--yes', '--json'], { input: block })
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'same_running' } })
    expect(relay.store.list().jobs).toHaveLength(1)

    const second = await relay.run(['start', '-', '--yes', '--again'], { input: block })
    expect(second.exitCode).toBe(0)
    await eventually(() => begun(relay) === 2)
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    for (const id of [first, second.stdout]) await relay.untilState(id, 'succeeded')

    const third = await relay.run(['start', '-', '--yes'], { input: block })
    expect(third.exitCode, 'what has ended may be started again').toBe(0)
    expect(third.stderr).toMatch(new RegExp(`It ran before: ${second.stdout} ✓ succeeded 0:\\d\\d exit 0, ended `))
  })

  test('is not started again by an approval for good, where nobody can be asked', async ({ relay, expect }) => {
    rememberApproval(relay.state.folder(folderKey(relay.workspace)), orderOf(relay).plan, Date.now())
    const first = await relay.run(['start', '-'], { input: block })
    expect(first.exitCode).toBe(0)
    const second = await relay.run(['start', '-'], { input: block })
    expect(second.exitCode).toBe(1)
    expect(second.stderr).toContain(`already, as ${first.stdout}. Use --again`)
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    await relay.untilState(first.stdout, 'succeeded')
  })

  test('in another folder, or changed by one character, is another block', async ({ relay, expect }) => {
    const first = await relay.run(['start', '-', '--yes'], { input: block })
    fs.mkdirSync(inWorkspace(relay, 'below'))
    const below = await relay.run(['start', '-', '--yes', '--cwd', 'below'], { input: block })
    const changed = await relay.run(['start', '-', '--yes'], {
      input: renderBlock({ ...action, command: `${action.command} ` }),
    })
    expect([first, below, changed].map(({ exitCode }) => exitCode)).toEqual([0, 0, 0])
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    fs.writeFileSync(inWorkspace(relay, 'below/go'), '')
    for (const { stdout } of [first, below, changed]) await relay.untilState(stdout, 'succeeded')
  })

  test('that eight ask for at the same moment is started once, and seven are told of it', async ({ relay, expect }) => {
    const requests = new JobRequests(relay.state, supervisorFile, () => Date.now())
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => requests.start(orderOf(relay))))
    const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const told = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
    expect(started).toHaveLength(1)
    expect(told.map((error) => isSameRunning(error) && error.running)).toEqual(Array(7).fill(started))
    expect(relay.store.list().jobs).toHaveLength(1)
    const again = await requests.start({ ...orderOf(relay), knows: started })
    await eventually(() => begun(relay) === 2)
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    for (const id of [...started, again]) await relay.untilState(id, 'succeeded')
  })

  test('is one job when its own request is taken twice, and not refused because of itself', async ({
    relay,
    expect,
  }) => {
    const request = startRequest(relay.state.host, newJobId(Date.now(), Math.random()), Date.now(), orderOf(relay))
    const requests = new JobRequests(relay.state, supervisorFile, () => Date.now())
    for (let take = 0; take < 2; take++) {
      submitRequest(relay.state, request)
      requests.wake()
      await eventually(() => readRequestResult(relay.state, request.id).kind === 'accepted')
    }
    await eventually(() => fs.existsSync(inWorkspace(relay, 'begun.txt')))
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    await relay.untilState(request.id, 'succeeded')
    expect(begun(relay)).toBe(1)
  })
})
