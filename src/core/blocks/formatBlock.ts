// The same block on one line, as the skill wants it, or over several, as people read it. Only blanks between the JSON's
// tokens change, never a token: numbers and texts stay spelt as they are.
import { findBlocks, type BlockSpan } from './findBlocks'
import { prefixOf } from './markdown'
import { withoutQuoteSigns } from './parseBlocks'
import { changeOf, type TextEdit } from './textEdit'

/** `line`: all of the JSON on a line of its own. `readable`: a line for each field. */
export type BlockStyle = 'line' | 'readable'

const fenced = /^(?:`{3,}[^\S\r\n]*(?:json)?[^\S\r\n]*(?=[\r\n{[]))?([^]*?)(?:`{3,})?$/i
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

/**
 * The edits that bring the block at `offset` (from its opening marker to the end of its closing one) into `style`; none
 * if it has it already. Undefined if there is no block, or its JSON has mistakes that must be fixed before.
 */
export function formatBlock(text: string, offset: number, style: BlockStyle): readonly TextEdit[] | undefined {
  const span = findBlocks(text).spans.find(({ start, end }) => start <= offset && offset <= end)
  return span && formatSpan(text, span, style)
}

/** The same for every block of a text that can be formatted. */
export function formatBlocks(text: string, style: BlockStyle): readonly TextEdit[] {
  return findBlocks(text).spans.flatMap((span) => formatSpan(text, span, style) ?? [])
}

function formatSpan(text: string, span: BlockSpan, style: BlockStyle): readonly TextEdit[] | undefined {
  const { start, bodyStart, bodyEnd, inQuote } = span
  const body = text.slice(bodyStart, bodyEnd)
  const json = fenced.exec((inQuote ? withoutQuoteSigns(body) : body).trim())?.[1]?.trim() ?? ''
  if (!isJson(json)) return undefined

  const lineStart = 1 + Math.max(text.lastIndexOf('\n', start - 1), text.lastIndexOf('\r', start - 1), -1)
  const prefix = start === 0 ? '' : prefixOf(text, lineStart)
  const startsLine = lineStart + prefix.length === start
  const newLine = (/\r\n|\r|\n/.exec(body) ?? /\r\n|\r|\n/.exec(text))?.[0] ?? '\n'
  // Below the sign of a list stands what belongs to its item.
  const indent = startsLine ? prefix.replace(/[^\s>]/g, ' ') : inQuote ? '> ' : ''
  const lines = style === 'line' ? [print(json, '')] : print(json, '  ').split('\n')
  // After other text the opening marker needs the JSON on its own line.
  const parts = startsLine ? ['', ...lines, ''] : style === 'line' ? lines : [...lines, '']
  return changeOf(body, parts.join(newLine + indent), bodyStart)
}

function isJson(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null
  } catch {
    return false // What is wrong with it, the diagnostics say.
  }
}

/** Valid JSON, token by token; without `indent` on one line and without blanks. */
function print(json: string, indent: string): string {
  const tokens = json.match(token) ?? []
  if (indent === '') return tokens.join('')
  let depth = 0
  let printed = ''
  const startLine = () => `\n${indent.repeat(depth)}`
  for (const [index, each] of tokens.entries()) {
    const next = tokens[index + 1]
    if (each === '{' || each === '[') {
      const isEmpty = next === '}' || next === ']'
      if (!isEmpty) depth++
      printed += each + (isEmpty ? '' : startLine())
    } else if (each === '}' || each === ']') {
      const before = tokens[index - 1]
      const isEmpty = before === '{' || before === '['
      if (!isEmpty) depth--
      printed += (isEmpty ? '' : startLine()) + each
    } else if (each === ',') printed += each + startLine()
    else if (each === ':') printed += ': '
    else printed += each
  }
  return printed
}
