// What is wrong with the markers of blocks, in words.
import type { Diagnostic, Fix, Range } from './diagnostic'
import { findJsonEnd } from './jsonEnd'
import type { MarkSource } from './marks'

const openMarker = '[[relay-actions]]'
const closeMarker = '[[/relay-actions]]'
/** No body that is longer is read. */
const maxJsonLength = 20_000

export const strayMarker = (start: number, end: number): Diagnostic => ({
  code: 'marker-stray',
  severity: 'error',
  message: 'This end marker closes nothing: there is no [[relay-actions]] line before it. Add the opening marker.',
  start,
  end,
  fix: { title: 'Remove the stray end marker', start, end, newText: '', isGuess: true },
})

/** `end` is where the next block begins, or the text ends. */
export function unclosed(
  { start, bodyStart, inQuote }: { start: number; bodyStart: number; inQuote: boolean },
  source: MarkSource,
  end: number,
): Diagnostic {
  const jsonEnd = inQuote ? undefined : findJsonEnd(source.slice(bodyStart, Math.min(end, bodyStart + maxJsonLength)))
  const at = jsonEnd === undefined ? undefined : bodyStart + jsonEnd
  const fix: Fix | undefined =
    at === undefined ? undefined : { title: 'Add the end marker', start: at, end: at, newText: `\n${closeMarker}` }
  return {
    code: 'block-unclosed',
    severity: 'error',
    message: 'This block is never closed: put [[/relay-actions]] on a line of its own after the JSON.',
    start,
    end: bodyStart,
    ...(fix && { fix }),
  }
}

export function misspelt({ start, end }: Range, kind: 'open' | 'close'): Diagnostic {
  const newText = kind === 'open' ? openMarker : closeMarker
  return {
    code: 'marker-misspelt',
    severity: 'error',
    message: `This is no marker, so ${kind === 'open' ? 'there is no block here' : 'the block before it is never closed'}. Write ${newText}.`,
    start,
    end,
    fix: { title: `Write ${newText}`, start, end, newText },
  }
}

export const tooManyBlocks = (start: number, end: number, limit: number): Diagnostic => ({
  code: 'too-many-blocks',
  severity: 'error',
  message: `Only the first ${limit} blocks of a text are read. Split the text.`,
  start,
  end,
})

export const misplaced = (start: number, end: number): Diagnostic => ({
  code: 'marker-not-at-line-start',
  severity: 'error',
  message: 'The opening marker follows other text, so this is not a block. Put [[relay-actions]] on a line of its own.',
  start,
  end,
  fix: { title: 'Put the marker on its own line', start, end: start, newText: '\n' },
})

export const mentioned = (start: number, end: number): Diagnostic => ({
  code: 'marker-mentioned',
  severity: 'hint',
  message:
    'The marker is only mentioned here and opens no block. A block begins with [[relay-actions]] alone on its line.',
  start,
  end,
})

/** For the block that a text ends with. */
export function taskDoneMissing({ bodyEnd, end }: { bodyEnd: number; end: number }): Diagnostic {
  // An agent's answer needs it; a document that a person keeps may not.
  const fix: Fix = { title: 'Add [[task:done]]', start: end, end, newText: '\n[[task:done]]', isGuess: true }
  return {
    code: 'task-done-missing',
    severity: 'hint',
    message:
      "The skill's contract asks for [[task:done]] after the block, so that the agent's turn ends. Add it, or [[task:blocked]] if something is missing.",
    start: bodyEnd,
    end,
    fix,
  }
}
