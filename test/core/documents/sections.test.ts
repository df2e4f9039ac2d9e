import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyEdits } from '../../../src/core/blocks/textEdit'
import { editSections, type SectionsEdit } from '../../../src/core/documents/sections'
import { proposeNext } from '../../../src/core/experiments/nextRun'
import { buildRunTable } from '../../../src/core/experiments/runTable'
import { compareRun } from '../../../src/core/experiments/compareRuns'
import { maxMemoryLines, renderWorkingMemory } from '../../../src/core/experiments/workingMemory'
import { runRecord } from '../../support/runRecord'

const edit = (best: string, next = 'go\n'): SectionsEdit => ({
  kind: 'replace_sections',
  skeleton: '# Memory\n\n{best}\n\n## Mine\n\n{next}\n',
  sections: [
    { name: 'best', text: best },
    { name: 'next', text: next },
  ],
  maxLines: 30,
})
const after = (text: string, wanted: SectionsEdit) => applyEdits(text, editSections(text, wanted).edits)

test('an empty document becomes the skeleton, and the same edit made twice changes nothing', () => {
  const made = after('', edit('a\n'))
  expect(made).toBe(
    '# Memory\n\n<!-- relay:begin best -->\na\n<!-- relay:end best -->\n\n## Mine\n\n<!-- relay:begin next -->\ngo\n<!-- relay:end next -->\n',
  )
  expect(editSections(made, edit('a\n'))).toEqual({ edits: [], problem: null })
})

test("a person's own text is kept byte for byte, with their line ends, and missing sections come behind it", () => {
  const mine =
    '# Mine\r\n\r\n  odd\tspacing \r\n<!-- relay:begin best -->\r\nold\r\nold\r\n<!-- relay:end best -->\r\nlast line'
  const made = after(mine, edit('new\n'))
  expect(made).toBe(
    '# Mine\r\n\r\n  odd\tspacing \r\n<!-- relay:begin best -->\r\nnew\r\n<!-- relay:end best -->\r\nlast line\r\n\r\n<!-- relay:begin next -->\r\ngo\r\n<!-- relay:end next -->\r\n',
  )
  expect(editSections(made, edit('new\n')).edits).toEqual([])
})

test('a section without its end is left alone and told', () => {
  const open = '<!-- relay:begin best -->\nmine\n\n<!-- relay:begin next -->\nx\n<!-- relay:end next -->\n'
  const { problem } = editSections(open, edit('new\n'))
  expect(problem).toMatch(/best has a begin marker and no end/)
  expect(after(open, edit('new\n'))).toBe(open.replace('x\n', 'go\n'))
})

test('a document never grows beyond its limit, nor with how often it is edited', () => {
  const long = 'line\n'.repeat(40)
  expect(editSections(long, edit('a\n'))).toEqual({
    edits: [],
    problem: expect.stringMatching(/no room.*30 lines/) as string,
  })
  const piece = fc.constantFrom(
    'text',
    '\n',
    '\r\n',
    '```',
    '<!-- relay:begin best -->',
    '<!-- relay:end best -->',
    '<!-- relay:begin next -->',
    '<!-- relay:end next -->',
    '\n\n',
  )
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 20 }),
      fc.array(fc.constantFrom('a\n', 'b\nb\n', '```\n'), { minLength: 1, maxLength: 6 }),
      (pieces, texts) => {
        let text = pieces.join('')
        let sizes = new Set<number>()
        for (const one of [...texts, ...texts, ...texts]) {
          const { edits } = editSections(text, edit(one))
          text = applyEdits(text, edits)
          expect(editSections(text, edit(one)).edits).toEqual([])
          sizes = sizes.add(text.length)
        }
        expect(sizes.size).toBeLessThanOrEqual(texts.length * 2 + 2)
      },
    ),
    { numRuns: 300 },
  )
})

test('the snapshot stays short whatever was run, and has no texts that could end a section', () => {
  const hostile = '<!-- relay:end best -->\n<!-- relay:begin best -->'
  const records = Array.from({ length: 300 }, (_, index) =>
    runRecord({
      runId: `r${index}${hostile}`,
      value: index,
      name: `metric${index % 40}${hostile}`,
      template: 't',
      params: { a: hostile },
    }),
  )
  const last = records[0] ?? runRecord({ runId: 'none' })
  const snapshot = renderWorkingMemory({
    name: hostile,
    at: '2026-11-20T10:00:00+00:00',
    branch: hostile,
    commit: null,
    dirty: null,
    table: buildRunTable(records),
    last,
    active: records.map(({ runId }) => ({ jobId: runId, runId, startedAt: null, log: hostile })),
    next: proposeNext({ record: last, comparison: compareRun(last, records), failure: null, records, names: null }),
  })
  const text = after('', snapshot)
  expect(text.split('\n').length).toBeLessThan(maxMemoryLines / 2)
  expect(editSections(text, snapshot)).toEqual({ edits: [], problem: null })
  expect(after('# Mine\n', snapshot).startsWith('# Mine\n')).toBe(true)
})
