// A person who lets agents start again, without a click, exactly what was approved for good before.
import { describe, expect } from 'vitest'
import { hasAgents } from '../agents/install'
import { agentWindow, answerWith, askFor, requestRow, turnOnRequests } from './support/agentWindow'

const test = agentWindow({ 'relay.requests.autoStart': 'approved' })

describe.runIf(hasAgents())('a request', () => {
  test('is started by itself if exactly it was approved for good, and by a click otherwise', async ({
    workbench,
    relay,
    model,
    agents,
  }) => {
    const fixture = { model, agents }
    const count = () => relay.store.list().jobs.length
    const asked = { command: 'echo again', description: 'Trusted' }
    await turnOnRequests(workbench)
    await answerWith(fixture, 'claude', relay.workspace, askFor(asked))
    await workbench.answer('asks to start “Trusted”', 'Start')
    expect(count()).toBe(0)
    await workbench.webview().getByRole('button', { name: 'Always start exactly this' }).click()
    await expect.poll(count).toBe(1)

    await answerWith(fixture, 'codex', relay.workspace, askFor(asked))
    await workbench.notification('Started for Codex, as approved before: Trusted').waitFor()
    await expect.poll(count).toBe(2)
    await workbench.screenshot('requests-started-by-itself')
    const approvals = relay.store.list().jobs.map(({ job }) => job.approval?.how)
    expect(approvals.sort()).toEqual(['asked', 'remembered'])

    // One more word in it, and one that has no effect: a person has to look.
    await answerWith(fixture, 'claude', relay.workspace, askFor({ ...asked, command: 'echo again!' }))
    await (await requestRow(workbench, 'Trusted')).waitFor()
    await answerWith(fixture, 'claude', relay.workspace, askFor({ ...asked, colour: 1 }))
    await expect.poll(async () => (await workbench.treeRows('Requests')).length).toBe(2)
    await workbench.notification('asks to start “Trusted”: echo again!').waitFor()
    expect(count()).toBe(2)
  })
})
