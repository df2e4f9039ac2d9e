// Text of others in the chat is shown, and does nothing.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeMarkdown, fence, withoutImages } from '../../../src/core/chat/chatMarkdown'

describe('escapeMarkdown', () => {
  it.each([
    ['[x](command:relay.stopJob)', '\\[x\\]\\(command\\:relay\\.stopJob\\)'],
    ['a|b\nc', 'a\\|b c'],
    ['<img src=x> & $x$', '\\<img src\\=x\\> \\& \\$x\\$'],
    ['\u202eevil', '\\\\u\\{202e\\}evil'],
    ['ünïcode 12', 'ünïcode 12'],
  ])('of %j is %j', (text, markdown) => expect(escapeMarkdown(text)).toBe(markdown))

  it('leaves no punctuation that is not escaped, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeMarkdown(text).replace(/\\[!-/:-@[-`{-~]/g, '')).not.toMatch(/[!-/:-@[-`{-~\n]/)
      }),
    )
  })
})

describe('fence', () => {
  it('is longer than every run of backticks inside', () => {
    expect(fence('a')).toBe('```text\na\n```')
    expect(fence('```\n````x')).toBe('`````text\n```\n````x\n`````')
  })

  it('is closed by its own last line and by none before, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('`', '```', '````', '\n', '\r', 'a', '~~~')), (parts) => {
        const [first = '', ...lines] = fence(parts.join('')).split('\n')
        const ticks = first.slice(0, -'text'.length)
        expect(lines.findIndex((line) => line.trim().startsWith(ticks))).toBe(lines.length - 1)
      }),
    )
  })
})

it('images of a model are no images', () => {
  expect(withoutImages('a ![x](https://example.org/?q=1) <img src=y> [z](w)')).toBe(
    'a \\![x](https://example.org/?q=1) \\<img src=y> [z](w)',
  )
})
