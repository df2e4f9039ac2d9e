import { expect, test } from 'vitest'
import { agentSchema } from '../../../src/core/followUps/agent'
import {
  agentSettingNames,
  agentSettings,
  problemOfSetting,
  withSettings,
} from '../../../src/core/followUps/agentSettings'
import { chooseAgent } from '../../../src/core/followUps/chooseAgent'
import { planFollowUp, planJob } from '../../../src/core/jobs/plan'
import { renderPlan } from '../../../src/core/jobs/renderPlan'
import { jobId } from '../../support/jobs'

const both = { claude: '/bin/claude', codex: '/bin/codex' }
const none = { claude: null, codex: null }
const set = (values: Parameters<typeof withSettings>[0]) => withSettings(values)

test('with nothing set, the agent of the conversation does it and goes on with it, else the first that is found', () => {
  expect(chooseAgent(agentSettings, both, 'codex')).toMatchObject({
    agent: { kind: 'codex', program: '/bin/codex', resumes: true, reason: 'origin', permissionMode: 'read-only' },
    why: 'Codex does the follow-up, because the block came from its conversation, which goes on. Claude Code is /bin/claude; Codex is /bin/codex.',
  })
  expect(chooseAgent(agentSettings, both, null).agent).toMatchObject({ kind: 'claude', reason: 'found' })
  expect(chooseAgent(agentSettings, { ...both, claude: null }, 'claude').agent).toMatchObject({
    kind: 'codex',
    reason: 'found',
  })
  expect(chooseAgent(agentSettings, none, 'claude')).toEqual({
    agent: { kind: 'builtin' },
    why: 'The built-in analyst does the follow-up. Claude Code was not found; Codex was not found.',
  })
})

test('a setting wins, and goes on with the conversation only if that is of the same agent', () => {
  const settings = set({ 'relay.followUps.agent': 'claude', 'relay.followUps.claude.model': 'opus' })
  expect(chooseAgent(settings, both, 'codex').agent).toMatchObject({ kind: 'claude', reason: 'setting', model: 'opus' })
  expect(chooseAgent(settings, both, 'codex').agent).not.toHaveProperty('resumes')
  expect(chooseAgent(settings, both, 'claude').agent).toHaveProperty('resumes', true)
  expect(chooseAgent(settings, none, null)).toMatchObject({ agent: { kind: 'builtin' } })
  expect(chooseAgent({ ...settings, 'relay.followUps.otherwise': 'wait' }, none, null).agent).toMatchObject({
    program: 'claude',
  })
  expect(chooseAgent(set({ 'relay.followUps.agent': 'command' }), both, null).why).toContain(
    'relay.followUps.command is empty',
  )
})

test('whatever is chosen is an agent that a plan can have, told in words before it is approved', () => {
  for (const agent of ['auto', 'claude', 'codex', 'command', 'vscode', 'builtin']) {
    const settings = set({
      'relay.followUps.agent': agent,
      'relay.followUps.command': ['do', 'it; by the built-in analyst'],
    })
    const chosen = chooseAgent(settings, both, 'claude').agent
    expect(agentSchema.parse(chosen)).toEqual(chosen)
    const planned = planJob({ type: 'job_start', command: 'x', watch: { thenTask: 't' } }, '/w', { agent: chosen })
    const told = 'plan' in planned ? renderPlan(planned.plan).find(({ label }) => label === 'By')?.value : ''
    const words = {
      auto: '"/bin/claude"',
      claude: '"default": it reads',
      codex: '"read-only"',
      command: '"do" "it; by',
      vscode: 'only read',
      builtin: 'no account',
    }[agent]
    expect(told).toContain(words)
  }
})

test('an approval does not depend on which conversation the block came from, and its follow-up goes on with it', () => {
  const { agent } = chooseAgent(agentSettings, both, 'claude')
  const planned = planJob({ type: 'job_start', command: 'x', watch: { thenTask: 't' } }, '/w', { agent })
  if ('refusals' in planned) throw new Error('refused')
  expect(JSON.stringify(planned.plan)).not.toContain('abc')
  const work = (conversation: string | null) => planFollowUp(planned.plan, { jobId, attempt: 1 }, conversation)?.work
  expect(work('abc')).toMatchObject({ agent: { conversation: 'abc' } })
  expect(work('--evil')).not.toHaveProperty('agent.conversation')
  expect(work(null)).not.toHaveProperty('agent.conversation')
})

test('a value that a setting cannot have is told of, and its default counts', () => {
  for (const name of agentSettingNames) {
    expect(problemOfSetting(name, agentSettings[name]), name).toBeNull()
    const bads = [null, {}, 1.5, -1, [1], typeof agentSettings[name] === 'boolean' ? 'true' : true]
    for (const bad of bads) expect(problemOfSetting(name, bad), `${name} ${JSON.stringify(bad)}`).not.toBeNull()
    expect(withSettings({ [name]: { a: 1 } })).toEqual(agentSettings)
  }
})
