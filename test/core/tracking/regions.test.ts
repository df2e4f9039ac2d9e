import fc from 'fast-check'
import { expect, test } from 'vitest'
import { namesTrack, placeRegion, type Region, updateRegions } from '../../../src/core/tracking/regions'

const track = '20261128-120000-abc123'
const text = (value: string, name = 'status'): Region => ({ name, kind: 'text', text: value })
const boxes = (...ticked: readonly boolean[]): Region => ({
  name: 'test-plan',
  kind: 'boxes',
  text: ticked.map((one, at) => `- [${one ? 'x' : ' '}] Box ${at}\n`).join(''),
})

test('a region is replaced between its markers, and nothing else', () => {
  const before = `Mine\n${placeRegion(track, text('old\n'))}mine, too`
  const { text: after, notes } = updateRegions(before, track, [text('new\nlines\n')])
  expect(after).toMatch(/^Mine\n<!-- relay:status \S+ -->\nnew\nlines\n<!-- \/relay:status \S+ \S+ -->\nmine, too$/)
  expect(notes).toEqual([])
  expect(updateRegions(after, track, [text('new\nlines\n')])).toEqual({ text: after, notes: [] })
})

test('a region that somebody edited, or took out, is left to them, and that is said', () => {
  const placed = placeRegion(track, text('old\n'))
  const edited = placed.replace('old', 'my words')
  expect(updateRegions(edited, track, [text('new\n')])).toEqual({
    text: edited,
    notes: ['The part “status” was edited by somebody, so it is left as it is.'],
  })
  expect(updateRegions('nothing\n', track, [text('new\n')])).toEqual({
    text: 'nothing\n',
    notes: ['The part “status” was taken out by somebody, so it is left out.'],
  })
})

test('what editors do of themselves is no edit: line ends, blanks at ends of lines', () => {
  const placed = placeRegion(track, text('one\ntwo\n')).replaceAll('\n', '\r\n').replace('one', 'one  ')
  const { text: after, notes } = updateRegions(placed, track, [text('three\n')])
  expect(notes).toEqual([])
  expect(after).toMatch(/-->\r\nthree\r\n<!--/)
})

test('boxes are ticked one by one; a person’s ticks, lines and words stay, and a tick they took back is not set again', () => {
  let body = placeRegion(track, boxes(false, false, false))
  body = body.replace('- [ ] Box 1', '- [x] Box 1\n- [ ] Mine')
  body = updateRegions(body, track, [boxes(true, false, false)]).text
  expect(body).toContain('- [x] Box 0\n- [x] Box 1\n- [ ] Mine\n- [ ] Box 2\n')
  body = body.replace('- [x] Box 0', '- [ ] Box 0')
  const again = updateRegions(body, track, [boxes(true, true, true)])
  expect(again.text).toContain('- [ ] Box 0\n- [x] Box 1\n- [ ] Mine\n- [x] Box 2\n')
  expect(again.notes).toEqual(['The part “test-plan” has a tick that somebody took back: it is not set again.'])
})

test('regions of two tracks in one document are told apart', () => {
  const other = '20261128-130000-xyz789'
  const both = placeRegion(track, text('a\n')) + placeRegion(other, text('b\n'))
  expect(updateRegions(both, other, [text('c\n')]).text).toBe(
    placeRegion(track, text('a\n')) + placeRegion(other, text('c\n')),
  )
})

const piece = fc.constantFrom(
  ...[
    'a',
    'word',
    '\n',
    '\r\n',
    '```',
    '\n\n',
    '<!--',
    '-->',
    '- [ ] Box 0',
    '- [x] Box 1',
    ' ',
    '| a |',
    'ö',
    '\u0000',
  ],
  ...['<!-- relay:status 20261128-120000-abc123 -->', '<!-- /relay:status 20261128-120000-abc123 none -->'],
)
const words = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''))

test('whatever a person does to a text, what they have written is there afterwards', () => {
  fc.assert(
    fc.property(words, words, fc.nat(), words, fc.nat(40), (head, tail, at, inserted, removed) => {
      const regions = [text('first\n'), boxes(false, false)]
      const placed = `${head}\n${regions.map((region) => placeRegion(track, region)).join('\n')}${tail}`
      const where = at % (placed.length + 1)
      const edited = placed.slice(0, where) + inserted + placed.slice(where + removed)
      const next = [text('second\n'), boxes(true, false)]
      const { text: after } = updateRegions(edited, track, next)
      // Only whole lines of ours may be gone: what was written, a box, and markers. Blanks at their ends are no one's.
      const own = /^(?:first|second|- \[[ x]\] Box \d|<!-- \/?relay:[^\n]* -->)?$/
      const lines = (all: string) =>
        all
          .split(/\r?\n/)
          .map((line) => line.trim())
          .filter((line) => !own.test(line))
      expect(lines(after)).toEqual(lines(edited))
      expect(updateRegions(after, track, next).text).toBe(after)
    }),
    { numRuns: 1_000 },
  )
})

test('a text names the tracks that have a region in it, and no other', () => {
  const body = `Mine ${track}\r\n${placeRegion('20200101-000000-aaaaaa', text('x\n'))}`
  expect(namesTrack(body, '20200101-000000-aaaaaa')).toBe(true)
  expect(namesTrack(body, track)).toBe(false)
  expect(namesTrack(placeRegion(track, text('x\n')).replaceAll('\n', '\r\n'), track)).toBe(true)
})
