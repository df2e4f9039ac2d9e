// What an editor offers in a block: everything of the schema that fits, in JSON that is only half written.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BlockIndex } from '../../../src/core/blocks/blockIndex'
import { blockTemplates } from '../../../src/core/blocks/blockTemplates'
import { completionsAt, hoverAt, type Completion } from '../../../src/core/blocks/completeBlock'
import { blockJsonSchema } from '../../../src/core/blocks/jsonSchema'
import { parseBlocks } from '../../../src/core/blocks/parseBlocks'
import * as schema from '../../../src/core/blocks/schema'
import { applyEdits } from '../../../src/core/blocks/textEdit'
import { badText } from './badText'

const block = (body: string): string => `[[relay-actions]]\n${body}\n[[/relay-actions]]\n`
const action = (fields: string): string => block(`{"actions":[{${fields}}]}`)
/** The cursor is at `|`. */
const at = (marked: string) => [marked.replace('|', ''), marked.indexOf('|')] as const
const labels = (marked: string) => completionsAt(...at(marked)).map(({ label }) => label)
/** A snippet as a person leaves it who changes nothing. */
const plain = (snippet: string): string =>
  snippet
    .replace(/\$\{\d+\|([^,|]*)[^|]*\|\}/g, '$1')
    .replace(/\$\{\d+:((?:[^\\}]|\\.)*)\}/g, '$1')
    .replace(/\$\d+/g, '')
    .replace(/\\([$}\\])/g, '$1')
const accept = (text: string, { start, end, newText, isSnippet }: Completion): string =>
  applyEdits(text, [{ start, end, newText: isSnippet ? plain(newText) : newText }])

const watchKeys = Object.keys(schema.watchSchema.shape)
const startKeys = ['type', 'description', 'watch', 'preflight', 'queue', 'command', 'supervisor']

describe('completion', () => {
  it.each<[string, string, readonly string[]]>([
    ['keys of the block', block('{|}'), ['actions']],
    ['action types in the list', block('{"actions":[|]}'), schema.actionTypes.map((each) => `{"type": "${each}"}`)],
    ['keys of an action without a type', action('|'), startKeys],
    [
      'keys that are not there yet',
      action('"type":"job_start","command":"ls",|'),
      ['description', 'watch', 'preflight', 'queue'],
    ],
    ['keys that do not come later', action('|,"type":"task_add","text":"x"'), ['description']],
    ['keys of another action', action('"type":"job_stop",|'), ['jobId']],
    ['the key that is being typed', action('"type":"job_start","wat|'), startKeys.slice(1)],
    ['a key without quotes', action('"type":"job_stop",jo|'), ['jobId']],
    ['keys of a watch', action('"watch":{|}'), watchKeys],
    ['keys of a watch in a block without an end', '[[relay-actions]]\n{"actions":[{"watch":{"|', watchKeys],
    ['keys of a watch in a quote', '> [[relay-actions]]\n> {"actions":[{\n> "watch":{\n> |', watchKeys],
    ['keys of a watch in a fence', '[[relay-actions]]\n```json\n{"actions":[{"watch":{|', watchKeys],
    ['an action type', action('"type":|'), schema.actionTypes.map((each) => `"${each}"`)],
    ['an action type that is being typed', action('"type":"job|"'), schema.actionTypes.map((each) => `"${each}"`)],
    ['values of an enum', action('"watch":{"onMissing":|}'), ['"block"', '"enqueue"']],
    ['a boolean', action('"watch":{"runTasks":|}'), ['true', 'false']],
    ['a default', action('"watch":{"everySec":|}'), ['300']],
    ['nothing for a text', action('"command":"|"'), []],
    ['keys of a preflight', action('"preflight":{|}'), ['checks', 'onFail']],
    ['check types', action('"preflight":{"checks":[|'), schema.checkTypes.map((each) => `{"type": "${each}"}`)],
    ['keys of a check', action('"preflight":{"checks":[{"type":"cmd_exit_zero",|'), ['cmd', 'timeoutSec']],
    ['keys of a check, all of them', action('"preflight":[{|'), ['type', 'path', 'cmd', 'timeoutSec', 'gb']],
    ['templates on an empty line', 'prose\n|', blockTemplates.map(({ label }) => label)],
    ['templates for a marker that is being typed', 'prose\n[[rel|]]', blockTemplates.map(({ label }) => label)],
    ['nothing in prose', 'some prose|', []],
    ['nothing in what is not known', action('"x":{|}'), []],
  ])('offers %s', (_, marked, expected) => {
    expect(labels(marked)).toEqual(expected)
  })

  it('says type, default and meaning of a key, and writes it with what is missing around it', () => {
    const [text, offset] = at(action('"type":"job_start" | "command":"ls"'))
    const watch = completionsAt(text, offset).find(({ label }) => label === 'watch')
    expect(watch).toMatchObject({ kind: 'key', detail: 'object', newText: ', "watch": {$1\\}, ' })
    const every = completionsAt(...at(action('"watch":{"ev|"}')))[0]
    expect(every).toMatchObject({
      label: 'everySec',
      detail: 'whole number from 1 to 86400, default 300',
      doc: 'How often the job is looked at, in seconds.',
      newText: '"everySec": ${1:300}',
    })
  })

  it('replaces the word at the cursor and nothing else, and keeps a value that is there', () => {
    const [text, offset] = at(action('"type":"job_start","comm|":"ls"'))
    const [command] = completionsAt(text, offset).filter(({ label }) => label === 'command')
    expect(command && accept(text, command)).toBe(action('"type":"job_start","command":"ls"'))
  })

  it('takes no quote from the key that follows at once', () => {
    const [text, offset] = at(action('"type":"job_start","watch":{"on|"tailLines":3}'))
    const [missing] = completionsAt(text, offset).filter(({ label }) => label === 'onMissing')
    expect(missing && accept(text, missing)).toBe(
      action('"type":"job_start","watch":{"onMissing": "block", "tailLines":3}'),
    )
  })

  it.each(blockTemplates)('$label is a block without mistakes once it is filled in', ({ snippet }) => {
    const [found, ...others] = parseBlocks(plain(snippet)).blocks
    expect(others).toEqual([])
    expect(found?.actions).toMatchObject([{ type: 'job_start', watch: { runTasks: true } }])
    expect(found?.diagnostics.filter(({ code }) => code !== 'then-task-vague')).toEqual([])
  })

  it('of every key in an empty object is JSON', () => {
    for (const place of ['', '"watch":{|}', '"preflight":{"checks":[{|}]}', '"supervisor":{|}']) {
      const [text, offset] = at(action(place || '|'))
      for (const each of completionsAt(text, offset)) {
        const body = accept(text, each).split('\n').slice(1, -2).join('\n')
        expect(() => JSON.parse(body) as unknown, body).not.toThrow()
      }
    }
  })
})

describe('hover', () => {
  it.each([
    ['"watch":{"every|Sec":5}', 'everySec', '300'],
    ['"watch":{"everySec":|5}', 'everySec', '300'],
    ['"watch":{"onMissing":"enq|ueue"}', 'onMissing', '"block"'],
    ['"command":"ls |-l"', 'command', undefined],
    ['"preflight":{"checks":[{"type":"cmd_exit_zero","timeo|utSec":3}]}', 'timeoutSec', '30'],
  ])('over %s tells of %s', (marked, name, defaultJson) => {
    const [text, offset] = at(action(`"type":"job_start",${marked}`))
    const hover = hoverAt(text, offset)
    expect(hover).toMatchObject({ name, defaultJson })
    expect(hover?.doc).toMatch(/\.$/)
    expect(hover && hover.start <= offset && offset <= hover.end).toBe(true)
  })

  it('has nothing to say elsewhere', () => {
    expect(hoverAt('prose', 2)).toBeUndefined()
    expect(hoverAt(...at(action('"nonsense|":1')))).toBeUndefined()
    expect(hoverAt(...at(action('"constructor|":1')))).toBeUndefined()
  })
})

describe('at any place of any text', () => {
  it('nothing is thrown, and every range holds the cursor', () => {
    fc.assert(
      fc.property(badText, fc.double({ min: 0, max: 1, noNaN: true }), (text, share) => {
        const offset = Math.floor(share * text.length)
        const ranges = [...completionsAt(text, offset), hoverAt(text, offset)]
        for (const range of ranges.flatMap((each) => each ?? [])) {
          expect(range.start).toBeLessThanOrEqual(offset)
          expect(range.end).toBeGreaterThanOrEqual(offset)
          expect(range.end).toBeLessThanOrEqual(text.length)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('an index of blocks', () => {
  it('is answered what the whole text is', () => {
    fc.assert(
      fc.property(badText, fc.double({ min: 0, max: 1, noNaN: true }), (text, share) => {
        const offset = Math.floor(share * text.length)
        const index = new BlockIndex(text)
        expect(completionsAt(index, offset)).toEqual(completionsAt(text, offset))
        expect(hoverAt(index, offset)).toEqual(hoverAt(text, offset))
      }),
      { numRuns: 500 },
    )
  })
})

describe('the JSON Schema', () => {
  it('has every field with its meaning and default', () => {
    const text = JSON.stringify(blockJsonSchema())
    expect(text).toContain('"everySec":{"description":"How often the job is looked at, in seconds.","default":300')
    for (const key of [...watchKeys, ...startKeys, ...schema.checkTypes, ...schema.actionTypes])
      expect(text).toContain(`"${key}"`)
  })

  it('is not the schema of a parser that fills in defaults: what a block says stays what it says', () => {
    expect(schema.watchSchema.parse({})).toEqual({})
    expect(schema.commandJobSchema.parse({ type: 'job_start', command: 'ls' })).toEqual({
      type: 'job_start',
      command: 'ls',
    })
  })
})
