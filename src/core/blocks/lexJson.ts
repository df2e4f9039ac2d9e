// Reads the tokens of a block's JSON and names the mistakes that agents make in it, each where it stands.
import { errorAt, quote, type Diagnostic, type DiagnosticCode } from './diagnostic'
import type { Findings } from './findings'
import { codePointName, readJsonString } from './jsonString'

export const maxDepth = 32

const token =
  /\s+|\/\/[^\r\n]*|\/\*[\s\S]*?(?:\*\/|$)|'|\.{3}|[…“”„‟″]|-?\d[\d.eE+-]*|[^\s{}[\]:,"'…“”„‟″.\d-][^\s{}[\]:,"'…“”„‟″.]*|[\s\S]/y
/** Blanks of other alphabets, which JSON does not take for blanks. */
const plainBlanks = /^[ \t\r\n]*$/
const oddBlanks = /(?![ \t\r\n])\s/g
const zeroWidth = /^[\u00AD\u200B-\u200F\u2060-\u2064\u202A-\u202E]+/
const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const smartQuotes = /[“”„‟″]/g
const literals: Readonly<Record<string, string>> = {
  True: 'true',
  False: 'false',
  None: 'null',
  undefined: 'null',
  NaN: 'null',
}

/** Whether `json` may be parsed. After some mistakes the rest would be noise, so reading ends there. */
export function lexJson(json: string, findings: Findings): boolean {
  let errors = 0
  const add = (diagnostic: Diagnostic) => {
    if (diagnostic.severity === 'error') errors++
    findings.add(diagnostic)
  }
  const error = (
    code: DiagnosticCode,
    start: number,
    end: number,
    message: string,
    title?: string,
    newText = '',
    isGuess = false,
  ) =>
    add(
      errorAt(
        { start, end },
        code,
        message,
        title === undefined ? undefined : { title, start, end, newText, ...(isGuess && { isGuess }) },
      ),
    )
  const brackets: { readonly at: number; readonly closer: '}' | ']' }[] = []
  let commaAt: number | undefined
  let at = 0

  while (at < json.length && !findings.isFull) {
    const text = tokenAt(json, at)
    const start = at
    const end = (at += text.length)
    if (text === '}' || text === ']') {
      if (commaAt !== undefined) add(trailingComma(commaAt))
      const open = brackets.pop()
      if (open && open.closer !== text) {
        const message = `Expected "${open.closer}" here, to close the "${json.charAt(open.at)}" that is still open.`
        error('json-bracket-mismatch', start, end, message, `Write ${open.closer}`, open.closer, true)
        return false
      }
    } else if (text === '{' || text === '[') {
      brackets.push({ at: start, closer: text === '{' ? '}' : ']' })
      if (brackets.length > maxDepth) {
        error('json-too-deep', start, end, `Nested more than ${maxDepth} deep: no block needs that. Flatten it.`)
        return false
      }
    } else if (text === '"') {
      const string = readJsonString(json, start)
      string.mistakes.forEach(add)
      if (string.end === undefined) return false
      at = string.end
    } else if (text === ',' || text === ':') {
      // nothing to check
    } else if (/^\s/.test(text)) {
      for (const { 0: char, index } of plainBlanks.test(text) ? [] : text.matchAll(oddBlanks)) {
        const message = `${codePointName(char)} looks like a blank, but JSON does not know it. Write a plain blank.`
        error('json-odd-blank', start + index, start + index + char.length, message, 'Write a plain blank', ' ')
      }
      continue
    } else if (zeroWidth.test(text)) {
      const width = zeroWidth.exec(text)?.[0].length ?? 1
      const message = `${codePointName(text)} cannot be seen, and JSON does not know it. Remove it.`
      error('json-odd-blank', start, start + width, message, 'Remove it')
      at = start + width
      continue
    } else if (text.startsWith('//') || text.startsWith('/*')) {
      const fix = { title: 'Remove the comment', start, end, newText: '' }
      const message = 'JSON has no comments: other tools will refuse this block. Remove the comment.'
      add({ code: 'json-comment', severity: 'warning', message, start, end, fix })
      continue
    } else if (text === "'") {
      const literal = /'(?:[^'\\\r\n]|\\.)*'/y
      literal.lastIndex = start
      const found = literal.exec(json)?.[0] ?? "'"
      at = start + found.length
      const newText = JSON.stringify(found.slice(1, -1).replace(/\\(['"])/g, '$1'))
      const title = found.length > 1 ? 'Use double quotes' : undefined
      const message = 'JSON strings need double quotes, not single ones. Replace them.'
      error('json-single-quotes', start, at, message, title, newText)
    } else if (/[“”„‟″]/.test(text)) {
      const last = Math.max(...['“', '”', '„', '‟', '″'].map((mark) => json.lastIndexOf(mark)))
      const newText = json.slice(start, last + 1).replace(smartQuotes, '"')
      const message = `JSON needs straight quotes, not ${text}. Replace every “ and ” around names and texts by ".`
      const fix = { title: 'Use straight quotes', start, end: last + 1, newText }
      add({ code: 'json-smart-quotes', severity: 'error', message, start, end, fix })
      return false
    } else if (text === '...' || text === '…') {
      error('json-ellipsis', start, end, `"${text}" stands for something that was left out. Write it in full.`)
    } else if (/^[+-]?\d/.test(text)) {
      if (!number.test(text)) {
        const value = /^[+-]?[\d.]+$/.test(text) ? Number(text) : NaN
        const title = Number.isFinite(value) ? `Write ${value}` : undefined
        error(
          'json-number',
          start,
          end,
          'This is not a JSON number. Write it like 60 or 0.5.',
          title,
          String(value),
          true,
        )
      }
    } else if (!/^(?:-|(?:true|false|null)$)/.test(text)) {
      if (json[start - 1] === '"') {
        const message = 'A double quote inside a text must be written \\". Escape this one and its partner.'
        error('json-unescaped-quote', start - 1, start, message, 'Write \\"', '\\"', true)
        return false
      }
      const value = Object.hasOwn(literals, text) ? literals[text] : undefined
      if (/^\s*:/.test(json.slice(end, end + 100))) {
        const message = `The key ${quote(text)} needs double quotes around it.`
        error('json-unquoted-key', start, end, message, 'Quote the key', JSON.stringify(text))
      } else if (value) {
        const isGuess = text === 'NaN' || text === 'undefined'
        error('json-literal', start, end, `JSON has no ${text}. Write ${value}.`, `Write ${value}`, value, isGuess)
      } else {
        error('json-unexpected', start, end, `${quote(text)} is not JSON. A text needs double quotes around it.`)
        return false
      }
    }
    commaAt = text === ',' ? start : undefined
  }

  const open = brackets.at(-1)
  if (open) {
    const newText = brackets
      .map(({ closer }) => closer)
      .reverse()
      .join('')
    const jsonEnd = json.trimEnd().length
    const fix = { title: `Close with ${newText}`, start: jsonEnd, end: jsonEnd, newText, isGuess: true as const }
    const message = `This "${json.charAt(open.at)}" is never closed. Add the missing "${open.closer}".`
    add({ code: 'json-bracket-unclosed', severity: 'error', message, start: open.at, end: open.at + 1, fix })
  }
  return errors === 0 && !findings.isFull
}

function tokenAt(json: string, at: number): string {
  const first = json.charAt(at)
  if ('{}[],:"'.includes(first)) return first
  token.lastIndex = at
  return token.exec(json)?.[0] ?? first
}

function trailingComma(start: number): Diagnostic {
  const fix = { title: 'Remove the comma', start, end: start + 1, newText: '' }
  const message = 'A comma before a closing bracket is not JSON: other tools will refuse this block. Remove the comma.'
  return { code: 'json-trailing-comma', severity: 'warning', message, start, end: start + 1, fix }
}
