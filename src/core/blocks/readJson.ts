// The body of a block to a JSON tree. It is bounded before anything recursive looks at it.
import { parseTree, printParseErrorCode, type ParseError } from 'jsonc-parser'
import { errorAt, quote, type Diagnostic, type DiagnosticCode, type Fix } from './diagnostic'
import type { Findings } from './findings'
import { treeOf, type JsonNode } from './jsonTree'
import { lexJson } from './lexJson'

export const maxBodyLength = 20_000

/** The tree, or undefined if an error says why there is none. Offsets are those of `body`. */
export function readJson(body: string, findings: Findings): JsonNode | undefined {
  const { start, end } = withoutFence(body, findings)
  if (start >= end) {
    findings.add(
      errorAt(
        { start: 0, end: body.length },
        'block-empty',
        'This block is empty. Write {"actions":[…]} between its markers.',
      ),
    )
    return undefined
  }
  if (end - start > maxBodyLength) {
    const message = `This block has ${end - start} characters; at most ${maxBodyLength} are read. Move long texts to files.`
    findings.add(errorAt({ start: start + maxBodyLength, end }, 'block-too-large', message))
    return undefined
  }
  // Blanks instead of what is not JSON, so that every offset stays one of the body.
  const json = ' '.repeat(start) + body.slice(start, end)
  if (/^\s*[{[\s]*\\"/.test(json)) {
    findings.add(escapedQuotes(json, start, end))
    return undefined
  }
  if (!lexJson(json, findings)) return undefined

  const errors: ParseError[] = []
  const root = parseTree(json, errors, { allowTrailingComma: true, disallowComments: false })
  const [first] = errors
  if (first) {
    // After another mistake the rest would be noise; commas can be missing one by one.
    const isComma = ({ error }: ParseError) => printParseErrorCode(error) === 'CommaExpected'
    for (const each of errors.every(isComma) ? errors : [first]) findings.add(syntaxError(json, each))
  }
  if (first || !root) return undefined
  const tree = treeOf(root)
  reportDuplicates(tree, json, findings)
  return findings.isFull ? undefined : tree
}

/** The part of the body inside its blanks and its one Markdown code fence. */
function withoutFence(body: string, findings: Findings): { start: number; end: number } {
  let start = body.length - body.trimStart().length
  let end = body.trimEnd().length
  const opening = /^(`{3,})[^\S\r\n]*([\w+-]*)/.exec(body.slice(start, start + 100))
  if (opening) {
    const language = opening[2] ?? ''
    const languageStart = start + opening[0].length - language.length
    if (language !== '' && !/^json$/i.test(language)) {
      const range = { start: languageStart, end: languageStart + language.length }
      const message = `The block is JSON, but its fence says ${quote(language)}. Write json, or leave out the fence.`
      const fix = { title: 'Write json', ...range, newText: 'json' }
      findings.add({ code: 'fence-language', severity: 'warning', message, ...range, fix })
    }
  }
  let fenceStart = end
  while (body[fenceStart - 1] === '`') fenceStart--
  const closes = end - fenceStart >= 3 && (!opening || fenceStart > start + opening[0].length - 1)
  if (closes !== (opening !== null)) {
    const range = opening ? { start, end: start + opening[0].length } : { start: fenceStart, end }
    const message = 'This code fence has no counterpart in the block. Remove it: a block needs no fence.'
    findings.add({
      code: 'fence-unpaired',
      severity: 'warning',
      message,
      ...range,
      fix: { title: 'Remove the fence', ...range, newText: '' },
    })
  }
  if (opening) start += opening[0].length
  if (closes) end = fenceStart
  start += body.slice(start, end).length - body.slice(start, end).trimStart().length
  return { start, end: start + body.slice(start, end).trimEnd().length }
}

function escapedQuotes(json: string, start: number, end: number): Diagnostic {
  const at = json.indexOf('\\"')
  const letters: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\', '/': '/' }
  const newText = json.slice(start, end).replace(/\\([ntr"\\/])/g, (_, letter: string) => letters[letter] ?? letter)
  const message = 'The whole block is escaped once too often: its quotes are written \\". Write plain double quotes.'
  return errorAt({ start: at, end: at + 2 }, 'json-escaped-quotes', message, {
    title: 'Unescape the block',
    start,
    end,
    newText,
  })
}

type SyntaxKind = readonly [code: DiagnosticCode, message: string]
const syntaxKinds: Readonly<Record<string, SyntaxKind>> = {
  PropertyNameExpected: ['json-key-expected', 'A key in double quotes is expected here.'],
  ValueExpected: ['json-value-expected', 'A value is expected here.'],
  ColonExpected: ['json-colon-missing', 'A ":" between key and value is missing here.'],
  CommaExpected: ['json-comma-missing', 'A "," is missing here.'],
  EndOfFileExpected: ['json-text-after-end', 'The JSON has ended before this. Remove what follows it.'],
  InvalidNumberFormat: ['json-number', 'This is not a JSON number.'],
  UnexpectedEndOfNumber: ['json-number', 'This number is not finished.'],
}

function syntaxError(json: string, { error: parseError, offset, length }: ParseError): Diagnostic {
  const [code, message] = syntaxKinds[printParseErrorCode(parseError)] ?? [
    'json-unexpected',
    'This is not JSON. Texts and keys need double quotes around them.',
  ]
  const end = Math.min(Math.max(offset + length, offset + 1), json.length)
  const start = Math.min(offset, end - 1)
  return errorAt({ start, end }, code, message, syntaxFix(json, code, start))
}

function syntaxFix(json: string, code: DiagnosticCode, start: number): Fix | undefined {
  const before = json.slice(0, start).trimEnd().length
  if (code === 'json-comma-missing') return { title: 'Insert a comma', start: before, end: before, newText: ',' }
  // Where the key stands alone, what is missing is its value.
  if (code === 'json-colon-missing' && !/[,}\]]/.test(json.charAt(start)))
    return { title: 'Insert a colon', start: before, end: before, newText: ':' }
  return undefined
}

function reportDuplicates(node: JsonNode, json: string, findings: Findings): void {
  if (node.kind === 'list') for (const item of node.items) reportDuplicates(item, json, findings)
  if (node.kind !== 'object') return
  const seen = new Map<string, JsonNode>()
  let previousEnd = node.start + 1
  for (const { name, key, value } of node.properties) {
    if (findings.isFull) return
    const first = seen.get(name)
    if (first) {
      const message = `The key ${quote(name)} is given twice; readers differ on which one counts. Keep one.`
      const isSame = json.slice(first.start, first.end) === json.slice(value.start, value.end)
      const fix = { title: 'Remove the second one', start: previousEnd, end: value.end, newText: '' }
      findings.add(errorAt(key, 'json-duplicate-key', message, isSame ? fix : undefined))
    }
    seen.set(name, first ?? value)
    previousEnd = value.end
    reportDuplicates(value, json, findings)
  }
}
