// Turns of the real agents from the prompt to the answer file, whatever becomes of them on the way.
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect } from 'vitest'
import type { ConversationAgent } from '../../src/core/followUps/agent'
import type { TurnRecord } from '../../src/core/followUps/turnRecord'
import { readAnswer, readTurn } from '../../src/store/followUps/turnFiles'
import { readMarker } from '../../src/store/followUps/readReport'
import { JobPaths } from '../../src/store/jobPaths'
import { jobIdSchema } from '../../src/core/jobs/jobId'
import { endOthers } from '../../src/supervisor/followUps/endOthers'
import { runTurn, type TurnContext } from '../../src/supervisor/followUps/runTurn'
import { type AgentName, agentNames } from './agents'
import { type AgentFixture, test } from './agentTest'
import { agentPrograms, hasAgents } from './install'

const jobId = jobIdSchema.parse('20261120-125124-k3x9qa')
const good = '[[relay-actions]]\n{"actions":[{"type":"job_start","command":"make"}]}\n[[/relay-actions]]'
const bad = good.replace('"command"', '"comand"')

const factsOf = ({ workspace }: AgentFixture, log: string) => ({
  ...{ jobId, attempt: 1, cwd: workspace, log },
  realLog: fs.existsSync(log) ? fs.realpathSync(log) : log,
})

interface Taken {
  readonly isAnswered: boolean
  readonly answer: string
  readonly marker: string
  readonly turn: TurnRecord
  readonly log: string
  /** Times to which it waited. */
  readonly waits: readonly number[]
}

type Change = Partial<ConversationAgent> & { readonly prompt?: string; readonly context?: Partial<TurnContext> }

async function take(
  here: AgentFixture,
  kind: AgentName,
  { prompt = 'The task.', context, ...agent }: Change = {},
): Promise<Taken> {
  const paths = new JobPaths(here.agents.home).attempt(1)
  fs.mkdirSync(paths.directory, { recursive: true })
  const lines: string[] = []
  const waits: number[] = []
  let sleptMs = 0
  const isAnswered = await runTurn({
    agent: {
      ...{ kind, program: path.join(agentPrograms, kind), args: [], otherwise: 'builtin', reason: 'found' },
      permissionMode: kind === 'claude' ? 'default' : 'read-only',
      ...{ timeLimitSec: 50, waitLimitSec: 3600 },
      ...agent,
    },
    paths,
    cwd: here.workspace,
    env: { ...here.agents.env, CLAUDE_CODE_MAX_RETRIES: '0', RELAY_JOB_ID: jobId, RELAY_ATTEMPT: '1' },
    facts: factsOf(here, path.join(paths.directory, 'output.log')),
    interrupted: null,
    prompt: () => prompt,
    builtinReport: () => Promise.resolve('The report.\n[[task:done]]\n'),
    print: (line) => void lines.push(line),
    // The clock of a person who waits; nobody waits here.
    now: () => ({ ms: Date.now() + sleptMs, offsetMin: -new Date().getTimezoneOffset() }),
    sleepUntil: (ms) => {
      waits.push(ms)
      sleptMs = ms - Date.now()
      return Promise.resolve()
    },
    endOthers: () => endOthers(jobId, 1),
    askWindow: () => expect.unreachable(),
    keepToolOutput: () => undefined,
    ...context,
  })
  const turn = readTurn(paths)
  if (turn === null) throw new Error('there is no turn record')
  return { isAnswered, answer: readAnswer(paths) ?? '', marker: readMarker(paths), turn, log: lines.join('\n'), waits }
}

describe.runIf(hasAgents()).for(agentNames)('%s', (agent) => {
  test('answers, says what it does meanwhile, and its conversation and its words are kept', async ({ here }) => {
    here.model.say({ kind: 'shell', command: 'ls -la', text: 'I look first.' }, 'It went *well*.\n\n[[task:done]]')
    const { isAnswered, answer, marker, turn, log } = await take(here, agent)
    expect({ isAnswered, answer, marker }).toEqual({
      isAnswered: true,
      answer: 'It went *well*.\n\n[[task:done]]\n',
      marker: 'done',
    })
    expect(turn).toMatchObject({ agent, state: 'answered', resumed: null, fellBack: null, notes: [] })
    expect(here.agents.transcripts(agent)[0]).toContain(turn.conversation)
    expect(turn.usage?.outputTokens).toBeGreaterThan(0)
    expect(log).toMatch(/I look first\.[^]*→ \w+: .*ls -la[^]*It went \*well\*\./)
    expect(here.model.requests[0]?.body).toContain('The task.')
  })

  test('may read the log of its job without asking, and change nothing', async ({ here }) => {
    // Not in /tmp, where it may read anything.
    const directory = fs.mkdtempSync(path.resolve('.vscode-test/turn-'))
    try {
      const log = path.join(directory, 'output.log')
      const other = path.join(directory, 'env')
      fs.writeFileSync(log, 'what only the log says\n')
      fs.writeFileSync(other, 'what nobody needs\n')
      here.model.say({ kind: 'read', file: log }, { kind: 'read', file: other })
      here.model.say({ kind: 'shell', command: 'echo x > made' }, 'Read.\n[[task:done]]')
      const facts = factsOf(here, log)
      expect((await take(here, agent, { context: { facts } })).marker).toBe('done')
      expect(here.model.requests[1]?.body).toContain('what only the log says')
      // The sandbox of Codex is about writing.
      if (agent === 'claude') expect(here.model.requests[2]?.body).not.toContain('what nobody needs')
      expect(fs.existsSync(path.join(here.workspace, 'made'))).toBe(false)
    } finally {
      fs.rmSync(directory, { recursive: true })
    }
  })

  test('says what is missing, or forgets to say how it went', async ({ here }) => {
    here.model.say('The data is missing.\n[[task:blocked]]', 'I did it.')
    expect(await take(here, agent)).toMatchObject({ isAnswered: true, marker: 'blocked' })
    expect(await take(here, agent)).toMatchObject({ isAnswered: true, marker: 'unmarked', answer: 'I did it.\n' })
  })

  test('corrects its block when it is told what is wrong with it, and the report stays', async ({ here }) => {
    here.model.say(`The loss fell to 0.2.\n${bad}`, `Corrected:\n${good}\n[[task:done]]`)
    const { answer, marker, turn, log } = await take(here, agent)
    expect(answer).toBe(`The loss fell to 0.2.\n\nCorrected:\n${good}\n[[task:done]]\n`)
    expect({ marker, repairs: turn.repairs }).toEqual({ marker: 'done', repairs: 1 })
    expect(log).toContain('cannot be started')
    const sent = here.model.requests.at(-1)?.body ?? ''
    for (const part of ['The task.', 'The loss fell', 'comand']) expect(sent).toContain(part)
  })

  test('is told of the errors of its block twice and no more', async ({ here }) => {
    here.model.say(...Array.from({ length: 3 }, (_, index) => `Try ${index}.\n${bad}`))
    const { isAnswered, turn, answer } = await take(here, agent)
    expect({ isAnswered, repairs: turn.repairs }).toEqual({ isAnswered: true, repairs: 2 })
    expect(answer).toContain('Try 0.\n\nTry 1.\n\nTry 2.')
    expect(turn.notes.at(-1)).toContain('after 2 repairs')
    expect(here.model.requests).toHaveLength(3)
  })

  test('goes on with the conversation that the block came from', async ({ here }) => {
    here.model.say('I start it.', 'Seen.\n[[task:done]]')
    const { conversation } = await here.agents.turn(agent, 'Train it', { cwd: here.workspace })
    const { turn } = await take(here, agent, { conversation, resumes: true })
    expect(turn).toMatchObject({ conversation, resumed: conversation, state: 'answered' })
    expect(here.model.requests.at(-1)?.body).toContain('Train it')
    expect(here.agents.transcripts(agent)).toHaveLength(1)
  })

  test('begins a new conversation when that one is gone, and says so', async ({ here }) => {
    here.model.say('Seen.\n[[task:done]]')
    const gone = '01234567-89ab-4def-8123-456789abcdef'
    const { turn, log, marker } = await take(here, agent, { conversation: gone })
    expect(marker).toBe('done')
    expect(turn.resumed).toBeNull()
    expect(turn.conversation).not.toBe(gone)
    expect(log).toContain('a new one is begun')
  })

  test('is waited for when a limit is reached: a minute, then two, if it does not say how long', async ({ here }) => {
    const error = { kind: 'error', status: 429, retryAfterSec: 0 } as const
    here.model.say(error, error, 'Now.\n[[task:done]]')
    const { waits, marker, turn, log } = await take(here, agent)
    expect(marker).toBe('done')
    expect(waits).toHaveLength(2)
    expect(((waits[1] ?? 0) - (waits[0] ?? 0)) / 60_000).toBeCloseTo(2, 0)
    expect(turn.notes.join(' ')).toContain('has reached a limit')
    expect(log).toContain('It is asked again at')
    expect(here.model.requests).toHaveLength(3)
  })

  test('is waited for until the time that it says, in the middle of its work, and goes on from there', async ({
    here,
  }) => {
    if (agent === 'claude') here.agents.signIn()
    const resetsAtSec = Math.floor(Date.now() / 1000) + 1800
    here.model.say(
      { kind: 'shell', command: 'ls', text: 'I look.' },
      { kind: 'limit', resetsAtSec },
      'Now.\n[[task:done]]',
    )
    const { waits, marker } = await take(here, agent)
    expect(marker).toBe('done')
    // One of them tells the time to the minute.
    expect(Math.abs((waits[0] ?? 0) / 1000 - resetsAtSec)).toBeLessThan(62)
    const sent = here.model.requests.at(-1)?.body ?? ''
    for (const part of ['The task.', 'I look.', 'was cut off']) expect(sent).toContain(part)
  })

  test('gives way to the built-in analyst when the limit lasts longer than it may be waited for', async ({ here }) => {
    if (agent === 'claude') here.agents.signIn()
    here.model.say({ kind: 'limit', resetsAtSec: Math.floor(Date.now() / 1000) + 36_000 })
    const { waits, answer, marker, turn } = await take(here, agent)
    expect({ waits, marker, agent: turn.agent }).toEqual({ waits: [], marker: 'done', agent: 'builtin' })
    expect(answer).toMatch(/has reached a limit.*longer than it may be waited for.*\n\nThe report\./)
    expect(turn.fellBack).toContain('limit')
  })

  test('gives way when it is logged out, or waits for the person if that is planned', async ({ here }) => {
    const error = { kind: 'error', status: 401, retryAfterSec: 0 } as const
    here.model.say(error, error, 'Here again.\n[[task:done]]')
    expect(await take(here, agent)).toMatchObject({ marker: 'done', turn: { agent: 'builtin' } })
    const waited = await take(here, agent, { otherwise: 'wait' })
    expect(waited.answer).toBe('Here again.\n[[task:done]]\n')
    expect(waited.turn.notes[0]).toContain('is not logged in')
  })

  test('gives way when it is not there any more', async ({ here }) => {
    const { answer, turn } = await take(here, agent, { program: '/nowhere/agent' })
    expect(turn.agent).toBe('builtin')
    expect(answer).toContain('there is no program /nowhere/agent')
  })

  test('is asked again when its service fails or it does not answer', async ({ here }) => {
    here.model.say(...Array.from({ length: 3 }, () => ({ kind: 'error', status: 503, retryAfterSec: 0 }) as const))
    if (agent === 'claude') here.model.forget()
    if (agent === 'claude') here.model.say({ kind: 'error', status: 503, retryAfterSec: 0 })
    here.model.say('', 'At last.\n[[task:done]]')
    const { answer, turn } = await take(here, agent)
    expect(answer).toBe('At last.\n[[task:done]]\n')
    expect(turn.notes[0]).toContain('cannot reach its service')
  })

  test('is ended after its time, with what it started and put away', async ({ here }) => {
    const put = 'setsid sleep 300 >/dev/null 2>&1 & sleep 300'
    here.model.say({ kind: 'shell', command: put })
    const args = agent === 'claude' ? ['--allowedTools=Bash'] : []
    const { isAnswered, answer, turn } = await take(here, agent, { timeLimitSec: 3, args })
    expect({ isAnswered, state: turn.state }).toEqual({ isAnswered: false, state: 'failed' })
    expect(answer).toMatch(
      /was ended, with all that it had started, after its time limit of 3 s\..*\n\n\[\[task:blocked\]\]/,
    )
    expect(turn.conversation).not.toBeNull()
  })

  test('takes 200 KB of prompt, and a slow model its time', async ({ here }) => {
    here.model.say({ kind: 'text', text: 'Read.\n[[task:done]]', delayMs: 500 })
    const prompt = `${'All of this is meant, ünïcode too. '.repeat(6_000)}The very end.`
    expect((await take(here, agent, { prompt })).marker).toBe('done')
    expect(here.model.requests[0]?.body).toContain('The very end.')
  })
})
