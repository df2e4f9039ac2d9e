// The marker with which an agent ends its answer.
import type { AnswerMarker } from '../jobs/job'

/** `done` or `blocked` from the last line that is such a marker and nothing else; `unmarked` if there is none. */
export function readAnswerMarker(lines: readonly string[]): AnswerMarker {
  const markers = lines.flatMap((line) => /^\s*\[\[task:(done|blocked)\]\]\s*$/i.exec(line)?.[1] ?? [])
  const last = markers.at(-1)?.toLowerCase()
  return last === 'done' || last === 'blocked' ? last : 'unmarked'
}
