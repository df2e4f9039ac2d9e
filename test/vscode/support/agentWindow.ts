// A shared window of a person who works with the real agents: in the same home, with a model on loopback.
import fs from 'node:fs'
import path from 'node:path'
import type { Locator } from 'playwright-core'
import { expect } from 'vitest'
import { type AgentName, Agents, type Turn } from '../../agents/agents'
import { agentPrograms } from '../../agents/install'
import { ModelServer } from '../../agents/modelServer'
import { sharedWindow } from './sharedWindow'
import type { Workbench } from './workbench'

export interface AgentWindowFixtures {
  readonly model: ModelServer
  readonly agents: Agents
}

export function agentWindow(settings: Readonly<Record<string, unknown>> = {}) {
  return sharedWindow(settings).extend<AgentWindowFixtures>({
    model: [
      async ({}, use) => {
        const model = await ModelServer.start()
        await use(model)
        await model.stop()
      },
      { scope: 'file' },
    ],
    agents: async ({ relay, model }, use) => {
      // Jobs run in a login shell, as the person's own: it finds the agents where that says.
      fs.writeFileSync(path.join(relay.home, '.bash_profile'), `export PATH='${agentPrograms}':"$PATH"\n`)
      await use(new Agents(relay.home, model))
    },
  })
}

/** A relay block with one job, as agents end their answers. */
export function askFor(action: Readonly<Record<string, unknown>>): string {
  const json = JSON.stringify({ actions: [{ type: 'job_start', ...action }] })
  return `[[relay-actions]]\n${json}\n[[/relay-actions]]\n\n[[task:done]]`
}

/** One turn of an agent, which ends with this answer. */
export async function answerWith(
  { model, agents }: AgentWindowFixtures,
  agent: AgentName,
  cwd: string,
  answer: string,
  resume?: string,
): Promise<Turn> {
  model.forget() // What a test before this one did not come to.
  model.say(answer)
  const turn = await agents.turn(agent, 'Train it in the background.', {
    cwd,
    ...(resume === undefined ? {} : { resume }),
  })
  expect(turn.answer, turn.output).toBe(answer)
  return turn
}

export async function turnOnRequests(workbench: Workbench): Promise<void> {
  await workbench.runCommand('Relay: Turn On Agent Requests for This Workspace')
  await workbench.answerDialog('Turn On')
  await workbench.runCommand('Relay: Show Jobs')
  await (await workbench.view('Requests')).waitFor()
}

/** The row of a request. */
export async function requestRow(workbench: Workbench, text: string | RegExp): Promise<Locator> {
  return workbench.treeRow('Requests', text)
}
