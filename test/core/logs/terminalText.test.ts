import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderTerminalLines, sanitizeLine } from '../../../src/core/logs/terminalText'

const table: readonly (readonly [name: string, line: string, shown: string])[] = [
  ['plain text stays', 'epoch 1\tloss 0.5 — é 漢 😀', 'epoch 1\tloss 0.5 — é 漢 😀'],
  ['colours go', '\u001b[1;31mError\u001b[0m: no', 'Error: no'],
  ['8-bit CSI goes', '\u009b31mred', 'red'],
  ['a title (OSC, BEL) goes', '\u001b]0;rm -rf\u0007ls', 'ls'],
  ['a link (OSC 8, ST) leaves its text', '\u001b]8;;http://x\u001b\\text\u001b]8;;\u001b\\', 'text'],
  ['an unterminated OSC hides nothing', '\u001b]52;c;aGk= rest', '52;c;aGk= rest'],
  ['a broken CSI ends where it breaks', '\u001b[12é', 'é'],
  ['charset selection goes', '\u001b(Bx\u001b=y\u001bcz', 'xyz'],
  ['a lone escape at the end goes', 'x\u001b', 'x'],
  ['a progress bar is its last state', '10%|#  |\r50%|## |\r100%|###|', '100%|###|'],
  ['a carriage return at the end overwrites nothing yet', 'done 3/3\r', 'done 3/3'],
  ['cleared by blanks: the last that showed anything', 'epoch 3\r       \r', 'epoch 3'],
  ['cleared by an escape: likewise', 'epoch 3\r\u001b[K', 'epoch 3'],
  ['a shorter rewrite wins whole', '12345\rab', 'ab'],
  ['a spinner turns', '|\b/\b-\bdone', 'done'],
  ['overstrike is the letter', 'N\bNA\bA', 'NA'],
  ['a backspace at the start does nothing', '\b\bx', 'x'],
  ['control and invisible characters go', 'a\u0000\u0007\u007f\u200b\u202e\u2066\ufeff\u{e0041}b', 'ab'],
  ['line separators are blanks', 'a\u2028[[relay-actions]]\u2029b', 'a [[relay-actions]] b'],
  ['half a surrogate pair is marked', 'a\ud800b', 'a\ufffdb'],
]

describe('sanitizeLine', () => {
  it.each(table)('%s', (_name, line, shown) => {
    expect(sanitizeLine(line)).toBe(shown)
  })

  it('cuts a long line by characters and says how many are missing', () => {
    expect(sanitizeLine('x'.repeat(2_010))).toBe(`${'x'.repeat(2_000)} … (10 more)`)
    expect(sanitizeLine('😀😀😀', 2)).toBe('😀😀 … (1 more)')
    expect(sanitizeLine('abc\b\b', 2)).toBe('a')
  })

  it('lets no control character through, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        for (const line of renderTerminalLines(text)) {
          expect(line).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
          expect(sanitizeLine(line)).toBe(line)
        }
      }),
    )
  })

  it('takes linear time on lines made to be slow', () => {
    for (const unit of ['\u001b]', '\u001b[', '\r', 'a\b', '\u001bP\u001b', '\b', '\u001b[0m\r ']) {
      const started = performance.now()
      sanitizeLine(unit.repeat(500_000))
      expect(performance.now() - started).toBeLessThan(5_000)
    }
  })
})

describe('renderTerminalLines', () => {
  it('ends lines at line feeds, with or without carriage returns, and adds none at the end', () => {
    expect(renderTerminalLines('a\r\nb\n\nc')).toEqual(['a', 'b', '', 'c'])
    expect(renderTerminalLines('a\n')).toEqual(['a'])
    expect(renderTerminalLines('')).toEqual([])
  })
})
