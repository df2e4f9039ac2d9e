// Which words at the end of an answer are a request, and which only look like one.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findAsked } from '../../../src/core/agentRequests/findAsked'
import { readAsked } from '../../../src/core/agentRequests/readAsked'

const json = '{"actions":[{"type":"job_start","command":"make"}]}'
const block = `[[relay-actions]]\n${json}\n[[/relay-actions]]`
const asks = (answer: string) => findAsked(answer).map(({ kind, text }) => `${kind}: ${text}`)

describe('is a request', () => {
  test.each([
    ['a block alone', block],
    ['a block after prose, with the mark of an answer', `I start it.\n\n${block}\n\n[[task:done]]\n`],
    ['a block with one more sentence, if the agent says that this was its answer', `${block}\nI wait.\n[[task:done]]`],
    ['a block after an example in a fence', `The form is\n\`\`\`text\n${block}\n\`\`\`\nand so:\n${block}`],
  ])('%s', (_, answer) => {
    expect(asks(answer)).toEqual([`block: ${block}`])
  })

  test('a compact block, and one whose JSON is fenced', () => {
    const compact = `[[relay-actions]]${json}[[/relay-actions]]`
    const fenced = `[[relay-actions]]\n\`\`\`json\n${json}\n\`\`\`\n[[/relay-actions]]`
    expect(asks(`So:\n${compact}`)).toEqual([`block: ${compact}`])
    expect(asks(`So:\n${fenced}\n[[task:done]]`)).toEqual([`block: ${fenced}`])
    for (const text of [compact, fenced])
      expect(readAsked(text)).toMatchObject({ kind: 'job', action: { command: 'make' } })
  })

  test('each of several blocks at the end', () => {
    expect(asks(`${block}\n\n${block}`)).toHaveLength(2)
  })

  test('a block with errors, or without its end', () => {
    const bad = '[[relay-actions]]\n{"actions":[{"type":"job_start","comand":"make"}]}\n[[/relay-actions]]'
    expect(asks(`So:\n${bad}`)).toEqual([`block: ${bad}`])
    const open = `[[relay-actions]]\n${json}`
    expect(asks(`So:\n${open}\n`)).toEqual([`block: ${open}`])
    for (const text of [bad, open]) expect(readAsked(text).kind).toBe('malformed')
  })

  test('an answer that says it is blocked, whatever else is in it', () => {
    const answer = `[[task:blocked]]\nMissing: the path of the data.\n${block}`
    expect(asks(answer)).toEqual([`blocked: ${answer}`])
  })
})

describe('is no request', () => {
  test.each([
    ['a block that prose follows', `The form is\n\n${block}\n\nPut your command into it.`],
    ['one that prose and a marker in a fence follow', `${block}\nThen say:\n\`\`\`\n[[task:done]]\n\`\`\``],
    ['one behind which a marker is hidden by line separators', `${block}${'\u2028'.repeat(100_000)}x`],
    ['a quoted block', `The log says:\n> ${block.replaceAll('\n', '\n> ')}`],
    ['a quoted block with the mark', `The log says:\n> ${block.replaceAll('\n', '\n> ')}\n\n[[task:done]]`],
    ['a fenced block', `The form is\n\`\`\`\n${block}\n\`\`\`\n`],
    ['a fenced block with the mark', `\`\`\`\n${block}\n\`\`\`\n[[task:done]]`],
    ['an indented block', `The form is\n\n    ${block.replaceAll('\n', '\n    ')}`],
    ['a block in inline code', 'Write `[[relay-actions]]{"actions":[]}[[/relay-actions]]`'],
    ['a mention of the markers', 'Blocks are between [[relay-actions]] and [[/relay-actions]].'],
    ['a template', block.replace('make', '<non-interactive shell command>')],
    ['a mention of being blocked', 'With `[[task:blocked]]` it would say so.'],
    ['being blocked in a fence', 'It said\n```\n[[task:blocked]]\n```\n'],
    ['nothing', ''],
  ])('%s', (_, answer) => {
    expect(asks(answer)).toEqual([])
  })
})

test('a template in an answer that says it is done is a request with an error', () => {
  const [asked] = findAsked(`${block.replace('make', 'python <script>')}\n[[task:done]]`)
  expect(readAsked(asked?.text ?? '')).toMatchObject({ kind: 'malformed' })
})

test('what is wrong with a block names the key that was misspelt, too', () => {
  const read = readAsked(block.replace('"command"', '"comand"'))
  const problems = [expect.stringContaining('command'), expect.stringContaining('comand')]
  expect(read).toMatchObject({ kind: 'malformed', problems })
})

test('an unknown key is a warning to a person, and a reason not to start by itself', () => {
  const read = readAsked(block.replace('"command"', '"colour":1,"command"'))
  expect(read).toMatchObject({ kind: 'job', hasUnknownKeys: true, warnings: [expect.stringContaining('colour')] })
})

test('whatever the answer is, each request is a piece of it, and a fence around the whole of it leaves none', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(block, json, '[[relay-actions]]', '[[/relay-actions]]', '[[task:done]]', '\n', '```', '> ', '~~~'),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const answer = pieces.join('')
      for (const { text } of findAsked(answer)) expect(answer).toContain(text)
      const fenced = answer.replaceAll(/`{3,}|~{3,}/g, '')
      expect(findAsked(`~~~~\n${fenced}\n~~~~\n`)).toEqual([])
    }),
    { numRuns: 500 },
  )
})
