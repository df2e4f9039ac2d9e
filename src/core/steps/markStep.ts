// The edit of SPEC.md at the end of a step: its own line gets the tick and the note, and nothing else changes. It can be
// asked for any number of times; what a person did to the line meanwhile is kept, and a conflict is said.
import * as z from 'zod'
import type { TextEdit } from '../blocks/textEdit'
import { readSpec, type SpecStep } from './specDocument'
import { noteSigns, readNote, renderNote, type StepNote, taskIdPattern, titleRange } from './stepNote'

const outcomes = ['started', 'failed', 'unproved', 'ticked'] as const satisfies readonly (keyof typeof noteSigns)[]

export const markStepSchema = z.strictObject({
  kind: z.literal('mark_step'),
  step: z.int().min(0),
  /** The title as it was when the step began; empty if it had none. By it the step is found when its number has changed. */
  title: z.string(),
  outcome: z.enum(outcomes),
  taskId: z.string().regex(taskIdPattern),
  /** `2026-11-28 09:15:02`, in the time of the machine that ran it. */
  at: z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
  /** Notable outputs or metrics. */
  text: z.string(),
})
export type MarkStep = z.infer<typeof markStepSchema>

export interface MarkResult {
  /** In offsets of the text that was given; they do not overlap. */
  readonly edits: readonly TextEdit[]
  /** Why the step could not be marked, a sentence, or null. */
  readonly problem: string | null
}

/** What has to change in `text`. Nothing: it has been marked, or a later run has marked it. */
export function markStep(text: string, edit: MarkStep): MarkResult {
  const found = findStep(readSpec(text), edit)
  if (typeof found === 'string') return { edits: [], problem: found }
  const { note } = found
  if (note?.taskId === edit.taskId && !isBehind(note, edit)) return done
  if (note !== null && note.taskId !== edit.taskId && note.at > edit.at)
    return {
      edits: [],
      problem: `STEP ${edit.step} has the note of a later run already (${note.taskId}, ${note.at}), and keeps it. The outcome of ${edit.taskId} is in the log.`,
    }
  const written = text.slice(found.rest.start, found.rest.end)
  const newText = renderNote(titleOf(written), edit)
  // The title itself is not replaced, so that whoever writes it keeps their cursor.
  const [own, kept] = [titleRange(written), titleRange(newText)]
  const { start, end } = found.rest
  const around: readonly TextEdit[] =
    own.start === own.end
      ? [{ start, end, newText }]
      : [
          { start, end: start + own.start, newText: newText.slice(0, kept.start) },
          { start: start + own.end, end, newText: newText.slice(kept.end) },
        ]
  const isTicked = edit.outcome === 'ticked'
  // A failed step loses no tick that a person or an earlier run gave it.
  const box = isTicked && found.state !== 'ticked' ? [{ ...found.box, newText: 'x' }] : []
  const changes = around.filter((one) => text.slice(one.start, one.end) !== one.newText)
  return { edits: [...box, ...changes], problem: null }
}

/**
 * Only ever forwards: an edit that comes late, or once more after an undo, changes nothing. What was noted of an earlier try of
 * the task gives way to what is true of the next; a tick to nothing.
 */
function isBehind(note: StepNote, { outcome, at }: MarkStep): boolean {
  if (outcomes.indexOf(note.outcome) < outcomes.indexOf(outcome)) return true
  return note.outcome !== 'ticked' && note.at < at
}

const done: MarkResult = { edits: [], problem: null }

/** Without our note; a person's blanks at either end are not part of it. */
function titleOf(rest: string): string {
  return readNote(rest).title
}

/** The line of a step, wherever it is by now and whatever it is called; or why it cannot be told, a sentence. */
export function findStep(
  steps: readonly SpecStep[],
  { step, title, taskId }: { readonly step: number; readonly title: string; readonly taskId: string },
): SpecStep | string {
  const marked = steps.filter(({ note }) => note?.taskId === taskId)
  if (marked.length === 1 && marked[0] !== undefined) return marked[0]
  const wanted = plain(title)
  const numbered = steps.filter(({ number }) => number === step)
  const titled = wanted === '' ? [] : steps.filter((one) => plain(one.title) === wanted)
  const both = numbered.filter((one) => titled.includes(one))
  for (const candidates of [both, titled, numbered]) {
    const [only, second] = candidates
    if (candidates === numbered && only !== undefined && second === undefined && !isRenamed(plain(only.title), wanted))
      return `STEP ${step} is another step by now (${only.title.slice(0, 80)}), and ${title.slice(0, 80)} is not in the document any more. The outcome of ${taskId} is in the log.`
    if (only !== undefined && second === undefined) return only
    if (second !== undefined)
      return `STEP ${step} is in the document ${candidates.length} times: it is not clear which is meant. The outcome of ${taskId} is in the log.`
  }
  return `STEP ${step}${title === '' ? '' : ` (${title.slice(0, 80)})`} is not in the document any more. The outcome of ${taskId} is in the log.`
}

/**
 * Whether two titles may be those of one step: one is the other as far as it is typed, or more than half of the words of the
 * shorter are in the other.
 */
function isRenamed(one: string, other: string): boolean {
  if (one.startsWith(other) || other.startsWith(one)) return true
  const [few, many] = [wordsOf(one), wordsOf(other)].sort((a, b) => a.size - b.size)
  if (few === undefined || many === undefined || few.size === 0) return false
  return [...few].filter((word) => many.has(word)).length * 2 > few.size
}

function wordsOf(title: string): ReadonlySet<string> {
  return new Set((title.match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !smallWords.has(word)))
}

const smallWords: ReadonlySet<string> = new Set(['a', 'an', 'and', 'for', 'in', 'it', 'of', 'on', 'the', 'to', 'with'])

function plain(title: string): string {
  return title
    .replace(/[\s*_`.:]+/g, ' ')
    .trim()
    .toLowerCase()
}
