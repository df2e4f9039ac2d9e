// Steps that agents do, with the real agents: a question before, the script towards the objective, the claims behind.
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test as base } from 'vitest'
import { readSpec } from '../../src/core/steps/specDocument'
import { eventually } from '../support/eventually'
import { Relay } from '../support/relay'
import { Agents } from './agents'
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

describe.runIf(hasAgents())('Codex', () => {
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
    await choose(relay, 'codex', { 'followUps.codex.sandbox': 'danger-full-access' }, ['tinker-api'])
    model.say(
      'It is there.\n\n[[task:done]]',
      // It quotes what nothing has printed but itself: that is no success.
      '- API key validated: "key is fine"\n\n[[task:done]]',
      { kind: 'shell', command: 'bash auth.sh' },
      '- API key validated: "key ok"\n\n[[task:done]]',
    )
    const { exitCode, stdout, stderr } = await relay.run(['do-tasks-v2', '--step', '1', '--yes'])
    expect(stderr).toContain('by an agent that can only read')
    expect(stdout).toContain('[PRE] ✓ Check that the script is there')
    expect(stdout).toContain('[MAIN] Using: tinker-api skill (MANDATORY)')
    expect(stdout).toContain(
      '“API key validated” is not shown: the line that is quoted for it is nowhere in what its tools gave back',
    )
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

describe.runIf(hasAgents())('a monitor that is a sentence', () => {
  test('is looked at by an agent that can only read, and alerts as it says', async ({ here: { relay, model } }) => {
    const main = `{script: "echo Started; while ! test -e go; do sleep 0.1; done", mode: background, success_criteria: [Started]}`
    const file = path.join(relay.workspace, '.claude/tasks/step_definitions.yaml')
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(
      file,
      `step_1_train:\n  main: ${main}\n  background:\n    - alert: "The training has diverged for good"\n`,
    )
    fs.writeFileSync(path.join(relay.workspace, 'SPEC.md'), '- [ ] **STEP 1**: Train\n')
    await choose(relay, 'codex', {}, [])
    model.say('The loss is nan since step 4.\n\n[[task:done]]')
    const { exitCode, stderr } = await relay.run(['steps', 'run', '1', '--yes'])
    expect(stderr).toContain('every 600 s, told if it is so, each time a turn of the agent')
    expect(exitCode).toBe(0)
    await eventually(async () => {
      const { stdout } = await relay.run(['steps', 'monitor'])
      return stdout.includes('! The loss is nan since step 4.')
    })
    expect(model.requests[0]?.body).toContain('The training has diverged for good')
    fs.writeFileSync(path.join(relay.workspace, 'go'), '')
    await eventually(() => fs.readFileSync(path.join(relay.workspace, 'SPEC.md'), 'utf8').includes('[x]'))
    expect(model.requests).toHaveLength(1)
  })
})

describe.runIf(hasAgents())('Claude Code', () => {
  test('does its part of the sample of five steps, which runs from the first to the last', async ({
    here: { relay, model },
  }) => {
    fs.cpSync(path.resolve('media/steps-sample'), relay.workspace, { recursive: true })
    await choose(relay, 'claude', { 'followUps.claude.args': ['--allowedTools=Bash'] }, [])
    model.say(
      { kind: 'shell', command: 'sh scripts/evaluate.sh' },
      '- val_mse, as it was printed:\n> "val_mse": 0.…\n\n[[task:done]]',
      'They are.\n\n[[task:done]]',
      { kind: 'shell', command: 'sh scripts/report.sh' },
      '- Report written: "Report written"\n\n[[task:done]]',
    )
    const { exitCode, stdout } = await relay.run(['steps', 'run', '1-5', '--yes', '--wait'])
    expect(stdout).toContain('[MAIN] ✓ First checkpoint saved; it goes on in the background')
    expect(stdout).toContain('[MAIN] ✓ chunk 3 of 3 (200)')
    expect(stdout).toContain('[PRE] ✓ Are the numbers in metrics.json those of a model that fits its data')
    expect(stdout).toMatch(/Step 5 complete in \d+s\.\n/)
    expect(exitCode).toBe(0)
    const steps = readSpec(fs.readFileSync(path.join(relay.workspace, 'SPEC.md'), 'utf8'))
    expect(steps.map(({ number, state }) => `${number} ${state}`)).toEqual(
      [1, 2, 3, 4, 5].map((step) => `${step} ticked`),
    )
    expect(fs.readFileSync(path.join(relay.workspace, 'report.md'), 'utf8')).toContain('validation error')
  })
})

async function choose(
  relay: Relay,
  agent: string,
  more: Readonly<Record<string, unknown>>,
  skills: readonly string[],
): Promise<void> {
  const settings = { 'followUps.agent': agent, 'steps.mandatorySkills': skills, ...more }
  for (const [name, value] of Object.entries(settings)) {
    const word = typeof value === 'string' ? value : JSON.stringify(value)
    expect(await relay.run(['config', name, word])).toMatchObject({ exitCode: 0 })
  }
}
