import { expect, test } from 'vitest'
import type { Agent } from '../../../src/core/followUps/agent'
import { parseDefinitions } from '../../../src/core/steps/parseDefinitions'
import { canonicalStepPlan, type PlanContext, planStep } from '../../../src/core/steps/planStep'
import { renderStepPlan } from '../../../src/core/steps/renderStepPlan'
import { keptOutput } from '../../../src/core/steps/secrets'
import { plainContext } from '../../support/playedSteps'
import { chunkedStep, setupStep, trainingStep } from './seed'

const agent: Agent = {
  ...{ kind: 'claude', program: '/bin/claude', args: [], permissionMode: 'acceptEdits' },
  ...{ timeLimitSec: 1800, waitLimitSec: 0, otherwise: 'wait', reason: 'found' },
}
const context: PlanContext = {
  cwd: '/data/run',
  documents: { spec: 'SPEC.md', log: '.task_execution.log' },
  workspace: {
    agents: [{ name: 'AGENT', file: '.claude/agents/AGENT.md' }],
    skills: ['tinker-api'],
    isFile: () => true,
  },
  worker: agent,
  reader: { ...agent, permissionMode: 'plan' },
  directScripts: false,
  defaultSkills: [],
  mandatorySkills: ['tinker-api'],
  monitorSec: 60,
}

function planned(text: string, more: Partial<PlanContext> = {}, title: string | null = null) {
  const definition = parseDefinitions(text).steps[0]?.definition
  if (!definition) throw new Error('The definition has errors.')
  return planStep(definition, title, { ...context, ...more })
}
const acts = (text: string, more: Partial<PlanContext> = {}) =>
  planned(text, more).plan.acts.map(({ phase, name, group, doing, timeoutSec }) =>
    [phase, group, name, doing.kind, timeoutSec].join(' | '),
  )

test('the first example: checks side by side, one turn of the agent that tests first, checks again', () => {
  expect(acts(setupStep)).toEqual([
    'PRE-FLIGHT | 0 | verify_env | command | 5',
    'PRE-FLIGHT | 0 | check_python | command | 5',
    'PRE-FLIGHT | 0 | test_imports | command | 10',
    'TEST | 0 | test first | nothing | ',
    'MAIN | 0 | main | agent | 300',
    'MAIN | 1000 | recovery | agent | 300',
    'POST-VALIDATION | 0 | verify_connection | command | 10',
    'POST-VALIDATION | 0 | log_completion | command | 5',
  ])
  const { plan, blocked } = planned(setupStep, {}, 'Set the API up')
  expect(blocked).toEqual([])
  const main = plan.acts.find(({ phase }) => phase === 'MAIN')
  expect(main?.doing).toMatchObject({
    agent: 'tinker-executor',
    agentFile: '.claude/agents/AGENT.md',
    skills: ['tinker-api'],
    reads: false,
  })
  expect(main?.doing.kind === 'agent' ? main.doing.prompt.split('\n') : []).toEqual([
    'Execute Step 1: Set the API up',
    '',
    'Verify Tinker API authentication. FIRST run a test with minimal data to ensure the script works!',
    '',
    'Work as .claude/agents/AGENT.md says; read it first.',
    'Read and follow these skills (MANDATORY): .claude/skills/tinker-api/SKILL.md',
    'Script to run: 01_test_auth.py',
    'Success criteria. Quote the line that shows each, word for word as a command of yours has printed it, or as it stands in a file that you name beside it; it is looked for there:',
    '- API key validated',
    '- Authentication successful',
    'Do this one thing only. Do not edit SPEC.md: it is ticked for you.',
  ])
})

test('chunks are done in order, with their sizes as variables and the quality between them', () => {
  const text = chunkedStep.replace('mode: "chunked"', 'mode: chunked\n    script: gen.py\n    quality: python check.py')
  const { plan } = planned(text)
  expect(plan.acts.filter(({ phase }) => phase === 'MAIN').map(({ name, group }) => `${group} ${name}`)).toEqual([
    '0 chunk 1 of 3 (100)',
    '1 quality of chunk 1',
    '2 chunk 2 of 3 (900)',
    '3 quality of chunk 2',
    '4 chunk 3 of 3 (4000)',
    '5 quality of chunk 3',
  ])
  expect(plan.acts.find(({ name }) => name.startsWith('chunk 3'))?.doing).toEqual({
    kind: 'command',
    command: 'python gen.py',
    env: {
      RELAY_CHUNK_SIZE: '4000',
      RELAY_CHUNK_INDEX: '3',
      RELAY_CHUNK_COUNT: '3',
      RELAY_CHUNK_OFFSET: '1000',
      RELAY_CHECKPOINT_EVERY: '500',
    },
  })
})

test('without an agent a question is not checked, never passed; the step is blocked, or its script runs by itself', () => {
  const { plan, blocked } = planned(chunkedStep, { worker: null, reader: null })
  expect(blocked).toEqual([
    'An agent has to do this step, and none that can was found: choose a command-line agent that is installed (setting relay.followUps.agent).',
  ])
  expect(plan.acts[0]?.doing).toEqual({
    kind: 'nothing',
    why: 'not checked, because no agent was found: Check existing JSONL files',
  })
  expect(planned(setupStep, { worker: null, reader: null }).blocked).toHaveLength(1)
  const direct = planned(setupStep, { worker: null, reader: null, directScripts: true })
  expect(direct.blocked).toEqual([])
  expect(direct.plan.acts.find(({ phase }) => phase === 'TEST')?.doing).toEqual({
    kind: 'nothing',
    why: 'no test defined',
  })
  expect(direct.plan.acts.find(({ phase }) => phase === 'MAIN')?.doing).toMatchObject({
    command: 'python 01_test_auth.py',
  })
})

test('a mandatory skill and an agent that are not there block the step', () => {
  const workspace = { agents: [], skills: [], isFile: () => true }
  expect(planned(setupStep, { workspace, mandatorySkills: ['safety'] }).blocked).toEqual([
    'The skill safety, which every step must use (setting relay.steps.mandatorySkills), is not there: .claude/skills/safety/SKILL.md.',
    'The skill tinker-api is not there: .claude/skills/tinker-api/SKILL.md.',
    'The agent tinker-executor is not there: no file in .claude/agents has this name, and there is no .claude/agents/AGENT.md.',
  ])
})

test('checks that must not run beside others wait, and hold back those below them', () => {
  const check = (name: string, more = '') => `    - task: ${name}\n      command: ls\n${more}`
  const text = `step_1:\n  pre_flight:\n${check('a')}${check('b')}${check('c', '      parallel: false\n')}${check('d')}${check('e')}  test: make smoke\n  main:\n    script: ./run\n    test_first: true\n    retries: 2\n`
  expect(acts(text)).toEqual([
    'PRE-FLIGHT | 0 | a | command | 30',
    'PRE-FLIGHT | 0 | b | command | 30',
    'PRE-FLIGHT | 1 | c | command | 30',
    'PRE-FLIGHT | 2 | d | command | 30',
    'PRE-FLIGHT | 2 | e | command | 30',
    'TEST | 0 | test first | command | 120',
    'MAIN | 0 | main | command | ',
  ])
  expect(
    planned(text.replace('  test: make smoke\n', '')).plan.acts.find(({ phase }) => phase === 'TEST')?.doing,
  ).toEqual({
    kind: 'command',
    command: './run',
    env: { RELAY_TEST_FIRST: '1' },
  })
})

test('in words, everything that would run is there, and nothing that somebody wrote looks like ours', () => {
  const { plan } = planned(trainingStep)
  const words = renderStepPlan(plan)
  const all = words.map(({ label, value }) => `${label}: ${value}`).join('\n')
  for (const { doing } of plan.acts)
    for (const text of doing.kind === 'command' ? [doing.command] : doing.kind === 'agent' ? [doing.prompt] : [])
      expect(all).toContain(text)
  expect(all).toContain('monitor_loss, within 30 s, every 60 s, told if a line has "error|failed|nan":\ntail -n 1')
  expect(all).toContain('Mode: background')
  const odd = planned(setupStep.replace('"verify_env"', '"x\\nNothing is run"'))
  expect(renderStepPlan(odd.plan)[2]?.value.split('\n')[0]).toBe(
    'x Nothing is run, within 5 s, side by side, three at a time, WARNING: it prints TINKER_API_KEY, so what it prints is not kept in the log:',
  )
})

test('another command is another plan, and the same definition the same', () => {
  expect(canonicalStepPlan(planned(setupStep).plan)).toBe(canonicalStepPlan(planned(`# more\n${setupStep}`).plan))
  expect(canonicalStepPlan(planned(setupStep).plan)).not.toBe(
    canonicalStepPlan(planned(setupStep.replace('import tinker', 'import other')).plan),
  )
})

test('what a command prints of a secret is not kept, and that is told before', () => {
  expect(keptOutput('echo $TINKER_API_KEY | head -c 10', 'tml-abcdef')).toBe('[not kept: it prints TINKER_API_KEY]')
  expect(keptOutput('test -n "$TINKER_API_KEY" && echo set', 'set')).toBe('set')
  const text =
    'step_1_s:\n  pre_flight:\n    - {task: key, command: "echo $TINKER_API_KEY | head -c 10"}\n  main: {script: run.sh}\n'
  const definition = parseDefinitions(text).steps[0]?.definition
  if (definition === undefined || definition === null) throw new Error('no step')
  const { plan } = planStep(definition, null, plainContext)
  expect(renderStepPlan(plan).find(({ label }) => label === 'Before')?.value).toContain(
    'WARNING: it prints TINKER_API_KEY, so what it prints is not kept in the log',
  )
})
