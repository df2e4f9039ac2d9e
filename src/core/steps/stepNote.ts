// What is noted of a run on the line of its step: `✓ [2026-11-28 09:15:02] Train (task_3_a2b3c4d5: loss 0.12)`. Read as
// strictly as it is written: whatever is not exactly this is a person's own text, and stays.

import type { Range } from '../blocks/diagnostic'

/** `started`: it runs. Later ones of one task replace earlier ones, never the other way round. */
export const noteSigns = { started: '▶', failed: '✗', unproved: '?', ticked: '✓' } as const
export type Outcome = keyof typeof noteSigns

export interface StepNote {
  readonly outcome: Outcome
  /** As it is written: `2026-11-28 09:15:02`. */
  readonly at: string
  readonly taskId: string
  /** Notable outputs or metrics; empty if there are none. */
  readonly text: string
}

export const taskIdPattern = /^task_(\d{1,6})_[0-9a-f]{8}$/
/** Other tools that write this format have a `T` and parts of a second. */
const before = /^[ \t]*(▶|✗|\?|✓) \[(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)(?:\.\d{1,9})?\](?:[ \t]+|$)/u
const behind = /[ \t]*\((task_\d{1,6}_[0-9a-f]{8})(?:: ([^()\r\n]*))?\)$/

/** What stands behind the head of a step's line, as what people wrote and what was noted. */
export function readNote(rest: string): { readonly title: string; readonly note: StepNote | null } {
  const head = before.exec(rest)
  if (head === null) return { title: rest.trim(), note: null }
  const behindHead = rest.slice(head[0].length)
  const tail = behind.exec(behindHead)
  const outcome = (Object.keys(noteSigns) as Outcome[]).find((one) => noteSigns[one] === head[1]) // The keys of our own table.
  if (tail === null || outcome === undefined) return { title: behindHead.trim(), note: null }
  return {
    title: behindHead.slice(0, tail.index).trim(),
    note: { outcome, at: (head[2] ?? '').replace('T', ' '), taskId: tail[1] ?? '', text: tail[2] ?? '' },
  }
}

/** Where in `rest` the title stands, as `readNote` tells it. */
export function titleRange(rest: string): Range {
  const from = before.exec(rest)?.[0].length ?? 0
  const tail = from === 0 ? null : behind.exec(rest.slice(from))
  const body = tail === null ? rest.slice(from) : rest.slice(from, from + tail.index)
  const start = from + body.length - body.trimStart().length
  return { start, end: start + body.trim().length }
}

/** What stands behind the head of a step's line with this note; `title` byte for byte as people wrote it. */
export function renderNote(title: string, { outcome, at, taskId, text }: StepNote): string {
  const said = plainNote(text)
  const tail = said === '' ? `(${taskId})` : `(${taskId}: ${said})`
  return ` ${noteSigns[outcome]} [${at}] ${title === '' ? '' : `${title} `}${tail}`
}

/** One short line without brackets and without what Markdown would make something of. */
export function plainNote(text: string): string {
  return (
    text
      .replace(/[()]/g, (sign) => (sign === '(' ? '[' : ']'))
      .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\s]+/gu, ' ')
      // Within a word a low line is none of Markdown's: `val_mse`.
      .replace(/[<>`*\\|~]|(?<![\p{L}\d])_+|_+(?![\p{L}\d])/gu, '')
      .trim()
      .slice(0, 200)
      .trim()
  )
}
