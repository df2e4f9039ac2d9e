import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DocumentEdit } from '../../../src/core/documents/documentEdit'
import { appendOnce } from '../../../src/store/documents/appendOnce'

const entry: DocumentEdit = {
  kind: 'append_once',
  header: '# Log\n',
  text: `\n## entry with a long enough beginning to be told apart\n\ntext\n\n<!-- end 1 -->\n`,
  marker: '<!-- end 1 -->',
}
let folder: string
let file: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-append-'))
  file = path.join(folder, 'HANDOFF_LOG.md')
})
afterEach(() => fs.rmSync(folder, { recursive: true }))
const read = () => fs.readFileSync(file, 'utf8')

test('an entry is appended once, however often it is asked for', () => {
  appendOnce(file, folder, entry)
  appendOnce(file, folder, entry)
  expect(read()).toBe(entry.header + entry.text)
})

test("a person's own text is kept byte for byte", () => {
  const own = Buffer.from([0xef, 0xbb, 0xbf, ...Buffer.from('mine\r\n\xff no newline at the end', 'latin1')])
  fs.writeFileSync(file, own)
  appendOnce(file, folder, entry)
  expect(fs.readFileSync(file).subarray(0, own.length).equals(own)).toBe(true)
})

test('an entry that was cut by a crash at any byte is completed, not doubled', () => {
  const whole = `before\n${entry.text}`
  for (let length = 'before\n'.length; length <= whole.length; length++) {
    fs.writeFileSync(file, whole.slice(0, length))
    appendOnce(file, folder, entry)
    // A piece too short to be told from other text stays, and the whole entry follows it.
    expect(read().split(entry.marker).length).toBe(2)
    if (length > 60) expect(read().trimEnd()).toBe(whole.trimEnd())
    else expect(read().endsWith(entry.text)).toBe(true)
  }
})

test('an entry begins on a line of its own and has the line ends of the document', () => {
  for (const [before, after] of [
    ['# Mine\r\nlast', `\r\n${entry.text.replaceAll('\n', '\r\n')}`],
    ['# Mine\r\n', entry.text.replaceAll('\n', '\r\n')],
    ['last \xe9', `\n${entry.text}`],
  ] as const) {
    fs.writeFileSync(file, before, 'latin1')
    appendOnce(file, folder, entry)
    appendOnce(file, folder, entry)
    expect(fs.readFileSync(file, 'latin1')).toBe(before + after)
  }
})

test('an entry with letters beyond ASCII is found again, and a cut within a letter is completed', () => {
  const text = `\n## Überblick: größer als vierzig Bytes, damit es zählt — ${'€'.repeat(20)}\n<!-- ende ü -->\n`
  const german: DocumentEdit = { ...entry, text, marker: '<!-- ende ü -->' }
  const whole = Buffer.from(`# Log\n${text}`)
  for (let length = 60; length <= whole.length; length++) {
    fs.writeFileSync(file, whole.subarray(0, length))
    appendOnce(file, folder, german)
    appendOnce(file, folder, german)
    // The last newline is behind the marker, by which the entry is known.
    expect(read().trimEnd()).toBe(whole.toString().trimEnd())
  }
})

test('a link that leads out of the workspace is not followed', () => {
  const outside = path.join(os.tmpdir(), `${path.basename(folder)}-outside`)
  fs.writeFileSync(outside, 'keep')
  fs.symlinkSync(outside, file)
  expect(() => appendOnce(file, folder, entry)).toThrow('leads out of the workspace')
  expect(fs.readFileSync(outside, 'utf8')).toBe('keep')
  fs.rmSync(outside)
})
