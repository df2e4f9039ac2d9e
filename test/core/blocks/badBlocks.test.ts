// Bad blocks made by hand, in test/fixtures/blocks/bad: after each stands what is said about it: code, place, reason, fix.
// After a change of words: RELAY_UPDATE=1 npx vitest run test/core/blocks/badBlocks.test.ts, and read what git shows.
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { diagnosticCodes, type Diagnostic } from '../../../src/core/blocks/diagnostic'
import { diagnosticsOf } from '../../../src/core/blocks/fixAll'
import { lineColumnAt } from '../../../src/core/blocks/position'
import { parseBlocks } from '../../../src/core/blocks/parseBlocks'
import { startableAction } from '../../../src/core/blocks/startableAction'
import { applyEdits } from '../../../src/core/blocks/textEdit'

const folder = new URL('../../fixtures/blocks/bad/', import.meta.url)

interface Case {
  readonly title: string
  /** As in the file: `⟦U+200B⟧` is a character, `⟦"ab"*30⟧` is a text thirty times. */
  readonly shown: string
  readonly expected: string
}

const topics = fs.readdirSync(folder).map((name) => {
  const file = path.join(folder.pathname, name)
  const cases = fs
    .readFileSync(file, 'utf8')
    .split(/^=== /m)
    .slice(1)
    .map((part): Case => {
      const [title = '', ...lines] = part.split('\n')
      const end = lines.indexOf('---')
      return {
        title,
        shown: lines.slice(0, end).join('\n'),
        expected: lines
          .slice(end + 1)
          .join('\n')
          .trim(),
      }
    })
  return { name, file, cases }
})
const codeOf = ({ title }: Case): string => title.replace(/:.*/, '')

function textOf(shown: string): string {
  return shown
    .replace(/⟦("(?:[^"\\]|\\.)*")\*(\d+)⟧/g, (_, part: string, count: string) =>
      (JSON.parse(part) as string).repeat(Number(count)),
    )
    .replace(/⟦U\+([\dA-F]+)⟧/g, (_, hex: string) => String.fromCodePoint(parseInt(hex, 16)))
}

/** One line, short, with nothing that cannot be seen. */
function show(text: string): string {
  const clipped = text.length > 70 ? `${text.slice(0, 45)}…${text.slice(-20)}` : text
  return JSON.stringify(clipped).replace(
    /[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u00a0\u3000]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

/** Errors and warnings, and of the advice what the case is about. */
function render(text: string, code: string): string {
  const positionOf = lineColumnAt(text)
  const place = (offset: number) => `${positionOf(offset).line}:${positionOf(offset).column}`
  const found = diagnosticsOf(text).filter((each) => each.severity !== 'hint' || each.code === code)
  const own = found.filter((each) => each.code === code).slice(0, 4)
  const others = found.filter((each) => each.code !== code).slice(0, 3)
  return [...own, ...others]
    .sort((a, b) => a.start - b.start)
    .map(({ severity, code: name, start, end, message, fix }) => {
      const head = `${severity} ${name} ${place(start)}-${place(end)} ${show(text.slice(start, end))}\n  ${message}`
      if (!fix) return head
      const verb = fix.isGuess === true ? 'may fix' : 'fix'
      return `${head}\n  ${verb}: ${show(fix.title).slice(1, -1)}: ${place(fix.start)} ${show(text.slice(fix.start, fix.end))} → ${show(fix.newText)}`
    })
    .join('\n')
}

if (process.env['RELAY_UPDATE'] === '1')
  for (const { file, cases } of topics)
    fs.writeFileSync(
      file,
      cases
        .map((each) => `=== ${each.title}\n${each.shown}\n---\n${render(textOf(each.shown), codeOf(each))}\n`)
        .join('\n'),
    )

describe.each(topics)('bad $name', ({ cases }) => {
  it.each(cases)('$title', (each) => {
    const text = textOf(each.shown)
    const code = codeOf(each)
    const rendered = render(text, code)
    if (process.env['RELAY_UPDATE'] !== '1') expect(rendered).toBe(each.expected)

    const found = diagnosticsOf(text).filter((diagnostic) => diagnostic.code === code)
    expect(found.length, 'the case shows what its title says').toBeGreaterThan(0)
    for (const diagnostic of found.slice(0, 5)) expectRepaired(text, diagnostic)
    if (found.some(({ severity }) => severity === 'error'))
      for (const block of parseBlocks(text).blocks)
        if (block.diagnostics.some((diagnostic) => diagnostic.code === code))
          expect(() => startableAction(block)).toThrow('cannot be started')
  })
})

function expectRepaired(text: string, { code, message, start, end, fix }: Diagnostic): void {
  expect(message).toMatch(/^[A-Za-z"'].*[.?]$/)
  expect(start <= end && end <= text.length).toBe(true)
  if (!fix) return
  const before = diagnosticsOf(text).filter((each) => each.code === code).length
  const after = diagnosticsOf(applyEdits(text, [fix])).filter((each) => each.code === code).length
  expect(after, `"${fix.title}" leaves fewer of these than there were`).toBeLessThan(before)
}

describe('the bad blocks', () => {
  const all = topics.flatMap(({ cases }) => cases)

  it('are at least 150, each another text', () => {
    expect(all.length).toBeGreaterThanOrEqual(150)
    expect(new Set(all.map(({ title }) => title)).size).toBe(all.length)
  })

  it('know every code there is', () => {
    const known = new Set(all.map(codeOf))
    expect(diagnosticCodes.filter((code) => !known.has(code))).toEqual([])
  })
})
