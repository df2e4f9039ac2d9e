// A diff is read by a person before they say yes: it must tell all that changes.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffLines } from '../../../src/core/skills/lineDiff'

const render = (before: string, after: string) => diffLines(before, after).map(({ sign, text }) => `${sign}${text}`)

test.each([
  ['nothing changed', 'a\nb\n', 'a\nb\n', []],
  ['only the ends of lines changed', 'a\r\nb\r\n', 'a\nb\n', []],
  ['a new file', '', 'a\nb\n', ['+a', '+b']],
  ['a removed file', 'a\n', '', ['-a']],
  ['a line in the middle', 'a\nb\nc\n', 'a\nx\nc\n', [' a', '-b', '+x', ' c']],
  [
    'far from the ends',
    '1\n2\n3\n4\n5\n6\n7\n8\n',
    '1\n2\n3\n4\nx\n5\n6\n7\n8\n',
    [' …', ' 2', ' 3', ' 4', '+x', ' 5', ' 6', ' 7', ' …'],
  ],
])('%s', (_what, before, after, lines) => {
  expect(render(before, after)).toEqual(lines)
})

const text = fc
  .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
  .map((lines) => lines.map((l) => `${l}\n`).join(''))

test('has every line that goes and every line that comes, in order', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = diffLines(before, after)
      const count = (whole: string, line: string) =>
        whole
          .split('\n')
          .slice(0, -1)
          .filter((one) => one === line).length
      for (const line of ['a', 'b', 'c', '']) {
        const by = (sign: string) => lines.filter((one) => one.sign === sign && one.text === line).length
        expect(by('+') - by('-')).toBe(count(after, line) - count(before, line))
      }
      expect(lines.length === 0).toBe(before === after)
    }),
  )
})

test('of two long texts that have nothing in common is there at once', () => {
  const long = (letter: string) => Array.from({ length: 20_000 }, (_, line) => `${letter}${line}`).join('\n')
  const begunAtMs = performance.now()
  expect(diffLines(long('a'), long('b'))).toHaveLength(40_000)
  expect(performance.now() - begunAtMs).toBeLessThan(2_000)
})
