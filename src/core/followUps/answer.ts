// The marker with which an agent ends its answer.
import { aloneMarkers } from '../agentRequests/findAsked'
import type { AnswerMarker } from '../jobs/job'

/** `done` or `blocked` from the last line that is such a marker and nothing else; `unmarked` if there is none. */
export function readAnswerMarker(lines: readonly string[]): AnswerMarker {
  const markers = lines.flatMap((line) => /^\s*\[\[task:(done|blocked)\]\]\s*$/i.exec(line)?.[1] ?? [])
  const last = markers.at(-1)?.toLowerCase()
  return last === 'done' || last === 'blocked' ? last : 'unmarked'
}

/** The same for a whole answer: a marker that is only shown, in a fence or a quote, is none unless it is the last line. */
export function markerOfAnswer(answer: string): AnswerMarker {
  const last = aloneMarkers(answer).at(-1)
  if (last !== undefined) return last.word
  return readAnswerMarker([answer.trimEnd().split('\n').at(-1) ?? ''])
}
