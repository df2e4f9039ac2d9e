import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type DocumentEdit, missingAtEnd } from '../../../src/core/documents/documentEdit'

const edit: DocumentEdit = {
  kind: 'append_once',
  header: '# Log\n',
  text: '\n## an entry that is long enough to be told apart\n\n<!-- end 1 -->\n',
  marker: '<!-- end 1 -->',
}
const inCrlf = (text: string) => text.replaceAll('\n', '\r\n')

describe('what is put at the end of a document', () => {
  test.each([
    ['that is empty: the header comes first', '', edit.header + edit.text],
    ['with text', 'mine\n', edit.text],
    ['without a last newline', 'mine', `\n${edit.text}`],
    ['with CRLF', 'mine\r\n', inCrlf(edit.text)],
    ['with CRLF and without a last one', 'mine\r\nlast', inCrlf(`\n${edit.text}`)],
    ['whose first line ends with LF, later ones with CRLF', 'a\nb\r\n', edit.text],
    ['that has the entry', `mine\n${edit.text}`, ''],
    ['that has the entry with text behind it', `mine\n${edit.text}more\n`, ''],
    ['that has the entry in CRLF', `mine\r\n${inCrlf(edit.text)}`, ''],
    ['that has half of the entry', `mine\n${edit.text.slice(0, 45)}`, edit.text.slice(45)],
    ['that has half of the entry in CRLF', `mine\r\n${inCrlf(edit.text).slice(0, 50)}`, inCrlf(edit.text).slice(50)],
    ['that has too little of the entry to be sure', 'mine\n\n## an entry', `\n${edit.text}`],
  ])('%s', (_, text, missing) => {
    expect(missingAtEnd(text, edit)).toBe(missing)
  })
})

/** Pieces of documents: a person's, and our own in any state. */
const piece = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\n', '\r\n', '\r', edit.header, '## an entry'),
  fc.nat(edit.text.length).map((length) => edit.text.slice(0, length)),
)
const document = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))

test('whatever the document is, it keeps every character, has the entry once, and is not changed again', () => {
  fc.assert(
    fc.property(document, (text) => {
      const count = (of: string) => of.split(edit.marker).length - 1
      const after = text + missingAtEnd(text, edit)
      expect(count(after)).toBe(Math.max(1, count(text)))
      expect(missingAtEnd(after, edit)).toBe('')
    }),
    { numRuns: 2000 },
  )
})

test('wherever a crash cuts the entry, what is there afterwards is the entry once', () => {
  fc.assert(
    fc.property(fc.constantFrom('\n', '\r\n'), fc.nat(edit.text.length), (lineEnd, length) => {
      const entry = edit.text.replaceAll('\n', lineEnd)
      const torn = `mine${lineEnd}${entry.slice(0, length)}`
      const after = torn + missingAtEnd(torn, edit)
      expect(after.split(edit.marker).length - 1).toBe(1)
      if (length >= 40) expect(after.trimEnd()).toBe(`mine${lineEnd}${entry}`.trimEnd())
    }),
  )
})
