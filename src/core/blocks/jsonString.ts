// Reads one string of JSON text as agents write it, and names what JSON does not allow in it.
import { errorAt, quote, type Diagnostic, type DiagnosticCode } from './diagnostic'
import { maxFindings } from './findings'

/** Reads the string that begins at `start`, across line breaks too. Without `end` there is nothing to go on from. */
export function readJsonString(
  json: string,
  start: number,
): { end: number | undefined; mistakes: readonly Diagnostic[] } {
  const mistakes: Diagnostic[] = []
  const add = (code: DiagnosticCode, at: number, end: number, message: string, newText: string, from = at) => {
    // One more than is shown: the rest would only be counted.
    if (mistakes.length > maxFindings) return
    mistakes.push(errorAt({ start: at, end }, code, message, { title: `Write ${newText}`, start: from, end, newText }))
  }
  let breakAt: number | undefined
  let continuesLine = false
  let at = start + 1
  for (; at < json.length && json[at] !== '"'; at++) {
    const char = json.charAt(at)
    if (char === '\\') {
      const escape = /\\(?:u[\dA-Fa-f]{0,4}|[\s\S]?)/uy
      escape.lastIndex = at
      const text = escape.exec(json)?.[0] ?? char
      if (/^\\(?:["\\/bfnrt]|u.{4})$/.test(text)) at += text.length - 1
      else if (/^\\[\r\n]/.test(text)) continuesLine = true
      else {
        const newText = text === "\\'" ? "'" : `\\${text}`
        const message = `${quote(text)} is no JSON escape. Write ${newText} for the text as it stands.`
        add('json-bad-escape', at, at + text.length, message, newText)
        at += text.length - 1
      }
    } else if (char === '\n' || char === '\r') {
      if (breakAt === undefined) {
        const end = json.startsWith('\r\n', at) ? at + 2 : at + 1
        const message = 'A JSON string cannot go over a line break. Write \\n, or close the string on its own line.'
        // A shell continues a line with a backslash, which must then be escaped as well.
        if (continuesLine) add('json-raw-newline', at, end, message, '\\\\\\n', at - 1)
        else add('json-raw-newline', at, end, message, '\\n')
        breakAt = at
      }
    } else if (char < ' ') {
      const newText = JSON.stringify(char).slice(1, -1)
      const message = `A control character (${codePointName(char)}) must be escaped in JSON. Write ${newText}.`
      add('json-control-character', at, at + 1, message, newText)
    }
  }
  const closed = at < json.length
  // A quote that is followed by no punctuation opens the next string: then this one lacks its own.
  if (!closed || (breakAt !== undefined && !/^\s*(?:[,:}\]]|$)/.test(json.slice(at + 1, at + 1000)))) {
    const message = 'This string is never closed. Add the missing double quote at its end.'
    return { end: breakAt, mistakes: [errorAt({ start, end: start + 1 }, 'json-string-unclosed', message)] }
  }
  return { end: at + 1, mistakes }
}

/** `U+200B`: how a message names a character that cannot be seen. */
export function codePointName(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}
