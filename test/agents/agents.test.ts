// The real agents against the model on loopback: what all tests with agents stand on.
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect } from 'vitest'
import { type AgentName, agentNames } from './agents'
import { test } from './agentTest'
import { hasAgents } from './install'

describe.runIf(hasAgents()).for(agentNames)('%s', (agent) => {
  test('answers with what the model says, and nothing else is asked of it', async ({ here }) => {
    here.model.say('The answer, with ünïcode.')
    const turn = await here.agents.turn(agent, 'A question', { cwd: here.workspace })
    expect(turn).toMatchObject({ answer: 'The answer, with ünïcode.', exitCode: 0 })
    expect(here.model.requests.map(({ protocol }) => protocol)).toEqual([protocolOf(agent)])
    expect(here.model.requests[0]?.body).toContain('A question')
    expect(here.model.unanswered).toEqual([])
  })

  test('keeps a transcript of the conversation, named by it, that says the working directory', async ({ here }) => {
    here.model.say('The answer')
    const { conversation } = await here.agents.turn(agent, 'A question', { cwd: here.workspace })
    const [file = '', ...others] = here.agents.transcripts(agent)
    expect(others).toEqual([])
    const below = path.relative(here.agents.home, file)
    if (agent === 'claude') {
      const folder = here.workspace.replaceAll(/[^A-Za-z0-9]/g, '-')
      expect(below).toBe(path.join('.claude/projects', folder, `${conversation}.jsonl`))
    } else {
      expect(path.dirname(below)).toMatch(/^\.codex\/sessions\/\d{4}\/\d{2}\/\d{2}$/)
      expect(path.basename(below)).toMatch(new RegExp(`^rollout-.*-${conversation}\\.jsonl$`))
    }
    const lines = fs.readFileSync(file, 'utf8').trim().split('\n')
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow()
    expect(lines.some((line) => line.includes(JSON.stringify(here.workspace)))).toBe(true)
    expect(lines.some((line) => line.includes('"The answer"'))).toBe(true)
  })

  test('resumes a conversation: the model gets what was said before, and the transcript grows', async ({ here }) => {
    const options = { cwd: here.workspace }
    here.model.say('The first answer', 'The second answer')
    const first = await here.agents.turn(agent, 'The first question', options)
    const second = await here.agents.turn(agent, 'The second question', { ...options, resume: first.conversation })
    expect(second).toMatchObject({ answer: 'The second answer', conversation: first.conversation, exitCode: 0 })
    const asked = here.model.requests.at(-1)?.body ?? ''
    for (const said of ['The first question', 'The first answer', 'The second question']) expect(asked).toContain(said)
    expect(here.agents.transcripts(agent)).toHaveLength(1)
  })

  test('runs what the model wants to run, and gives it the output', async ({ here }) => {
    here.model.say(
      { kind: 'shell', command: 'echo out-$((40+2)) | tee made.txt', text: 'I look first.' },
      'I have seen it.',
    )
    const turn = await here.agents.turn(agent, 'Look', { cwd: here.workspace })
    expect(turn.answer).toBe('I have seen it.')
    expect(fs.readFileSync(path.join(here.workspace, 'made.txt'), 'utf8')).toBe('out-42\n')
    expect(here.model.requests.at(-1)?.body).toContain('out-42')
  })

  test('ends when the model is too busy: Claude Code asks again and answers, Codex says so', async ({ here }) => {
    here.model.say({ kind: 'error', status: 429, retryAfterSec: 0 }, 'Now')
    const turn = await here.agents.turn(agent, 'A question', { cwd: here.workspace })
    expect(turn.answer).toBe(agent === 'claude' ? 'Now' : null)
    expect(turn.exitCode === 0).toBe(agent === 'claude')
  })

  test('waits for a slow model', async ({ here }) => {
    here.model.say({ kind: 'text', text: 'At last', delayMs: 300 })
    expect((await here.agents.turn(agent, 'A question', { cwd: here.workspace })).answer).toBe('At last')
  })
})

function protocolOf(agent: AgentName): string {
  return agent === 'claude' ? 'messages' : 'responses'
}
