// Repairing and formatting: what comes out asks for the same, or for what could not be read before, and stays as it is.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diagnosticsOf, fixAll } from '../../../src/core/blocks/fixAll'
import { formatBlock, formatBlocks } from '../../../src/core/blocks/formatBlock'
import { parseBlocks } from '../../../src/core/blocks/parseBlocks'
import { applyEdits, EditRounds } from '../../../src/core/blocks/textEdit'
import { badText } from './badText'

const fixed = (text: string): string => applyEdits(text, fixAll(text))
const actionsOf = (text: string) => parseBlocks(text).blocks.map(({ actions }) => actions)

describe('fix all', () => {
  it('repairs everything an agent got wrong at once', () => {
    const text = [
      'Started: [[relay-actions]]',
      '```jsonc',
      "{'actions': [{“type”: “job_start”, // the run",
      '"command": "python train.py \\\n --lr 3e-4", "watch": {"EverySec": "60", "runTasks": True, tailLines: 20,}, ',
      '"thenTask": "Read logs/a.log", "preflight": [{"type": "PATH_EXISTS", "path": "train.py"}]}]}',
      '```',
      '[[/relay_actions]]',
    ].join('\n')
    expect(fixed(text)).toBe(
      [
        'Started: ',
        '[[relay-actions]]',
        '```json',
        '{"actions": [{"type": "job_start", ',
        '"command": "python train.py \\\\\\n --lr 3e-4", "watch": {"everySec": 60, "runTasks": true, "tailLines": 20}, ',
        '"thenTask": "Read logs/a.log", "preflight": {"checks":[{"type": "path_exists", "path": "train.py"}]}}]}',
        '```',
        '[[/relay-actions]]',
      ].join('\n'),
    )
  })

  it('never guesses a value, a command or a name', () => {
    const text =
      '[[relay-actions]]\n{"actions":[{"type":"job_start","comand":"ls","watch":{"everySec":0,"onMissing":"blok"}}]}\n[[/relay-actions]]\n[[task:done]]'
    expect(fixAll(text)).toEqual([])
    expect(diagnosticsOf(text).filter(({ fix }) => fix).length).toBeGreaterThan(2)
  })

  it('does nothing to what it has done, and keeps every action that could be read', () => {
    fc.assert(
      fc.property(badText, (text) => {
        const after = fixed(text)
        expect(fixed(after)).toBe(after)
        expect(applyEdits(text, fixAll(text))).toBe(after)
        expect(diagnosticsOf(after).filter(({ fix }) => fix && fix.isGuess !== true)).toEqual([])
      }),
      { numRuns: 500 },
    )
  })
})

describe('edits in rounds', () => {
  it('are together what they are one after another', () => {
    const edits = fc.array(fc.array(fc.tuple(fc.nat(9), fc.nat(4), fc.string({ maxLength: 3 })), { maxLength: 4 }))
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), edits, (text, rounds) => {
        const all = new EditRounds(text.length)
        let now = text
        for (const round of rounds) {
          let at = 0
          const made = round.flatMap(([skip, length, newText]) => {
            const start = at + skip
            const end = start + length
            at = end + 1
            return end > now.length ? [] : [{ start, end, newText }]
          })
          all.add(made)
          now = applyEdits(now, made)
        }
        expect(applyEdits(text, all.edits)).toBe(now)
      }),
    )
  })
})

const json = fc.record(
  {
    type: fc.constant('job_start'),
    command: fc.string({ minLength: 1, unit: 'binary', maxLength: 20 }),
    description: fc.string({ maxLength: 20 }),
    watch: fc.record({ everySec: fc.integer({ min: 1, max: 9999 }), requireFiles: fc.array(fc.string()) }),
    'other key': fc.jsonValue({ maxDepth: 3 }),
  },
  { requiredKeys: ['type', 'command'] },
)
const spelt = fc.constantFrom('1e2', '100.0', '1E+2', '100', '3')
const surroundings = fc.constantFrom<(body: string) => string>(
  (body) => `[[relay-actions]]\n${body}\n[[/relay-actions]]\n`,
  (body) => `[[relay-actions]]\r\n\`\`\`json\r\n${body}\r\n\`\`\`\r\n[[/relay-actions]]\r\n`,
  (body) => `Say: [[relay-actions]]${body}[[/relay-actions]] now`,
  (body) => `> [[relay-actions]]\n> ${body.replace(/\n/g, '\n> ')}\n> [[/relay-actions]]`,
  (body) => `> Say: [[relay-actions]]${body.replace(/\n/g, '\n> ')}[[/relay-actions]] now`,
  (body) => `1. [[relay-actions]]\n   ${body}\n   [[/relay-actions]]`,
)

describe('a formatted block', () => {
  it('asks for exactly the same, in numbers as they are spelt, and is formatted', () => {
    fc.assert(
      fc.property(
        json,
        spelt,
        surroundings,
        fc.constantFrom(undefined, 2, 5),
        fc.constantFrom('line' as const, 'readable' as const),
        (action, number, surround, indent, style) => {
          const body = JSON.stringify({ actions: [{ ...action, preflight: { checks: [] }, n: 0 }] }, null, indent)
          const text = surround(body.replace(/"n": ?0/, `"n":${number}`))
          const before = actionsOf(text)
          fc.pre(before.length === 1)
          const after = applyEdits(text, formatBlocks(text, style))
          expect(actionsOf(after)).toEqual(before)
          expect(parseBlocks(after).blocks[0]?.context).toBe(parseBlocks(text).blocks[0]?.context)
          expect(after).toContain(number)
          expect(formatBlocks(after, style)).toEqual([])
          const other = style === 'line' ? 'readable' : 'line'
          const there = applyEdits(after, formatBlocks(after, other))
          expect(applyEdits(there, formatBlocks(there, style))).toBe(after)
        },
      ),
      { numRuns: 500 },
    )
  })

  const line = '[[relay-actions]]\n{"actions":[{"type":"job_start","command":"ls -l","watch":{}}]}\n[[/relay-actions]]'
  const readable =
    '[[relay-actions]]\n{\n  "actions": [\n    {\n      "type": "job_start",\n      "command": "ls -l",\n      "watch": {}\n    }\n  ]\n}\n[[/relay-actions]]'

  it('is what the skill shows, or what people read', () => {
    expect(applyEdits(line, formatBlock(line, 3, 'readable') ?? [])).toBe(readable)
    expect(applyEdits(readable, formatBlock(readable, 60, 'line') ?? [])).toBe(line)
    expect(formatBlock(line, 60, 'line')).toEqual([])
  })

  it('is not to be had where there is none, or where its JSON must be fixed before', () => {
    expect(formatBlock('prose', 2, 'line')).toBeUndefined()
    expect(formatBlock(line.replace('}]}', '},]}'), 20, 'line')).toBeUndefined()
  })
})
