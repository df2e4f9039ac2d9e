// When a state of the results is shown, and how often that is tried.
import type { UndertakingSeen } from '../undertakings/undertaking'
import { act, patientTries, type TrackEffect, usualTries, waitLeftMs } from './trackAct'
import type { PublicationKey } from './trackEvent'
import type { Track } from './trackState'

export type Publishing =
  | { readonly kind: 'begin'; readonly effects: readonly TrackEffect[] }
  | { readonly kind: 'wait'; readonly effects: readonly TrackEffect[] }
  | { readonly kind: 'done' }

/** It is intended before it is done, and done at most so often. What has failed for good is done, too. Whoever stops the track does not wait. */
export function publish(track: Track, key: PublicationKey, seen: UndertakingSeen, isLast = false): Publishing {
  const { state } = track
  const maxTries = isLast && track.stopRequestedAtMs === null ? patientTries : usualTries
  const known = state.publications.find((one) => one.key === key)
  const doing = act(`publish`, { kind: 'publish', key })
  if (known === undefined)
    return { kind: 'begin', effects: [{ kind: 'record', event: { type: 'publish_intended', key } }] }
  if (known.done === null) return { kind: 'begin', effects: doing }
  if (known.done.problem === null || !known.done.passing || known.tries >= maxTries) return { kind: 'done' }
  // One that comes later tells all that this one would have.
  if (key !== 'results' && key !== 'discussed' && state.publications.some((one) => isLater(one.key, key)))
    return { kind: 'done' }
  const leftMs = waitLeftMs(known.tries, known.atMs, seen.nowMs)
  return leftMs === null
    ? { kind: 'wait', effects: [{ kind: 'record', event: { type: 'publish_intended', key } }] }
    : { kind: 'wait', effects: [{ kind: 'look_again', afterMs: leftMs }] }
}

const order: readonly PublicationKey[] = ['opened', 'attempt-1', 'attempt-2', 'results', 'discussed']
function isLater(one: PublicationKey, than: PublicationKey): boolean {
  return order.indexOf(one) > order.indexOf(than)
}
