// Data of a job inside of a prompt. Every line of it stands behind a bar, so that nothing in it can end the section or begin
// one, and no marker in it is one any more: an agent that copies a line of a log cannot start anything with it.
import { redactSecrets } from '../logs/redactSecrets'
import { showInvisible } from '../logs/plainText'

const maxLineChars = 2_000

/** Markers are broken by a blank, characters that cannot be seen are shown, secrets of known shapes are taken out. */
export function quoteData(text: string): string {
  return redactSecrets(text)
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => `| ${breakMarkers(showInvisible(cut(line)))}`)
    .join('\n')
}

/** The same for data in a line of ours. */
export function quoteInline(text: string): string {
  return breakMarkers(showInvisible(cut(redactSecrets(text).replaceAll(/\s+/g, ' ').trim())))
}

/** The last lines of `text` that are no longer than `maxChars` together; what is left out is said. */
export function boundEnd(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text
  const end = text.slice(-maxChars)
  const newline = end.indexOf('\n')
  const kept = newline < 0 ? end : end.slice(newline + 1)
  return `… (${text.length - kept.length} characters before this left out)\n${kept}`
}

/** The beginning of `text`; what is left out is said. */
export function boundStart(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars)}… (${text.length - maxChars} more characters)`
}

function cut(line: string): string {
  return line.length > maxLineChars ? `${line.slice(0, maxLineChars)} … (${line.length - maxLineChars} more)` : line
}

/** `[[` and `]]` with a blank between: the markers of the contract need them closed. */
function breakMarkers(text: string): string {
  return text.replace(/\[(?=\[)/g, '[ ').replace(/\](?=\])/g, '] ')
}
