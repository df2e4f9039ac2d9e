// The errors of a block, sent back into the conversations of the real agents, and what comes of it.
import { execa } from 'execa'
import { describe, expect } from 'vitest'
import { readAsked } from '../../src/core/agentRequests/readAsked'
import { renderRepairCommand, renderRepairPrompt } from '../../src/core/agentRequests/repairTurn'
import { AgentRequestStore } from '../../src/store/agentRequests/agentRequestStore'
import { RequestCollector } from '../../src/store/agentRequests/requestCollector'
import { transcriptRoots } from '../../src/store/agentRequests/transcriptFiles'
import { TranscriptFollower } from '../../src/store/agentRequests/transcriptFollower'
import { folderKey, StateFolder } from '../../src/store/stateFolder'
import { agentNames } from './agents'
import { test } from './agentTest'
import { hasAgents } from './install'

const good = '[[relay-actions]]\n{"actions":[{"type":"job_start","command":"make"}]}\n[[/relay-actions]]'
const bad = good.replace('"command"', '"comand"')

describe.runIf(hasAgents()).for(agentNames)('%s', (agent) => {
  test('gets the errors of its block, and its corrected block takes the place of the first', async ({ here }) => {
    const { workspace, agents, model } = here
    const folder = StateFolder.open(`${agents.home}/state`).folder(folderKey(workspace))
    const store = new AgentRequestStore(folder)
    const collector = new RequestCollector([{ paths: folder, path: workspace, sinceMs: Date.now() }], () => Date.now())
    const follower = new TranscriptFollower({
      roots: transcriptRoots(agents.env),
      folders: [workspace],
      sinceMs: Date.now() - 1000,
      onTurn: (turn) => collector.collect(turn),
      onError: (error) => expect.unreachable(String(error)),
    })
    const open = async () => {
      await follower.look()
      return store.list(Date.now()).flatMap(({ request, state }) => (state.kind === 'open' ? request.text : []))
    }
    try {
      model.say(`I start it.\n${bad}`)
      const { conversation } = await agents.turn(agent, 'Make it', { cwd: workspace })
      expect(await open()).toEqual([bad])

      const read = readAsked(bad)
      const prompt = renderRepairPrompt(read.kind === 'malformed' ? read.problems : [])
      model.say(`Corrected:\n${good}\n[[task:done]]`)
      await execa('bash', ['-c', renderRepairCommand(agent, conversation, prompt)], {
        cwd: workspace,
        env: { ...agents.env },
        extendEnv: false,
        stdin: 'ignore',
      })
      const sent = model.requests.at(-1)?.body ?? ''
      for (const part of ['Make it', 'I start it.', 'comand', 'cannot be started']) expect(sent).toContain(part)
      expect(await open()).toEqual([good])
      expect(model.requests).toHaveLength(2)
    } finally {
      follower.close()
    }
  })

  test('cannot do more in such a turn than read, unless the person has allowed it', async ({ here }) => {
    const { workspace, agents, model } = here
    model.say(bad)
    const { conversation } = await agents.turn(agent, 'Make it', { cwd: workspace })
    model.say({ kind: 'shell', command: 'touch made-by-the-repair' }, good)
    const command = renderRepairCommand(agent, conversation, 'Repair it.')
    const env = { ...agents.env }
    await execa('bash', ['-c', command], { cwd: workspace, env, extendEnv: false, stdin: 'ignore', reject: false })
    const { stdout } = await execa('ls', [workspace])
    expect(stdout).toBe('')
    expect(model.requests, 'the refusal was told to the model').toHaveLength(3)
  })
})
