// A test with real agents: a home, a workspace and a model of its own, and nothing left running behind it.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test as base } from 'vitest'
import { ownProcesses } from '../support/relay'
import { Agents } from './agents'
import { ModelServer } from './modelServer'

export interface AgentFixture {
  readonly model: ModelServer
  readonly agents: Agents
  readonly workspace: string
}

export const test = base.extend<{ here: AgentFixture }>({
  here: async ({}, use) => {
    const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'relay-agents-')))
    const workspace = path.join(root, 'work space.d')
    fs.mkdirSync(workspace)
    const model = await ModelServer.start()
    await use({ model, agents: new Agents(path.join(root, 'home'), model), workspace })
    await model.stop()
    expect(ownProcesses(root)).toEqual([])
    fs.rmSync(root, { recursive: true, force: true })
  },
})
