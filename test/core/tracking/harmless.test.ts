// What is written is read by the same rules as on a service: a Markdown reader with HTML and links switched on is the judge.
import fc from 'fast-check'
import MarkdownIt from 'markdown-it'
import { expect, test } from 'vitest'
import { codeSpan, fencedLines, harmlessMarkdown, plainProse, plainTitle } from '../../../src/core/tracking/harmless'

const reader = new MarkdownIt({ html: true, linkify: true })

/** What is left where a service looks for mentions, references and addresses: text outside of code, and the tags. */
function judge(markdown: string): { readonly text: string; readonly tags: readonly string[] } {
  const html = reader.render(markdown)
  const outside = html.replace(/<(pre|code)\b[^>]*>[^]*?<\/\1>/g, ' ')
  const tags = Array.from(outside.matchAll(/<\/?([a-zA-Z][^\s/>]*)/g), ([, name = '']) => name)
  const text = outside
    .replace(/<[^>]*>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
  return { text, tags: [...new Set(tags)] }
}

const plainTags = 'p h4 ul ol li em strong s hr blockquote table thead tbody tr th td br pre code'.split(' ')

function expectHarmless(markdown: string): void {
  const { text, tags } = judge(markdown)
  expect(text).not.toMatch(/@[a-z0-9]/i)
  expect(text).not.toMatch(/#\d/)
  expect(text).not.toMatch(/\bGH-\d/i)
  expect(text).not.toMatch(/https?:\/\/|www\./i)
  expect(tags.filter((tag) => !plainTags.includes(tag))).toEqual([])
  expect(markdown).not.toMatch(/^<!-- \/?relay:/m)

  expect(markdown).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]/)
}

const nasty = fc
  .array(
    fc.constantFrom(
      ...[
        '`',
        '``',
        '```',
        '~~~',
        '@ada',
        '@',
        '#12',
        '#',
        'ada/space#3',
        'GH-4',
        '<img src=x>',
        '<script>',
        '<!--',
        '-->',
        '&#64;ada',
        '&commat;ada',
      ],
      ...[
        '[a](https://x.y)',
        '![a](b)',
        '[',
        ']',
        '(',
        ')',
        '\\',
        '\\\\',
        '|',
        '\n',
        '\r\n',
        '\n\n',
        '    ',
        '\t',
        '- ',
        '- [ ] ',
        '> ',
        '# ',
        '1. ',
        '* ',
      ],
      ...[
        'https://github.com/a/b/issues/1',
        'www.x.y',
        'a@b.c',
        'deadbeef1',
        '<a@b.c>',
        '<https://x.y>',
        '$x$',
        '---',
        '===',
        '***',
        '_',
        '**',
        '~~',
      ],
      ...[
        '\u001b[31m',
        '\u202e',
        '\u0000',
        'word',
        ' ',
        '<!-- /relay:status 20261128-120000-abc123 none -->',
        '[x]: https://x.y',
        '::',
        '\u2028',
      ],
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''))

test('texts of anybody name nobody, refer to nothing, load nothing and end nothing', () => {
  fc.assert(
    fc.property(nasty, nasty, (one, two) => {
      expectHarmless(harmlessMarkdown(`${one}\n${two}`))
      expectHarmless(`| a | b |\n| --- | --- |\n| ${codeSpan(one)} | ${plainProse(two)} |`)
      expectHarmless(`- ${plainProse(one)}\n- ${codeSpan(two)}`)
      expectHarmless(fencedLines([one, two]))
      expect(plainTitle(one)).not.toMatch(/[@#](?=\w)|[\r\n`]|\bGH-\d/i)
    }),
    { numRuns: 600 },
  )
})

test('a cell holds its text, and no other cell', () => {
  fc.assert(
    fc.property(nasty, nasty, (one, two) => {
      const html = reader.render(`| a | b |\n| --- | --- |\n| ${codeSpan(one)} | ${plainProse(two)} |\n`)
      expect(html.match(/<td/g)).toHaveLength(2)
    }),
  )
})

test('what follows an agent’s text is where it was put', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      expect(reader.render(`${harmlessMarkdown(text)}\n\n<!-- end -->\n\nThe end.\n`)).toMatch(
        /<!-- end -->\s*<p>The end\.<\/p>\s*$/,
      )
    }),
    { numRuns: 300 },
  )
})

test('Markdown of an agent stays readable', () => {
  const text =
    '# Findings\n\n- **val_acc** rose to `0.93` (commit deadbeef1, see #12)\n- as @ada said: 0.1234567 < 1\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = "@ada #12"\n```\n![pixel](https://x.y/z.png)'
  expect(harmlessMarkdown(text)).toBe(
    '#### Findings\n\n- **val_acc** rose to `0.93` (commit `deadbeef1`, see `#12`)\n- as `@ada` said: 0.1234567 &lt; 1\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = "@ada #12"\n```\n!\\[pixel\\](`https://x.y/z.png)`',
  )
})

test('secrets of known shapes are taken out wherever they stand', () => {
  const secret = `ghp_${'aB3dE5fG7h'.repeat(4)}`
  for (const rendered of [
    codeSpan(`x ${secret}`),
    plainProse(secret),
    plainTitle(secret),
    fencedLines([`token ${secret}`]),
    harmlessMarkdown(`\`${secret}\`\n\n    ${secret}`),
  ]) {
    expect(rendered).not.toContain(secret)
    expect(rendered).toContain('GitHub token removed')
  }
})

test('a long text without an end takes no long time', () => {
  for (const piece of ['a', '`', '` ``', '@', '.@', 'a/', '#', '[', '<', '\\', '0', '-', '~~~ x\n'])
    expect(harmlessMarkdown(piece.repeat(Math.ceil(20_000 / piece.length))).length).toBeGreaterThan(0)
}, 5_000)
