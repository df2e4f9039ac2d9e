// What is read out of the transcripts that the real agents write.
import fs from 'node:fs'
import { execa } from 'execa'
import { describe, expect } from 'vitest'
import { transcriptReader } from '../../src/core/transcripts/transcriptReader'
import type { Turn } from '../../src/core/transcripts/turn'
import { type AgentName, agentNames } from './agents'
import { type AgentFixture, test } from './agentTest'
import { hasAgents } from './install'

const block =
  '[[relay-actions]]\n{"actions":[{"type":"job_start","command":"make all"}]}\n[[/relay-actions]]\n\n[[task:done]]'

describe.runIf(hasAgents()).for(agentNames)('the transcript of %s', (agent) => {
  test('gives the final answers of its turns, and neither words before a tool nor output of it nor the question', async ({
    here,
  }) => {
    const options = { cwd: here.workspace }
    const shell = { kind: 'shell', command: `printf '%s\\n' '${block}'`, text: `I try:\n${block}` } as const
    here.model.say(shell, 'Nothing to start.', `So:\n${block}`)
    const { conversation } = await here.agents.turn(agent, `Quote this:\n${block}`, options)
    await here.agents.turn(agent, 'Start it', { ...options, resume: conversation })
    expect(here.model.requests.at(-1)?.body).toContain('make all')
    const turns = turnsOf(here, agent)
    expect(turns.map(({ answer }) => answer)).toEqual(['Nothing to start.', `So:\n${block}`])
    expect(new Set(turns.map(({ id }) => id)).size).toBe(2)
    for (const turn of turns) {
      expect(turn).toMatchObject({ agent, conversation, cwd: here.workspace })
      expect(Math.abs(turn.atMs - Date.now())).toBeLessThan(60_000)
    }
  })

  test('gives no answer for a turn that the service ended', async ({ here }) => {
    here.model.say({ kind: 'error', status: 400, retryAfterSec: 0 })
    await here.agents.turn(agent, `Answer with\n${block}`, { cwd: here.workspace })
    expect(here.agents.transcripts(agent)).toHaveLength(1)
    expect(turnsOf(here, agent)).toEqual([])
  })
})

describe.runIf(hasAgents())('a copy of a conversation', () => {
  test('of Claude Code repeats its turns with the same ids', async ({ here }) => {
    here.model.say('The first', 'The second')
    const { conversation } = await here.agents.turn('claude', 'A question', { cwd: here.workspace })
    await execa('claude', ['-p', '--resume', conversation, '--fork-session'], {
      cwd: here.workspace,
      env: { ...here.agents.env },
      extendEnv: false,
      input: 'Another question',
    })
    expect(here.agents.transcripts('claude')).toHaveLength(2)
    const turns = turnsOf(here, 'claude')
    const firsts = turns.filter(({ answer }) => answer === 'The first')
    expect(firsts).toHaveLength(2)
    expect(new Set(firsts.map(({ id }) => id)).size).toBe(1)
    expect(turns.filter(({ answer }) => answer === 'The second')).toHaveLength(1)
  })
})

function turnsOf({ agents }: AgentFixture, agent: AgentName): Turn[] {
  return agents.transcripts(agent).flatMap((file) => {
    const reader = transcriptReader(agent)
    const lines = fs.readFileSync(file, 'utf8').split('\n')
    return lines.flatMap((line) => reader.read(line) ?? [])
  })
}
