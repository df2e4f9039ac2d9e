// Only the last words of a turn come out of a transcript: the agent's own, and only when the turn has ended.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ClaudeCodeReader } from '../../../src/core/transcripts/claudeCode'
import { CodexReader } from '../../../src/core/transcripts/codex'
import type { TranscriptReader, Turn } from '../../../src/core/transcripts/turn'
import { ClaudeTranscript, CodexTranscript } from '../../support/transcripts'

function turnsOf(reader: TranscriptReader, lines: readonly string[]): Turn[] {
  return lines.flatMap((line) => reader.read(line) ?? [])
}
const claude = ({ lines }: ClaudeTranscript) => turnsOf(new ClaudeCodeReader(), lines)
const codex = ({ lines }: CodexTranscript) => turnsOf(new CodexReader(), lines)
const answers = (turns: readonly Turn[]) => turns.map(({ answer }) => answer)

describe('a transcript of Claude Code', () => {
  test('has a turn for each final answer, with its conversation, directory and time', () => {
    const turns = claude(
      new ClaudeTranscript()
        .person('Look')
        .agent([{ text: 'I look.' }, { tool: 'ls' }], 'tool_use')
        .toolOutput('a.txt')
        .agent([{ text: 'Seen.' }])
        .person('And now?')
        .agent([{ text: 'Done.' }]),
    )
    expect(answers(turns)).toEqual(['Seen.', 'Done.'])
    expect(turns[0]).toEqual({
      agent: 'claude',
      conversation: 'c0ffee00-0000-4000-8000-000000000001',
      id: 'u-8',
      cwd: '/projects',
      atMs: Date.parse('2026-11-20T12:00:00.000Z'),
      answer: 'Seen.',
    })
  })

  test('has the pieces of one answer as one turn, told again with each piece', () => {
    const turns = claude(new ClaudeTranscript().agent([{ text: 'One.' }, { text: 'Two.' }]))
    expect(answers(turns)).toEqual(['One.', 'One.\n\nTwo.'])
    expect(new Set(turns.map(({ id }) => id)).size).toBe(1)
  })

  test('has no turn for words before a tool, a subagent, an error of the service, or an answer that was cut', () => {
    const transcript = new ClaudeTranscript()
      .agent([{ text: 'Before a tool' }, { tool: 'ls' }], null)
      .push({ type: 'system', subtype: 'turn_duration' })
      .agent([{ text: 'Of a subagent' }], 'end_turn', { isSidechain: true })
      .agent([{ text: 'API Error' }], 'stop_sequence', { isApiErrorMessage: true })
      .agent([{ text: 'Too long' }], 'max_tokens')
      .agent([{ text: 'No' }], 'refusal')
      .push({ type: 'last-prompt' })
    expect(claude(transcript)).toEqual([])
  })

  test('has no turn for what a person or a tool said, whatever it looks like', () => {
    const fake = JSON.stringify({ type: 'assistant', message: { id: 'm', content: [], stop_reason: 'end_turn' } })
    expect(claude(new ClaudeTranscript().person(fake).toolOutput(`${fake}\n${fake}`))).toEqual([])
  })

  test('of a version that does not say why a message stopped has its turn with the record that ends it', () => {
    const transcript = new ClaudeTranscript()
      .agent([{ text: 'Interrupted' }], null)
      .person('[Request interrupted by user]')
      .agent([{ text: 'Whole' }], null)
    expect(claude(transcript)).toEqual([])
    expect(answers(claude(transcript.push({ type: 'system', subtype: 'turn_duration' })))).toEqual(['Whole'])
  })

  test('says where the conversation began, not where the agent has gone since', () => {
    const transcript = new ClaudeTranscript()
      .agent([{ tool: 'cd sub' }], 'tool_use')
      .agent([{ text: 'Here' }], 'end_turn', { cwd: '/projects/sub' })
    expect(claude(transcript)[0]?.cwd).toBe('/projects')
  })

  test('cannot name a conversation that would be an option or a path', () => {
    expect(claude(new ClaudeTranscript('--resume').agent([{ text: 'x' }]))).toEqual([])
    expect(claude(new ClaudeTranscript('../../x').agent([{ text: 'x' }]))).toEqual([])
  })
})

describe('a transcript of Codex', () => {
  test('has a turn for each end, with the last words of it', () => {
    const turns = codex(
      new CodexTranscript()
        .person('Look')
        .agent('I look.')
        .toolOutput('a.txt')
        .agent('Seen.')
        .end('Seen.')
        .end(null)
        .end('Done.'),
    )
    expect(answers(turns)).toEqual(['Seen.', 'Done.'])
    expect(turns[0]).toMatchObject({
      agent: 'codex',
      conversation: '01a1fa71-ec4e-7f71-86fa-c58afbf907f2',
      id: 'turn-1',
      cwd: '/projects',
    })
  })

  test('has no turn for a subagent, one that failed, or words that no end has followed', () => {
    expect(codex(new CodexTranscript('a', '/projects', { source: { subagent: 'review' } }).end('x'))).toEqual([])
    expect(codex(new CodexTranscript('a', '/projects', { thread_source: 'subagent' }).end('x'))).toEqual([])
    expect(codex(new CodexTranscript().end('x', { error: { message: 'no' } }))).toEqual([])
    expect(codex(new CodexTranscript().agent('x').push('event_msg', { type: 'turn_aborted' }))).toEqual([])
  })

  test('of a copied conversation names the copy, and the turns as in the first', () => {
    const [copied] = codex(new CodexTranscript('copy').push('session_meta', { id: 'first', cwd: '/other' }).end('x'))
    expect(copied).toMatchObject({ conversation: 'copy', cwd: '/projects', id: 'turn-1' })
  })
})

test('lines that are torn, mutated or foreign never throw, and never put words of others into an answer', () => {
  const theirs = 'NOT-THE-AGENT'
  const own = fc.string().map((text) => text.replaceAll(theirs, ''))
  const transcript = fc
    .array(fc.tuple(fc.constantFrom('person', 'tool', 'agent', 'words', 'end'), own), { maxLength: 20 })
    .map((steps) => {
      const [a, b] = [new ClaudeTranscript(), new CodexTranscript()]
      for (const [who, text] of steps) {
        switch (who) {
          case 'person':
            a.person(`${theirs} ${text}`)
            b.person(`${theirs} ${text}`)
            break
          case 'tool':
            a.toolOutput(`${text}\n${theirs}`)
            b.toolOutput(`${text}\n${theirs}`)
            break
          case 'words':
            a.agent([{ text }, { tool: theirs }], 'tool_use')
            b.agent(theirs)
            break
          default:
            a.agent([{ text }], who === 'agent' ? null : 'end_turn')
            b.end(text)
        }
      }
      return [...a.lines, ...b.lines]
    })
  const cut = fc.record({
    at: fc.nat(),
    by: fc.nat({ max: 3 }),
    put: fc.constantFrom('', '"', '}', '\\', '\u2028', '['),
  })
  fc.assert(
    fc.property(
      transcript,
      fc.array(cut, { maxLength: 5 }),
      fc.array(fc.string(), { maxLength: 5 }),
      (lines, cuts, junk) => {
        const mixed = [...lines, ...junk]
        for (const { at, by, put } of cuts) {
          const index = at % mixed.length
          const line = mixed[index] ?? ''
          const place = at % (line.length + 1)
          mixed[index] = line.slice(0, place) + put + line.slice(place + by)
        }
        for (const reader of [new ClaudeCodeReader(), new CodexReader()])
          for (const { answer } of turnsOf(reader, mixed)) expect(answer).not.toContain(theirs)
      },
    ),
    { numRuns: 300 },
  )
})
