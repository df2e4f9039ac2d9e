import fs from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseInline, parseReport, type ReportNode, type ReportText } from '../../../src/core/followUps/reportNodes'

function plain(text: ReportText): string {
  return text.map((one) => ('text' in one ? one.text : plain(one.parts))).join('')
}

function texts(node: ReportNode): readonly ReportText[] {
  switch (node.kind) {
    case 'heading':
    case 'paragraph':
      return [node.text]
    case 'list':
      return node.items
    case 'table':
      return [...node.head, ...node.rows.flat()]
    case 'code':
      return [[{ kind: 'text', text: node.text }]]
    case 'rule':
      return []
  }
}

describe('parseReport', () => {
  it.each(fs.readdirSync('test/fixtures/followUps'))('finds the parts of %s', (name) => {
    const markdown = fs.readFileSync(`test/fixtures/followUps/${name}`, 'utf8')
    const nodes = parseReport(markdown)
    const headings = nodes.flatMap((node) => (node.kind === 'heading' ? [plain(node.text)] : []))
    let fenced = false
    const outside = markdown.split('\n').filter((line) => {
      if (/^`{3,}/.test(line)) fenced = !fenced
      return !fenced
    })
    expect(headings).toEqual(outside.flatMap((line) => /^## (.*)/.exec(line)?.[1] ?? []))
    const rows = nodes.flatMap((node) => (node.kind === 'table' ? [node.rows.length + 2] : []))
    expect(rows.reduce((a, b) => a + b, 0)).toBe(outside.filter((line) => line.startsWith('|')).length)
  })

  it('leaves HTML and links the text they are', () => {
    const nodes = parseReport('<img src=x onerror=alert(1)> [click](command:evil)')
    expect(nodes).toEqual([
      { kind: 'paragraph', text: [{ kind: 'text', text: '<img src=x onerror=alert(1)> [click](command:evil)' }] },
    ])
  })

  it('reads marks within marks, and takes back what a backslash says', () => {
    expect(parseInline('**Failed: `x**` in \\*y\\*** and _z_, not a_b_c')).toEqual([
      {
        kind: 'strong',
        parts: [
          { kind: 'text', text: 'Failed: ' },
          { kind: 'code', text: 'x**' },
          { kind: 'text', text: ' in *y*' },
        ],
      },
      { kind: 'text', text: ' and ' },
      { kind: 'emphasis', parts: [{ kind: 'text', text: 'z' }] },
      { kind: 'text', text: ', not a_b_c' },
    ])
  })

  it('ends for every text and loses no word of it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('- ', '| ', '\n', 'ab ', '`', '**', '# ', '---', '1. ', '\\', '```\n', '_')),
        (parts) => {
          const markdown = parts.join('')
          const words = (text: string) => text.match(/ab/g)?.length ?? 0
          const shown = parseReport(markdown).flatMap((node) => texts(node).map(plain))
          // A table cuts the cells that are over its head.
          if (!/\|/.test(markdown)) expect(words(shown.join(' '))).toBe(words(markdown))
        },
      ),
    )
  })
})
