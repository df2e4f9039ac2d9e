// Where blocks are, and in what surroundings.
import { describe, expect, it } from 'vitest'
import { findBlocks } from '../../../src/core/blocks/findBlocks'
import { findPlaceholders } from '../../../src/core/blocks/placeholder'
import { lineColumnAt } from '../../../src/core/blocks/position'
import { renderCheckJson } from '../../../src/core/blocks/renderCheck'

const json = '{"actions":[{"type":"task_run"}]}'
const lines = `[[relay-actions]]\n${json}\n[[/relay-actions]]`
const compact = `[[relay-actions]]${json}[[/relay-actions]]`
const quoted = lines.replace(/^/gm, '> ')

const surroundings: readonly (readonly [string, text: string, contexts: readonly string[]])[] = [
  ['on its own lines', lines, ['plain']],
  ['in another letter case', '[[RELAY-Actions]]\n{}\n[[/Relay-ACTIONS]]', ['plain']],
  ['after letters that change their length in lower case', `İİİ\n${lines}`, ['plain']],
  ['after a byte order mark', `\ufeff${lines}`, ['plain']],
  ['indented a little', `  ${lines}`, ['plain']],
  ['in a list', `- ${lines}`, ['plain']],
  ['in a numbered list', `12. ${lines}`, ['plain']],
  ['with carriage returns', lines.replace(/\n/g, '\r'), ['plain']],
  ['in the compact form, after prose', `Start: ${compact} now`, ['plain']],
  ['in the compact form, with a fence', `[[relay-actions]] \`\`\`json\n${json}\n\`\`\`\n[[/relay-actions]]`, ['plain']],
  ['twice in a line', `${compact} ${compact}`, ['plain', 'plain']],
  ['in a quote', quoted, ['quoted']],
  ['in a quote, compact', `> so: ${compact}`, ['quoted']],
  ['in a fence', `\`\`\`text\n${lines}\n\`\`\``, ['fenced']],
  ['in a tilde fence', `~~~\n${lines}\n~~~`, ['fenced']],
  ['in a long fence that holds a short one', `\`\`\`\`md\n\`\`\`\n\`\`\`\n${lines}\n\`\`\`\``, ['fenced']],
  ['in a fence that only looks closed', `\`\`\`\n    \`\`\`\n~~~\n> \`\`\`\n${lines}`, ['fenced']],
  ['in a fence that is never closed', `\`\`\`\ntext\n${lines}`, ['fenced']],
  ['in a fence in a quote', `> \`\`\`\n${quoted}`, ['fenced']],
  ['after a fence that ended with its quote', `> \`\`\`\n\n${lines}`, ['plain']],
  ['after a fence', `\`\`\`sh\nls\n\`\`\`\n${lines}`, ['plain']],
  [
    'after a block with a fence of its own',
    `${lines.replace(json, `\`\`\`\n${json}\n\`\`\``)}\n${lines}`,
    ['plain', 'plain'],
  ],
  ['in inline code', `Write \`${compact}\` so.`, ['fenced']],
  ['in inline code of two backticks', `Write \`\`a \` ${compact}\`\``, ['fenced']],
  ['after inline code', `See \`a\`, then ${compact}`, ['plain']],
  ['indented as code', `text\n\n    ${lines}`, ['fenced']],
  ['mentioned in prose', 'one [[relay-actions]] block\n[[relay-actions]] is it\n[[relay-actions]] [x](y)', []],
  ['with a body that mentions the marker', lines.replace('task_run', 'a [[relay-actions]] b'), ['plain']],
]

describe('a block', () => {
  it.each(surroundings)('%s', (_, text, contexts) => {
    const { spans } = findBlocks(text)
    expect(spans.map(({ context }) => context)).toEqual(contexts)
    for (const { start, end, bodyStart, bodyEnd } of spans) {
      expect(text.slice(start, bodyStart)).toMatch(/^\[\[relay-actions\]\]$/i)
      expect(text.slice(bodyEnd, end)).toMatch(/^\[\[\/relay-actions\]\]$/i)
    }
  })
})

describe('a placeholder', () => {
  it.each([
    ['python train.py --config <config>', ['<config>']],
    ['tail <run_dir>/train.log <LOG_PATH>', ['<run_dir>', '<LOG_PATH>']],
    ['<non-interactive shell command>', ['<non-interactive shell command>']],
    ['--run-id <run_id> -- <train/eval command>', ['<run_id>', '<train/eval command>']],
    ['--dir=<OUTPUT> r<run_id>_x', ['<OUTPUT>', '<run_id>']],
    ['cat <path/to/file>', ['<path/to/file>']],
    ['sort <in.txt >out.txt', []],
    ['sort <in_a.txt>out.txt', []],
    ['while read x; do echo $x; done <my_list.txt 2>&1', []],
    ['cat <<EOF\na\nEOF', []],
    ['cat <<END_OF_FILE>out', []],
    ['diff <(sort a_b) >(cat c_d)', []],
    ['<s> <pad> <eos> <PAD> <|im_start|> <start_of_turn> <extra_id_0>', []],
    ['<div> <b>x</b> <br/> <img src="a b"> <my-tag>x</my-tag>', []],
    ['awk "a<b and c>d"', []],
    ['if (a <b && c> d)', []],
    ['Ada Lovelace <ada@uni-x.org> <https://a-b.org/c_d>', []],
    ["grep -P '(?<name>x)|(?P<run_id>y)|\\<foo_bar\\>'", []],
  ])('in %s', (text, expected) => {
    expect(Array.from(findPlaceholders(text), ({ start, end }) => text.slice(start, end))).toEqual(expected)
  })
})

describe('the end of an answer', () => {
  const codes = (text: string) => findBlocks(text).diagnostics.map(({ code }) => code)
  it.each([
    ['is missing after the block that a text ends with', `Started.\n${lines}\n`, ['task-done-missing']],
    ['may say that it is done', `${lines}\n[[task:done]]`, []],
    ['may say that it is blocked, in any letter case', `${lines}\n[[Task:Blocked]]\n`, []],
    ['counts only after the last block', `[[task:done]]\n${lines}`, ['task-done-missing']],
    ['is nothing that a document has', `${lines}\n\nWe expect much of it.`, []],
    ['is nothing that an example has', `\`\`\`\n${lines}`, []],
  ])('%s', (_, text, expected) => expect(codes(text)).toEqual(expected))
})

describe('positions', () => {
  it('count lines and columns from one, whatever ends a line', () => {
    const text = 'a\nb\r\nc\rİd'
    const at = lineColumnAt(text)
    const positions = Array.from({ length: text.length + 1 }, (_, offset) => at(offset))
    expect(positions.map(({ line, column }) => `${line}:${column}`)).toEqual([
      '1:1',
      '1:2',
      '2:1',
      '2:2',
      '2:3',
      '3:1',
      '3:2',
      '4:1',
      '4:2',
      '4:3',
    ])
  })

  it('are what a check prints', () => {
    expect(renderCheckJson(`see [[relay-actions]].\n${lines.replace('task_run', 'task_ran')}`)).toEqual({
      blocks: [
        {
          line: 2,
          column: 1,
          actions: [],
          diagnostics: [
            {
              code: 'unknown-action',
              severity: 'error',
              message: 'There is no action "task_ran". Did you mean "task_run"?',
              line: 3,
              column: 21,
              endLine: 3,
              endColumn: 31,
            },
          ],
        },
      ],
      diagnostics: [
        expect.objectContaining({ code: 'marker-mentioned', line: 1, column: 5, endLine: 1, endColumn: 22 }),
      ],
    })
  })
})
