// Log text as a terminal would leave it on the screen, and safe to show anywhere: no escape sequence, no control or
// invisible character survives. What a line meant is never guessed at; time is linear in the text.

/** Lines are cut at this many characters, and say so. */
export const maxLineChars = 2_000

/** C0 and C1 controls except tab, and characters that show nothing, reorder text or end a line for some readers. */
const needsWork =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\u{e0000}-\u{e007f}]/u

/**
 * The lines of `text`, each as `sanitizeLine` gives it. Lines end with `\n` or `\r\n`; a last line without an end
 * counts, an empty rest after the last end does not.
 */
export function renderTerminalLines(text: string, maxChars = maxLineChars): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => sanitizeLine(line, maxChars))
}

/**
 * What remains of one line after its carriage returns, backspaces and escape sequences: the last segment between
 * `\r`s that shows anything. A terminal would leave the end of a longer earlier segment standing behind a shorter
 * one (`12345\rab` shows `ab345`); here the last writing wins whole (`ab`), for that is what its author meant to
 * show. Cut at `maxChars` characters with `… (N more)`. Line ends inside count as nothing.
 */
export function sanitizeLine(line: string, maxChars = maxLineChars): string {
  if (line.length <= maxChars && !needsWork.test(line)) return line
  for (let end: number = line.length; ;) {
    const start: number = end === 0 ? -1 : line.lastIndexOf('\r', end - 1)
    const segment = renderSegment(line.slice(start + 1, end), maxChars)
    if (start < 0 || segment.trim() !== '') return segment
    end = start
  }
}

/** One segment without `\r`, stripped and cut. A backspace takes back the character before it. */
function renderSegment(segment: string, maxChars: number): string {
  const kept: string[] = []
  let more = 0
  let terminators = true
  for (let at = 0; at < segment.length;) {
    const code = segment.codePointAt(at) ?? 0
    const sequence = escapeKind(segment, at, code)
    if (sequence !== undefined) {
      const body = at + sequence.intro
      if (sequence.kind === 'control') at = endOfControl(segment, body)
      else if (sequence.kind === 'other') at = endOfOther(segment, body)
      else {
        // An unterminated string hides nothing: only its introducer goes. One failed search tells for all later ones.
        const end: number = terminators ? endOfString(segment, body) : -1
        terminators = end >= 0
        at = end < 0 ? body : end
      }
      continue
    }
    at += code > 0xffff ? 2 : 1
    if (code === 0x08) {
      if (more > 0) more--
      else kept.pop()
      continue
    }
    const shown = visible(code)
    if (shown === '') continue
    if (kept.length < maxChars) kept.push(shown)
    else more++
  }
  return more === 0 ? kept.join('') : `${kept.join('')} … (${more} more)`
}

/** The character to show for a code point: itself, a stand-in, or nothing. */
function visible(code: number): string {
  if (code === 0x2028 || code === 0x2029) return ' '
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd'
  const character = String.fromCodePoint(code)
  return needsWork.test(character) ? '' : character
}

interface Escape {
  readonly kind: 'control' | 'string' | 'other'
  /** Length of the introducer, in UTF-16 units. */
  readonly intro: number
}

/** Which escape sequence begins at `at`: CSI, a string (OSC, DCS, SOS, PM, APC), another, or none. */
function escapeKind(text: string, at: number, code: number): Escape | undefined {
  if (code === 0x9b) return { kind: 'control', intro: 1 }
  if (code === 0x90 || code === 0x98 || (code >= 0x9d && code <= 0x9f)) return { kind: 'string', intro: 1 }
  if (code !== 0x1b) return undefined
  const next = text[at + 1]
  if (next === '[') return { kind: 'control', intro: 2 }
  if (next !== undefined && ']PX^_'.includes(next)) return { kind: 'string', intro: 2 }
  return { kind: 'other', intro: 1 }
}

/** After a CSI's parameters and its final byte; a sequence that is broken off ends where it breaks. */
function endOfControl(text: string, from: number): number {
  let at = from
  while (inRange(text.charCodeAt(at), 0x20, 0x3f)) at++
  return inRange(text.charCodeAt(at), 0x40, 0x7e) ? at + 1 : at
}

/** After the intermediates and the final byte of a short sequence such as `ESC ( B`. */
function endOfOther(text: string, from: number): number {
  let at = from
  while (inRange(text.charCodeAt(at), 0x20, 0x2f)) at++
  return inRange(text.charCodeAt(at), 0x30, 0x7e) ? at + 1 : at
}

/** After the BEL or ST that ends a string sequence; -1 when there is none. */
function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x07 || code === 0x9c) return at + 1
    if (code === 0x1b && text[at + 1] === '\\') return at + 2
  }
  return -1
}

function inRange(code: number, low: number, high: number): boolean {
  return code >= low && code <= high
}
