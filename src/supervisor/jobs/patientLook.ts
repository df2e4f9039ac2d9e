// Looks at files of someone else's making that may lie on a network disk that does not answer: the loop never waits for one,
// and one that hangs is not asked a second time before it has answered.

import { setTimeout as delay } from 'node:timers/promises'

const roomPollMs = 20

/** So long is waited for one look. */
export const answerWithinMs = 10_000

export type Answer<Value> = { readonly kind: 'answer'; readonly value: Value } | { readonly kind: 'silent' }

/** Looks that were given up, by what they look at, until they answer after all. */
const hanging = new Map<string, Promise<unknown>>()
/** Looks under way by the place that they are at: each takes one of the threads that all work with files shares. */
const underWay = new Map<string, number>()
/** One disk that does not answer leaves threads for the others. */
const maxOfPlace = 3

/**
 * What `look` finds of `subject` (a path, and what is asked of it), or that there is no answer within the limit. Rejects as
 * `look` does.
 */
export async function lookPatiently<Value>(
  subject: string,
  look: () => Promise<Value>,
  limitMs = answerWithinMs,
): Promise<Answer<Value>> {
  const old = hanging.get(subject)
  if (old !== undefined && !(await isOverWithin(old, limitMs))) return { kind: 'silent' }
  const place = placeOf(subject)
  if (!(await hasRoomWithin(place, limitMs))) return { kind: 'silent' }
  underWay.set(place, (underWay.get(place) ?? 0) + 1)
  const looking = look().finally(() => underWay.set(place, (underWay.get(place) ?? 1) - 1))
  const over = looking.then(
    () => undefined,
    () => undefined,
  )
  if (await isOverWithin(over, limitMs)) return { kind: 'answer', value: await looking }
  const entry = over.finally(() => {
    if (hanging.get(subject) === entry) hanging.delete(subject)
  })
  hanging.set(subject, entry)
  return { kind: 'silent' }
}

/** What is said of one that did not answer. */
export function renderSilence(limitMs = answerWithinMs): string {
  return `did not answer within ${limitMs / 1000} s`
}

/** Where disks begin: the first three names of a path. */
function placeOf(subject: string): string {
  return subject.slice(subject.indexOf('/')).split('/').slice(0, 4).join('/')
}

/** Waits for a place among the looks at the same disk. */
async function hasRoomWithin(place: string, limitMs: number): Promise<boolean> {
  const untilMs = performance.now() + limitMs
  while ((underWay.get(place) ?? 0) >= maxOfPlace) {
    if (performance.now() > untilMs) return false
    await delay(roomPollMs)
  }
  return true
}

async function isOverWithin(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs)
  })
  const isOver = await Promise.race([work.then(() => true), limit])
  clearTimeout(timer)
  return isOver
}
