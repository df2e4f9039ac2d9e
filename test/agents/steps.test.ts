// A step that an agent does, with the real agents: a question before it, the script towards its objective, the claims behind.
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test as base } from 'vitest'
import { readSpec } from '../../src/core/steps/specDocument'
import { Relay } from '../support/relay'
import { Agents, agentNames } from './agents'
import { hasAgents } from './install'
import { ModelServer } from './modelServer'

const test = base.extend<{ here: { relay: Relay; model: ModelServer } }>({
  here: async ({}, use) => {
    const relay = new Relay()
    const model = await ModelServer.start()
    Object.assign(relay.env, new Agents(relay.home, model).env)
    await use({ relay, model })
    await relay.dispose()
    await model.stop()
  },
})

const definitions = `step_1_setup:
  pre_flight:
    - explore: "Check that the script is there"
  main:
    agent: "tinker-executor"
    skills: ["tinker-api"]
    objective: "Verify Tinker API authentication"
    script: "bash auth.sh"
    timeout: 120
    success_criteria:
      - "API key validated"
  post_validation:
    - {task: it_ran, command: "test -s ran.txt"}
`

describe.runIf(hasAgents()).for(agentNames)('%s', (agent) => {
  test('does a step: reads to answer, runs its script, shows what it claims, and is put right when it fails', async ({
    here: { relay, model },
  }) => {
    const write = (name: string, text: string) => {
      fs.mkdirSync(path.dirname(path.join(relay.workspace, name)), { recursive: true })
      fs.writeFileSync(path.join(relay.workspace, name), text)
    }
    write('.claude/tasks/step_definitions.yaml', definitions)
    write('.claude/agents/AGENT.md', '---\nname: tinker-executor\n---\nUse the API.\n')
    write('.claude/skills/tinker-api/SKILL.md', '---\nname: tinker-api\ndescription: API\n---\n')
    write('SPEC.md', '- [ ] **STEP 1**: Set the API up\n')
    write('auth.sh', 'echo ran >> ran.txt; echo key ok\n')
    const settings: Record<string, unknown> = {
      'followUps.agent': agent,
      'steps.mandatorySkills': ['tinker-api'],
      ...(agent === 'claude'
        ? { 'followUps.claude.args': ['--allowedTools=Bash'] }
        : { 'followUps.codex.sandbox': 'danger-full-access' }),
    }
    for (const [name, value] of Object.entries(settings)) {
      const word = typeof value === 'string' ? value : JSON.stringify(value)
      expect(await relay.run(['config', name, word])).toMatchObject({ exitCode: 0 })
    }
    model.say(
      'It is there.\n\n[[task:done]]',
      // It says that it is done and shows nothing: that is no success.
      'All done.\n\n[[task:done]]',
      { kind: 'shell', command: 'bash auth.sh' },
      '- API key validated: "key ok"\n\n[[task:done]]',
    )
    const { exitCode, stdout, stderr } = await relay.run(['do-tasks-v2', '--step', '1', '--yes'])
    expect(stderr).toContain('by an agent that can only read')
    expect(stdout).toContain('[PRE] ✓ Check that the script is there')
    expect(stdout).toContain('[MAIN] Using: tinker-api skill (MANDATORY)')
    expect(stdout).toContain('no line was quoted that shows “API key validated”.')
    expect(stdout).toContain('[MAIN] ↻ recovery: to put right what has failed')
    expect(exitCode).toBe(0)
    const asked = model.requests.map(({ body }) => body)
    expect(asked[1]).toContain('FIRST run a test with minimal data to ensure the script works!')
    expect(asked[1]).toContain('.claude/skills/tinker-api/SKILL.md')
    expect(asked[2]).toContain('Step 1 (Set the API up) has failed')
    expect(fs.readFileSync(path.join(relay.workspace, 'ran.txt'), 'utf8')).toBe('ran\n')
    const [step] = readSpec(fs.readFileSync(path.join(relay.workspace, 'SPEC.md'), 'utf8'))
    expect(step).toMatchObject({ state: 'ticked', note: { outcome: 'ticked' } })
    expect(relay.handoffLog).toBe('')
  })
})
