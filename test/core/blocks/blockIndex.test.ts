// Reading only what an edit touched: it must be exactly what reading everything gives.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BlockIndex } from '../../../src/core/blocks/blockIndex'
import { parseBlocks } from '../../../src/core/blocks/parseBlocks'
import { applyEdits } from '../../../src/core/blocks/textEdit'

const block = '[[relay-actions]]\n{"actions":[{"type":"job_start","command":"make <target_x>"}]}\n[[/relay-actions]]\n'
const pieces = [
  block,
  block.replace(/^/gm, '> '),
  block.replace(/\n/g, '\r\n'),
  `Say ${block.replaceAll('\n', '')} now`,
  '[[relay-actions]]',
  '[[/relay-actions]]',
  '[[relay_actions]]',
  '[[/relay-action]]',
  '[[task:done]]',
  '```',
  '```json\n',
  '~~~\n',
  '`',
  '{"actions":[]}',
  '\n',
  '\r',
  '\r\n',
  '> ',
  '- ',
  '    ',
  'İ\ud800\u2028',
  'prose\n'.repeat(4000),
  ' '.repeat(1100),
]
const text = fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((parts) => parts.join(''))
const edits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    removed: fc.oneof(fc.nat(3), fc.nat(60), fc.nat(30_000)),
    newText: fc.oneof(fc.constantFrom('', ...pieces), fc.string({ maxLength: 3 })),
  }),
  { minLength: 1, maxLength: 6 },
)

describe('an index of blocks', () => {
  it('says after any edits what a reading of the whole text says', () => {
    fc.assert(
      fc.property(text, edits, (first, changes) => {
        const index = new BlockIndex(first)
        let now = first
        expect(index.parsed).toEqual(parseBlocks(now))
        for (const { at, removed, newText } of changes) {
          const start = Math.floor(at * now.length)
          const edit = { start, end: Math.min(now.length, start + removed), newText }
          now = applyEdits(now, [edit])
          expect(index.edit(edit)).toEqual(parseBlocks(now))
          expect(index.text).toBe(now)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('knows that an opened fence changes what every block after it is', () => {
    const index = new BlockIndex(`a\n${`${block}${'prose\n'.repeat(500)}`.repeat(20)}`)
    const contexts = () => new Set(index.parsed.blocks.map(({ context }) => context))
    expect(contexts()).toEqual(new Set(['plain']))
    index.edit({ start: 0, end: 0, newText: '```\n' })
    expect(contexts()).toEqual(new Set(['fenced']))
    index.edit({ start: 0, end: 4, newText: '' })
    expect(contexts()).toEqual(new Set(['plain']))
  })

  it('keeps the blocks before an edit as they are', () => {
    const index = new BlockIndex(block.repeat(3))
    const [first, second, third] = index.parsed.blocks
    index.edit({ start: block.length * 2 - 30, end: block.length * 2 - 30, newText: 'x' })
    const [sameFirst, newSecond, newThird] = index.parsed.blocks
    expect(sameFirst).toBe(first)
    expect(newSecond).not.toEqual(second)
    expect(newThird).toEqual(parseBlocks(index.text).blocks[2])
    expect(newThird?.start).toBe((third?.start ?? 0) + 1)
  })
})
