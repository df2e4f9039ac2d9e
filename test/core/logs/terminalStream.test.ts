import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TerminalStream } from '../../../src/core/logs/terminalStream'

const esc = '\u001b'

const passing: readonly (readonly [name: string, text: string])[] = [
  ['plain text', 'epoch 1\tloss 0.5 — é 漢 😀 👩\u200d💻'],
  ['line ends of the terminal', 'a\r\nb\r\n'],
  ['a progress bar', '\r10%|#  |\r50%|## |\r'],
  ['a spinner', '|\b/\b-\b'],
  ['colours', `${esc}[1;31mred${esc}[0m ${esc}[38;2;1;2;3mtrue${esc}[4:3mcurly${esc}[m`],
  [
    'cursor moves',
    'A B C D E F G H f d'
      .split(' ')
      .map((final) => `${esc}[2;3${final}${esc}[${final}`)
      .join(''),
  ],
  ['erases and edits', `${esc}[J${esc}[0J${esc}[1J${esc}[2J${esc}[2K${esc}[4P${esc}[4X${esc}[4@`],
  ['scrolls and lines', `${esc}[3S${esc}[3T${esc}[3L${esc}[99M`],
  ['saved positions', `${esc}7${esc}8${esc}[s${esc}[u`],
  ['cursor visibility', `${esc}[?25l${esc}[?25h`],
]

const changed: readonly (readonly [name: string, text: string, shown: string])[] = [
  ['a line feed returns, too', 'a\nb\n\nc', 'a\r\nb\r\n\r\nc'],
  ['a return and a line feed are one line end, whatever was dropped between', `a\r${esc}[c\nb`, 'a\r\nb'],
  ['the clipboard (OSC 52) is out of reach', `a${esc}]52;c;aGk=\u0007b`, 'ab'],
  ['a link (OSC 8) leaves its text', `${esc}]8;;http://x${esc}\\text${esc}]8;;${esc}\\`, 'text'],
  ['shell integration goes', `a${esc}]633;A\u0007b${esc}]133;D;0\u0007c${esc}]1337;File=:x\u0007d`, 'abcd'],
  ['titles go', `${esc}]0;rm -rf\u0007${esc}]2;x\u009cls`, 'ls'],
  ['DCS, APC, PM and SOS go', `a${esc}P+q544e${esc}\\b${esc}_G;x${esc}\\c${esc}^x${esc}\\d${esc}Xx${esc}\\e`, 'abcde'],
  ['8-bit controls lose their power', 'a\u009b31mb\u009d0;x\u0090c\u0085d', 'a31mb0;xcd'],
  [
    'questions to the device go',
    'c n x t q'
      .split(' ')
      .map((final) => `${esc}[6${final}${esc}[>${final}`)
      .join(''),
    '',
  ],
  ['questions about modes, keys and graphics go', `${esc}[?u${esc}[?1;1;0S${esc}[>4;2m${esc}[?4m${esc}[?25$p`, ''],
  ['private modes go', [1049, 47, 1000, 1006, 2004, 2026].map((mode) => `${esc}[?${mode}h`).join(''), ''],
  ['a mode hidden behind an allowed one goes', `${esc}[?25;1049hx`, 'x'],
  ['a full and a soft reset go', `a${esc}cb${esc}[!pc`, 'abc'],
  ['the scroll-back is not wiped', `a${esc}[3Jb${esc}[03Jc${esc}[3;1Jd${esc}[?3Je`, 'abcde'],
  ['a scroll that would hold up the emulator goes', `a${esc}[2147483647Sb${esc}[100Lc`, 'abc'],
  ['scroll regions and other finals go', `${esc}[1;2r${esc}[4h${esc}[5b${esc}[ q${esc}[2 @x`, 'x'],
  ['charsets and keypad modes go', `${esc}(0${esc})B${esc}=${esc}#8${esc}%Gx`, 'x'],
  ['bells and other controls go', 'a\u0000\u0007\u000b\u000c\u000e\u000f\u007fb', 'ab'],
  ['characters that reorder text go', 'a\u202a\u202eb\u2066\u2069c', 'abc'],
  ['a broken sequence ends where it breaks', `${esc}[12é${esc}é${esc}[1\n`, 'éé\r\n'],
  ['a sequence in a sequence begins anew', `${esc}[1${esc}[32mx${esc}${esc}[my`, `${esc}[32mx${esc}[my`],
  ['a string that is not ended ends with its line', `a${esc}]0;title\nnext`, 'a\r\nnext'],
  ['a string that is not ended ends at the next sequence', `${esc}]0;title${esc}[31mred`, `${esc}[31mred`],
  ['a cancelled string is over', `${esc}]0;title\u0018text`, 'text'],
]

/** What the text becomes when it comes in these pieces. */
function filter(...chunks: readonly string[]): string {
  const stream = new TerminalStream()
  return chunks.map((chunk) => stream.write(chunk)).join('')
}

/** Texts in which sequences are frequent. */
const terminalText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        esc,
        `${esc}[`,
        `${esc}]`,
        `${esc}P`,
        `${esc}\\`,
        '\u0007',
        '\r',
        '\n',
        '\u009b',
        '?25',
        ';',
        '3J',
      ),
      fc.constantFrom(...passing.map(([, text]) => text), ...changed.map(([, text]) => text)),
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.string({ maxLength: 8 }),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''))

describe('TerminalStream', () => {
  it.each(passing)('passes %s', (_name, text) => {
    expect(filter(text)).toBe(text)
  })

  it.each(changed)('%s', (_name, text, shown) => {
    expect(filter(text)).toBe(shown)
  })

  it('gives the same in whatever chunks the text comes', () => {
    fc.assert(
      fc.property(terminalText, fc.array(fc.nat({ max: 12 }), { minLength: 1 }), (text, sizes) => {
        const chunks: string[] = []
        for (let at = 0, turn = 0; at < text.length; turn++) {
          const size = Math.max(1, sizes[turn % sizes.length] ?? 1)
          chunks.push(text.slice(at, at + size))
          at += size
        }
        expect(filter(...chunks)).toBe(filter(text))
        expect(filter(...text.split(''))).toBe(filter(text))
      }),
    )
  })

  it('gives out no sequence and no control but the allowed ones, whatever comes', () => {
    const sequences = /\u001b(\[[0-9;:]*[A-HJKSTLMPX@fdsum]|\[\?25[hl]|[78])/g
    fc.assert(
      fc.property(terminalText, (text) => {
        const shown = filter(text)
        expect(shown).not.toMatch(/\u001b[\]P_^X]|[\u0080-\u009f]/)
        expect(shown.replace(sequences, '')).not.toMatch(/[\u0000-\u0007\u000b\u000c\u000e-\u001f\u007f-\u009f]/)
        expect(shown).not.toMatch(/(^|[^\r])\n|[\u202a-\u202e\u2066-\u2069]/)
        expect(filter(shown)).toBe(shown)
      }),
    )
  })

  it('lets a string or a sequence without an end swallow only so much', () => {
    expect(filter(`${esc}]0;${'x'.repeat(100_000)}`, 'the end')).toBe(`${'x'.repeat(100_000 - 65_536 + 2)}the end`)
    expect(filter(`${esc}[${'1'.repeat(1_000)}`, 'm')).toBe(`${'1'.repeat(1_000 - 254)}m`)
  })

  it('holds back no more than an unfinished sequence', () => {
    const stream = new TerminalStream()
    for (let chunk = 0; chunk < 300; chunk++) stream.write(`${esc}]${'x'.repeat(1_000)}`)
    for (let chunk = 0; chunk < 300; chunk++) stream.write(`${esc}[${';'.repeat(1_000)}`)
    expect(JSON.stringify(stream).length).toBeLessThan(1_000)
  })

  it('takes linear time on texts made to be slow', () => {
    for (const unit of [`${esc}]`, `${esc}[`, `${esc}[1;`, '\r', '\n', `${esc}P${esc}`, 'a\u0000', `${esc}[0m`]) {
      const started = performance.now()
      filter(unit.repeat(300_000))
      expect(performance.now() - started).toBeLessThan(5_000)
    }
  })
})
