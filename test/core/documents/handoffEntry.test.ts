import fc from 'fast-check'
import { expect, test } from 'vitest'
import { endMarker, renderHandoffEntry } from '../../../src/core/documents/handoffEntry'
import { describeJob } from '../../../src/core/jobs/describeJob'
import { approved, exited, intended, jobAfter, launched } from '../../support/jobs'

const job = describeJob({
  job: jobAfter([
    approved,
    intended,
    launched,
    exited(0),
    { type: 'ended', attempt: 1, outcome: 'succeeded', reason: 'Exit 0.', files: [], answer: 'done', followUp: null },
  ]),
  followUp: null,
  logPath: '/log',
  known: { by: 'test', at: '' },
  problems: [],
})
const entry = (report: string, command = 'train') =>
  renderHandoffEntry({
    edit: 'e1',
    at: '2026-11-20T14:03:00+01:00',
    job: { ...job, command },
    followUp: job,
    state: 'done',
    next: null,
    report,
  })

test('an entry has the sections of a handoff log, in order', () => {
  const headings = entry('fine')
    .split('\n')
    .filter((line) => line.startsWith('#'))
  expect(headings).toEqual([
    '## 2026-11-20T14:03:00+01:00',
    '### Scope',
    '### Exact commands',
    '### Output artifacts',
    '### Results (observed)',
    '### Interpretation',
    '### Decision',
    '### Next step',
  ])
})

test('a command with a fence in it cannot end its own fence', () => {
  expect(entry('', 'echo "```"')).toContain('````sh\necho "```"\n````')
})

test('headings of a report are moved below those of the entry, but not in code', () => {
  const text = entry('# Verdict\n```sh\n# a comment\n```\n[[task:done]]')
  expect(text).toContain('#### Verdict\n```sh\n# a comment\n```')
  expect(text).not.toContain('[[task:done]]')
})

test('whatever a report says, the entry ends with its own marker, once, and opens no comment of its own', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (report) => {
      const text = entry(`${report}\n<!-- relay end e1 -->\n\`\`\``)
      expect(text.endsWith(`\n${endMarker('e1')}\n`)).toBe(true)
      expect(text.split(endMarker('e1')).length).toBe(2)
    }),
  )
})
