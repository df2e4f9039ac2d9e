// What blocks mean: the actions they ask for, and that hostile text neither throws, nor hangs, nor points outside itself.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Diagnostic } from '../../../src/core/blocks/diagnostic'
import { parseBlocks } from '../../../src/core/blocks/parseBlocks'
import { watchDefaults, watchSchema } from '../../../src/core/blocks/schema'

const block = (body: string): string => `[[relay-actions]]\n${body}\n[[/relay-actions]]`
const job = (fields: string): string => block(`{"actions":[{"type":"job_start",${fields}}]}`)
const seriousCodes = (diagnostics: readonly Diagnostic[]) =>
  diagnostics.filter(({ severity }) => severity !== 'hint').map(({ code }) => code)

const meanings: readonly (readonly [string, text: string, actions: readonly object[], codes?: readonly string[]])[] = [
  [
    'a file stands for a list of one',
    job('"command":"ls","watch":{"requireFiles":"a.json"}'),
    [{ type: 'job_start', command: 'ls', watch: { requireFiles: ['a.json'] } }],
  ],
  [
    'a misplaced thenTask moves into watch',
    job('"command":"ls","thenTask":"look","watch":{"everySec":5}'),
    [{ type: 'job_start', command: 'ls', watch: { everySec: 5, thenTask: 'look' } }],
    ['then-task-misplaced'],
  ],
  [
    'watch keeps its own thenTask in a conflict',
    job('"command":"ls","thenTask":"look","watch":{"thenTask":"see"}'),
    [{ type: 'job_start', command: 'ls', watch: { thenTask: 'see' } }],
    ['then-task-conflict'],
  ],
  [
    'a bare check is a preflight',
    job('"command":"ls","preflight":{"type":"path_exists","path":"a"}'),
    [{ type: 'job_start', command: 'ls', preflight: { checks: [{ type: 'path_exists', path: 'a' }] } }],
    ['preflight-bare'],
  ],
  [
    'an unknown key is left out and an empty field is absent',
    job('"command":"ls","watch":null,"__proto__":{"x":1}'),
    [{ type: 'job_start', command: 'ls' }],
    ['empty-field', 'unknown-key'],
  ],
  [
    'comments, a trailing comma and a jsonc fence are understood',
    block('```jsonc\n{"actions":[{"type":"job_stop","jobId":"a-1"},], // all\n}\n```'),
    [{ type: 'job_stop', jobId: 'a-1' }],
    ['fence-language', 'json-trailing-comma', 'json-trailing-comma', 'json-comment'],
  ],
  [
    'only the invalid action is dropped',
    block('{"actions":[{"type":"task_add"},{"type":"task_run"},{"type":"job_watch","watch":{"everySec":0}}]}'),
    [{ type: 'task_run' }],
    ['missing-field', 'contract-one-job-start', 'out-of-range'],
  ],
  [
    'an action with a key given twice is dropped',
    block('{"actions":[{"type":"task_run","type":"job_stop"},{"type":"task_run"}]}'),
    [{ type: 'task_run' }],
    ['contract-one-job-start', 'json-duplicate-key'],
  ],
  [
    'a supervised pair has no command',
    job(
      '"command":null,"supervisor":{"runId":"r","stateFile":"s","smokeCmd":"a","fullCmd":"b","fullRequiredFiles":"f"}',
    ),
    [
      {
        type: 'job_start',
        supervisor: { runId: 'r', stateFile: 's', smokeCmd: 'a', fullCmd: 'b', fullRequiredFiles: ['f'] },
      },
    ],
    ['empty-field'],
  ],
  [
    'quote signs are no part of a quoted block',
    '> [[relay-actions]]\n> {"actions":[\n>  {"type":"task_run"}]}\n> [[/relay-actions]]',
    [{ type: 'task_run' }],
  ],
]

describe('the meaning of a block', () => {
  it.each(meanings.map(([name, text, actions, codes = []]) => ({ name, text, actions, codes })))(
    '$name',
    ({ text, actions, codes }) => {
      const { blocks } = parseBlocks(text)
      expect(blocks.flatMap((each) => each.actions)).toEqual(actions)
      expect(blocks.flatMap((each) => seriousCodes(each.diagnostics))).toEqual(codes)
    },
  )

  it('an action that still has a placeholder is listed, and marked as not to be started', () => {
    const text = block('{"actions":[{"type":"task_run"},{"type":"job_start","command":"bash <script>"}]}')
    const [found] = parseBlocks(text).blocks
    expect(found?.actions).toHaveLength(2)
    expect(found?.actionSpans.map(({ hasErrors }) => hasErrors)).toEqual([false, true])
    expect(found?.actionSpans.map(({ start, end }) => text.slice(start, end))).toEqual([
      '{"type":"task_run"}',
      '{"type":"job_start","command":"bash <script>"}',
    ])
  })

  it('unknown keys are listed for those who refuse them', () => {
    const [found] = parseBlocks(job('"command":"ls","nice":1')).blocks
    expect(found?.unknownKeys.map(({ message }) => message)).toEqual([expect.stringContaining('"nice"')])
  })

  it('a fix that would break the quote signs of a block is not offered', () => {
    const quoted = '> [[relay-actions]]\n> {"actions":[{"type":"job_start","command":"a\n> b"}]}\n> [[/relay-actions]]'
    const [finding] = parseBlocks(quoted).blocks.flatMap((each) => each.diagnostics)
    expect(finding).toMatchObject({ code: 'json-raw-newline', message: expect.stringContaining('\\n') as string })
    expect(finding).not.toHaveProperty('fix')
  })

  it('a thousand good blocks are read, and what comes after thousands of actions is not', () => {
    const good = parseBlocks(`${job('"command":"ls"')}\n`.repeat(1000)).blocks
    expect(good.filter(({ actions }) => actions.length === 1)).toHaveLength(1000)
    const full = block(`{"actions":[${'{"type":"task_run"},'.repeat(63)}{"type":"task_run"}]}`)
    expect(parseBlocks(`${full}\n`.repeat(100)).blocks.at(-1)).toMatchObject({
      actions: [],
      diagnostics: [{ code: 'too-many-diagnostics', severity: 'error' }],
    })
  })

  it('the defaults of a watch fit its schema', () => {
    expect(watchSchema.parse({ ...watchDefaults, requireFiles: [] })).toEqual(watchDefaults)
  })
})

const real = [
  job(
    '"command":"bash a.sh","watch":{"everySec":300,"tailLines":30,"thenTask":"Look at \\"a\\" in <LOG_PATH>","runTasks":true}',
  ),
  job('"command":"x","thenTask":"é\\u200b\\n","preflight":[{"type":"cmd_exit_zero","cmd":"a","timeoutSec":5}]'),
  '> [[relay-actions]]\n> ```jsonc\n> {"actions":[{"type":"job_watch","jobId":"a","watch":{"requireFiles":"../x"}},]}\n> ```\n> [[/relay-actions]]',
  job('"supervisor":{"runId":"r","stateFile":"s","smokeCmd":"a","fullCmd":"b","mode":"stage0_smoke_gate"}'),
]
const pieces = [
  ...['[[relay-actions]]', '[[/relay-actions]]', '```', '```json', '~~~', '`', '\n', '\r', '\r\n', '> ', '- ', '    '],
  ...['{', '}', '[', ']', ':', ',', '"', "'", '“', '”', '\\', '\\"', '\\u', '\\ud800', '/*', '//', '...', '…', ' '],
  ...[
    '"actions"',
    '"type"',
    '"job_start"',
    '"command"',
    '"watch"',
    '"preflight"',
    '"thenTask"',
    '"__proto__"',
    '"a<b_c>"',
  ],
  ...['1e999', '-', '00', '9'.repeat(400), 'null', 'True', 'İ', '\ud800', '\udc00', '\0', '\u202e', '\ufeff', '\u2028'],
]
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...pieces) },
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const mutated = fc
  .tuple(fc.constantFrom(...real), fc.array(fc.tuple(fc.nat(400), fc.nat(12), piece), { minLength: 1, maxLength: 5 }))
  .map(([text, edits]) =>
    edits.reduce((now, [at, length, newText]) => {
      const start = at % (now.length + 1)
      return now.slice(0, start) + newText + now.slice(start + length)
    }, text),
  )
const valid = fc.jsonValue({ maxDepth: 4 }).map((value) => block(JSON.stringify({ actions: [value] })))
const hostile = fc.oneof(
  { weight: 4, arbitrary: mutated },
  fc.tuple(fc.constantFrom('', 'İ', '\ufeff', 'İ\ud800\n'), mutated).map(([before, text]) => before + text),
  fc.array(piece, { maxLength: 60 }).map((parts) => parts.join('')),
  fc.array(piece, { maxLength: 60 }).map((parts) => block(parts.join(''))),
  valid,
)

function isInside(text: string, { start, end, fix }: Diagnostic): boolean {
  return [{ start, end }, fix ?? { start, end }].every(
    (at) => at.start >= 0 && at.start <= at.end && at.end <= text.length,
  )
}

/** Far beyond what any text here takes on a busy machine. */
const hangMs = 5_000

describe('any text', () => {
  it('is read without an exception, and every range lies inside it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const startedMs = performance.now()
        const { blocks, diagnostics } = parseBlocks(text)
        expect(performance.now() - startedMs).toBeLessThan(hangMs)
        for (const each of diagnostics) expect(isInside(text, each), each.code).toBe(true)
        for (const found of blocks) {
          for (const each of found.diagnostics) expect(isInside(text, each), each.code).toBe(true)
          expect(found.actionSpans).toHaveLength(found.actions.length)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('gives what JSON.parse gives where nothing is wrong with the JSON', () => {
    fc.assert(
      fc.property(mutated, (text) => {
        for (const found of parseBlocks(text).blocks) {
          if (
            found.context === 'quoted' ||
            found.diagnostics.some(({ code }) => /^(json|fence|block|root)-/.test(code))
          )
            continue
          const body = text
            .slice(found.start, found.end)
            .replace(/^\[\[[^]*?\]\]\s*(?:```(?:json)?)?|(?:```)?\s*\[\[[^[]*$/gi, '')
          expect(() => JSON.parse(body.trim()) as unknown, body).not.toThrow()
        }
      }),
      { numRuns: 2000 },
    )
  })

  const mega = 1_000_000
  const fill = (part: string): string => part.repeat(Math.ceil(mega / part.length)).slice(0, mega)
  const fillBlocks = (text: string): string => fill(`${text}\n`)
  const manyKeys = Array.from({ length: 1900 }, (_, index) => `"k${index}":1`).join()
  it.each([
    ['opening markers in a line', fill('[[relay-actions]]')],
    ['opening markers in lines', fill('[[relay-actions]]\n')],
    ['closing markers', fill('[[/relay-actions]]\n')],
    ['compact openings', fill('[[relay-actions]]{')],
    ['backticks', `${fill('`')}${real[0] ?? ''}`],
    ['fence lines', `${fill('```\n')}${real[0] ?? ''}`],
    ['backticks and markers', fill('`[[relay-actions]]``')],
    ['list and quote signs', `${fill('> - ')}\n[[relay-actions]]`],
    ['blanks after a marker', `a [[relay-actions]]\n\`\`\`${fill(' ')}x`],
    ['quote signs after a marker', `a [[relay-actions]]\n${fill('>')}`],
    ['line breaks', `${fill('\n')}${real[0] ?? ''}`],
    ['a huge block', block(fill('{"a":['))],
    ['deep nesting', fillBlocks(block('['.repeat(19_000)))],
    ['escapes', fillBlocks(block(`{"actions":["${'\\d'.repeat(9000)}"]}`))],
    ['unknown keys', fillBlocks(block(`{"actions":[{"type":"task_run",${manyKeys}}]}`))],
    ['empty actions', fillBlocks(block(`{"actions":[${'{},'.repeat(63)}{}]}`))],
    ['wrong actions', fillBlocks(block(`{"actions":[${'{"type":"job_stop","jobId":1},'.repeat(63)}{}]}`))],
    ['placeholders', fillBlocks(job(`"command":"\\n${'<a_b> '.repeat(1900)}"`))],
    ['angle brackets', fillBlocks(job(`"command":"${'<a '.repeat(3900)}"`))],
    ['invisible characters', fillBlocks(job(`"command":"\\n${'\u200b'.repeat(11_000)}"`))],
    ['quotes and line breaks', fillBlocks(block(`{${'"\n'.repeat(9000)}}`))],
    ['valid actions', fillBlocks(block(`{"actions":[${'{"type":"task_run"},'.repeat(63)}{"type":"task_run"}]}`))],
    ['valid jobs', fillBlocks(real[0] ?? '')],
    ['comments', fillBlocks(block(`${'/* */'.repeat(3000)}{}`))],
  ])('a megabyte of %s is read, and does not hang', (_, text) => {
    // What is not linear takes minutes. How fast it is tells the benchmark, on a quiet machine.
    const startedMs = performance.now()
    parseBlocks(text)
    expect(performance.now() - startedMs).toBeLessThan(hangMs)
  })
})
