// Log text on its way to a terminal emulator: its colours and progress bars work, and nothing in it can ask the emulator
// a question, reach the clipboard, forge links or marks, or leave a mode behind. Memory is bounded whatever comes.

/** An escape sequence longer than this is dropped; what follows is text again. */
const maxSequenceChars = 256
/** A string sequence (OSC, DCS, …) without an end hides at most this much, and never more than the rest of its line. */
const maxStringChars = 65_536

/**
 * A run of what needs no look: all but line ends, C0 and C1 controls (tab and backspace pass), and characters that
 * reorder the text around them.
 */
const plain = /[^\u0000-\u0007\u000a-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/y

/** Complete sequences that pass. S, T, L and M take two digits: emulators do them line by line, and a million takes seconds. */
const allowed: readonly RegExp[] = [
  /^\u001b\[[0-9;:]*m$/, // colours and styles
  /^\u001b\[[0-9;]*[A-HfdsuKPX@]$/, // cursor, erase in line
  /^\u001b\[[0-9]{0,2}[STLM]$/, // scroll, lines
  /^\u001b\[0*[0-2]?J$/, // erase in display, but for 3: the scroll-back is the reader's
  /^\u001b\[\?25[hl]$/, // cursor visibility
  /^\u001b[78]$/, // cursor position
]

/**
 * A filter for one log. The texts it returns, joined, do not depend on how the log was cut into chunks:
 *
 * - `\n` becomes `\r\n`, unless it was that; `\r`, `\b` and `\t` pass, other C0 and all 8-bit C1 controls go.
 * - Colours, cursor moves and erases pass; all other escape sequences go, and so do bidirectional controls.
 * - A sequence that is broken off ends where it breaks. Strings end at their terminator (BEL, `ESC \`) and, should it be
 *   missing, at any other escape sequence, at the end of the line or after 65,536 characters.
 */
export class TerminalStream {
  /** The escape sequence that has begun and not ended. */
  private sequence = ''
  /** How many characters of a string sequence were dropped; null outside of one. */
  private stringChars: number | null = null
  /** The last character given out was `\r`. */
  private isAfterReturn = false

  write(chunk: string): string {
    const out: string[] = []
    const pass = (text: string): void => {
      out.push(text)
      this.isAfterReturn = text === '\r'
    }
    for (let at = 0; at < chunk.length;) {
      if (this.stringChars !== null) {
        at += this.takeOfString(chunk.charCodeAt(at))
        continue
      }
      if (this.sequence !== '') {
        const taken = this.takeOfSequence(chunk, at)
        if (taken.passes) pass(this.sequence)
        if (taken.isOver) this.sequence = ''
        at += taken.chars
        continue
      }
      plain.lastIndex = at
      const run = plain.exec(chunk)?.[0]
      if (run !== undefined) {
        pass(run)
        at += run.length
        continue
      }
      const control = chunk[at]
      if (control === '\u001b') this.sequence = control
      else if (control === '\r') pass(control)
      else if (control === '\n') pass(this.isAfterReturn ? '\n' : '\r\n')
      at++
    }
    return out.join('')
  }

  /** Drops one character of a string sequence, unless it belongs to what follows. Returns how many were taken. */
  private takeOfString(code: number): 0 | 1 {
    // A new sequence; `ESC \` is one, too, and is dropped like any other.
    const isBroken = code === 0x1b || code === 0x0a || code === 0x0d
    this.stringChars = (this.stringChars ?? 0) + 1
    const isEnd = code === 0x07 || code === 0x9c || code === 0x18 || code === 0x1a
    if (isBroken || isEnd || this.stringChars >= maxStringChars) this.stringChars = null
    return isBroken ? 0 : 1
  }

  /** Takes one more character into the sequence, or none where the sequence is broken off by something else. */
  private takeOfSequence(chunk: string, at: number): { chars: 0 | 1; isOver: boolean; passes: boolean } {
    const isControl = this.sequence.startsWith('\u001b[')
    const code = chunk.charCodeAt(at)
    const isMiddle = code >= 0x20 && code <= (isControl ? 0x3f : 0x2f)
    const isFinal = !isMiddle && code >= 0x30 && code <= 0x7e
    if ((!isMiddle && !isFinal) || this.sequence.length >= maxSequenceChars)
      return { chars: 0, isOver: true, passes: false }
    this.sequence += chunk.charAt(at)
    if (this.sequence === '\u001b[') return { chars: 1, isOver: false, passes: false }
    if (/^\u001b[\]PX^_]$/.test(this.sequence)) {
      this.stringChars = 0
      return { chars: 1, isOver: true, passes: false }
    }
    return { chars: 1, isOver: isFinal, passes: isFinal && allowed.some((form) => form.test(this.sequence)) }
  }
}
