// Texts of jobs, files and agents in Markdown that others read: they name nobody, refer to nothing, load nothing and end nothing. A
// service links `@name` and `#12` after it has taken escapes away, so that only a code span keeps them what they are: text.
import { redactSecrets } from '../logs/redactSecrets'
import { showInvisible } from '../logs/plainText'

/** One line without what cannot be seen and without secrets of known shapes, cut at `maxChars`. */
function oneLine(text: string, maxChars: number): string {
  const line = showInvisible(redactSecrets(text).replace(/\s+/g, ' ').trim())
  return line.length > maxChars ? `${line.slice(0, maxChars)}…` : line
}

/** A code span that shows `text`, in prose and in cells of tables: backticks become quotes, and bars broken ones. */
export function codeSpan(text: string, maxChars = 200): string {
  const inside = oneLine(text, maxChars).replaceAll('`', "'").replaceAll('|', '¦').replaceAll('<!--', '<!-')
  return inside === '' ? '`(nothing)`' : `\`${inside}\``
}

/** A sentence of anybody's as prose: only what would mean something in it stands in code spans. */
export function plainProse(text: string, maxChars = 400): string {
  return inlineMarkdown(oneLine(text, maxChars).replaceAll('|', '¦').replaceAll('`', "'"))
}

/** A name for a title, in which there is no markup, but whose words may end up in the message of a commit. */
export function plainTitle(text: string, maxChars = 120): string {
  return oneLine(text, maxChars)
    .replace(/([@#])(?=[\p{L}\p{N}_])/gu, '$1 ')
    .replace(/GH-(?=\d)/gi, (word) => word.replace('-', ' '))
    .replaceAll('`', "'")
    .replaceAll('<!--', '<!-')
}

/** Lines of a log in a fence that they cannot leave; each is cut, and nothing in them is a marker of ours. */
export function fencedLines(lines: readonly string[], language = 'text', maxChars = 300): string {
  // A secret that was cut is none that could be known.
  const safe = redactSecrets(lines.map((line) => line.replace(/[\r\n]+/g, ' ')).join('\n')).split('\n')
  const shown = safe.map((line) => {
    const plain = showInvisible(line).replaceAll('<!--', '<!-')
    return plain.length > maxChars ? `${plain.slice(0, maxChars)}…` : plain
  })
  return fenced(shown.join('\n'), language)
}

/** Whether a difference, as git writes it, has a secret of a known shape: also one that stands behind the sign of its line. */
export function hasSecret(patch: string): boolean {
  const lines = patch.split('\n').map((line) => line.slice(1))
  return [patch, lines.join('\n')].some((text) => redactSecrets(text) !== text)
}

function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length))
  const ticks = '`'.repeat(longest + 1)
  return `${ticks}${language}\n${text}\n${ticks}`
}

/** More of an agent's text is not looked at. */
const maxRead = 400_000

/** Languages of fences that are coloured and nothing more: others are drawn, as diagrams, maps and formulas. */
const languages = new Set(
  'bash c cpp csv diff ini java js json jsonl log py python r sh sql text toml ts yaml'.split(' '),
)

/**
 * Markdown of an agent: paragraphs, lists, tables, emphasis, code and headings (below `####`) stay; HTML, links, images, mentions,
 * references, boxes and formulas become text. Fences are closed. At most `maxChars` of it are kept.
 */
export function harmlessMarkdown(text: string, maxChars = 20_000): string {
  const known = redactSecrets(text.slice(0, maxRead))
  const safe = known.length > maxChars ? `${known.slice(0, maxChars)}\n\n… (cut)` : known
  const out: string[] = []
  let fence: { readonly mark: string; readonly language: string; readonly lines: string[] } | null = null
  const close = () => {
    if (fence !== null) out.push(fenced(fence.lines.join('\n'), fence.language))
    fence = null
  }
  for (const raw of safe.split(/\r\n|[\r\n\u2028\u2029]/)) {
    const line = showInvisible(raw).replaceAll('<!--', '<!-')
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1]
    if (fence !== null) {
      const ends = mark?.startsWith(fence.mark) === true && line.trim() === mark
      if (ends) close()
      else fence.lines.push(line)
    } else if (mark !== undefined) {
      const word = line.trim().slice(mark.length).trim().toLowerCase()
      fence = { mark, language: languages.has(word) ? word : 'text', lines: [] }
    } else out.push(blockLine(line))
  }
  close()
  return out.join('\n').trim()
}

/** One line outside of fences. */
function blockLine(line: string): string {
  const [, indent = '', container = '', rest = ''] = /^([\t ]*)((?:>[\t ]?)*)(.*)$/.exec(line) ?? []
  // An underline would make a heading of the line before; a rule is as good.
  if (/^\s*-{2,}\s*$/.test(rest)) return container === '' ? '\n* * *\n' : ''
  if (/^\s*(?:=+|-)\s*$/.test(rest)) return ''
  const heading = /^#{1,6}[\t ]+(?=\S)/.exec(rest)
  if (heading !== null) return `${indent.slice(0, 3)}${container}#### ${inlineMarkdown(rest.slice(heading[0].length))}`
  const [, item = '', words = ''] = /^((?:[\t ]*(?:[-*+]|\d{1,9}[.)])[\t ]+)?)(.*)$/.exec(rest) ?? []
  // A fence in a list or a quote would end where nobody sees it.
  return indent + container + item + inlineMarkdown(words)
}

/** Words that a service gives a meaning: mentions, numbers of issues, commits, addresses. */
const meaningful =
  /(?:(?:[a-z][a-z0-9+.-]{0,20})?:\/\/|www\.)[^\s`<>|]+|(?:mailto|xmpp):[^\s`<>|]+|[\w./+-]{0,100}[@#][\w./@#-]+|gh-\d+|(?<![\w.])[0-9a-f]{7,64}\b/giu

/** Text with only code spans and emphasis left of Markdown's inline markup. */
export function inlineMarkdown(text: string): string {
  let out = ''
  let at = 0
  // Spans of the same line only, of runs of equal length: as every reader sees them.
  for (const { 0: whole, 2: inside = '', index } of text.matchAll(/(?<!`)(`+)(?!`)(.{1,400}?)(?<!`)\1(?!`)/g)) {
    out += words(text.slice(at, index)) + codeSpan(inside, inside.length)
    at = index + whole.length
  }
  return out + words(text.slice(at))
}

function words(text: string): string {
  let out = ''
  let at = 0
  for (const { 0: word, index } of text.matchAll(meaningful)) {
    out += escapeInline(text.slice(at, index))
    out += isNumber(word) ? escapeInline(word) : codeSpan(word, word.length)
    at = index + word.length
  }
  return out + escapeInline(text.slice(at))
}

/** Seven digits are no commit, and metrics are full of them. */
function isNumber(word: string): boolean {
  return /^\d+$/.test(word)
}

function escapeInline(text: string): string {
  return text
    .replace(/[\\`[\]$]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/~{3,}/g, (run) => run.replaceAll('~', '\\~'))
    .replace(/[@#]/g, (one) => `\`${one}\``)
}
