// What has become of one call of an agent, and what is done then. Pure: the runner tells the time and does the waiting.
import { readResetTime } from './resetTime'
import type { StreamEnd } from './streams/agentStream'

/** How the process ended, whatever it said. */
export type CallEnd =
  | { readonly kind: 'missing'; readonly why: string }
  /** `status` is null when a signal ended it. `stderr` is the end of what it wrote there. */
  | { readonly kind: 'exited'; readonly status: number | null; readonly stderr: string; readonly end: StreamEnd }
  /** The time for its work was over, and it was ended with all that it had started. */
  | { readonly kind: 'timed_out'; readonly end: StreamEnd }

export type TurnOutcome =
  | { readonly kind: 'answered'; readonly answer: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'missing'; readonly why: string }
  | { readonly kind: 'logged_out'; readonly said: string }
  /** `resetsAtMs`: when it may be asked again, if it said so. */
  | { readonly kind: 'rate_limited'; readonly said: string; readonly resetsAtMs: number | null }
  /** The network, or the service behind it. */
  | { readonly kind: 'unreachable'; readonly said: string }
  /** The conversation that it should go on with is not there any more. */
  | { readonly kind: 'stale'; readonly said: string }
  | { readonly kind: 'timed_out'; readonly said: string }
  | { readonly kind: 'crashed'; readonly said: string }

export interface Now {
  readonly ms: number
  /** What a clock on the wall here is ahead of UTC. */
  readonly offsetMin: number
}

const stale = /no conversation found|no rollout found|thread not found|session .{0,60}not found/i
const loggedOut =
  /not logged in|please run \/login|please log in|codex login|invalid api key|authentication_(?:error|failed)|oauth token|token (?:has )?expired|unauthorized|incorrect api key|missing bearer/i
const rateLimited =
  /rate.?limit|too many requests|usage limit|hit your .{0,40}limit|limit reached|quota exceeded|insufficient_quota|overloaded/i
const unreachable =
  /connection (?:refused|error|reset|failed)|unable to connect|fetch failed|network|timed? ?out|ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|stream disconnected|error sending request|socket hang up|server-side issue|internal server error|service unavailable|bad gateway/i

/** What a call has come to. */
export function judgeCall(call: CallEnd, now: Now): TurnOutcome {
  switch (call.kind) {
    case 'missing':
      return call
    case 'timed_out':
      return { kind: 'timed_out', said: call.end.error?.message ?? '' }
    case 'exited':
      return judgeExit(call, now)
  }
}

function judgeExit({ status, stderr, end }: Extract<CallEnd, { kind: 'exited' }>, now: Now): TurnOutcome {
  // A whole answer counts, whatever became of the process after it.
  if (end.answer !== null && (status === 0 || end.usage !== null))
    return end.answer.trim() === '' ? { kind: 'empty' } : { kind: 'answered', answer: end.answer }
  const said = oneLine(end.error?.message ?? lastLine(stderr))
  const http = end.error?.status ?? null
  if (stale.test(said)) return { kind: 'stale', said }
  if (http === 429 || http === 529 || (http === null && rateLimited.test(said)))
    return { kind: 'rate_limited', said, resetsAtMs: end.resetsAtMs ?? readResetTime(said, now) }
  if (http === 401 || http === 403 || (http === null && loggedOut.test(said))) return { kind: 'logged_out', said }
  if ((http !== null && http >= 500) || (http === null && unreachable.test(said))) return { kind: 'unreachable', said }
  const how = status === null ? 'was ended by a signal' : `ended with status ${status}`
  return { kind: 'crashed', said: said === '' ? `It ${how} and said nothing.` : `It ${how}: ${said}` }
}

/** What has been tried for this turn, over all of its calls. */
export interface Tries {
  /** A new conversation was begun in the place of one that was gone. */
  readonly renewed: boolean
  readonly crashes: number
  readonly empties: number
  /** Waits for a service, one after another without an answer in between. */
  readonly waits: number
  /** When the first of them began. */
  readonly waitingSinceMs: number | null
}

export const noTries: Tries = { renewed: false, crashes: 0, empties: 0, waits: 0, waitingSinceMs: null }

export interface TurnLimits {
  readonly timeLimitSec: number
  readonly waitLimitSec: number
  readonly otherwise: 'wait' | 'builtin'
}

/** `why`: a sentence for the log, and for the answer where the turn comes to its end by it. */
export type TurnStep =
  | { readonly kind: 'finish'; readonly answer: string }
  | { readonly kind: 'renew'; readonly why: string; readonly tries: Tries }
  /** In the same conversation, if there is one by now. */
  | { readonly kind: 'again'; readonly why: string; readonly tries: Tries }
  | { readonly kind: 'nudge'; readonly why: string; readonly tries: Tries }
  | { readonly kind: 'wait'; readonly untilMs: number; readonly why: string; readonly tries: Tries }
  | { readonly kind: 'fall_back'; readonly why: string }
  | { readonly kind: 'fail'; readonly why: string }

const minuteMs = 60_000
const longestBackoffMs = 30 * minuteMs
/** A clock that is a little behind must not ask too early. */
const afterResetMs = 1_000

/** What is done about an outcome; `name` is that of the agent. */
export function nextStep(outcome: TurnOutcome, name: string, limits: TurnLimits, tries: Tries, now: Now): TurnStep {
  switch (outcome.kind) {
    case 'answered':
      return { kind: 'finish', answer: outcome.answer }
    case 'empty':
      if (tries.empties > 0) return { kind: 'fail', why: `${name} ended its turn without an answer, twice.` }
      return {
        kind: 'nudge',
        why: `${name} ended its turn without an answer; it is asked for one once more.`,
        tries: { ...tries, empties: tries.empties + 1 },
      }
    case 'stale':
      if (tries.renewed) return { kind: 'fail', why: `${name} cannot begin a conversation: ${quote(outcome.said)}` }
      return {
        kind: 'renew',
        why: `The conversation to go on with is not there any more (${quote(outcome.said)}): a new one is begun.`,
        tries: { ...tries, renewed: true },
      }
    case 'crashed':
      if (tries.crashes > 0) return { kind: 'fail', why: `${name} failed twice. ${quote(outcome.said)}` }
      return {
        kind: 'again',
        why: `${name} failed; it is tried once more. ${quote(outcome.said)}`,
        tries: { ...tries, crashes: tries.crashes + 1 },
      }
    case 'timed_out': {
      const said = outcome.said === '' ? '' : ` The last it said: ${quote(outcome.said)}`
      const why = `${name} was ended, with all that it had started, after its time limit of ${limits.timeLimitSec} s.${said}`
      // It has waited for the network for as long as it could: nothing was done that another would do twice.
      if (limits.otherwise === 'builtin' && unreachable.test(outcome.said))
        return { kind: 'fall_back', why: `${why} The built-in analyst reports instead.` }
      return { kind: 'fail', why }
    }
    case 'missing':
      return waitOrEnd(
        `${name} cannot be started: ${quote(outcome.why)}`,
        null,
        limits,
        tries,
        now,
        limits.otherwise === 'wait',
      )
    case 'logged_out':
      return waitOrEnd(
        `${name} is not logged in: ${quote(outcome.said)}`,
        null,
        limits,
        tries,
        now,
        limits.otherwise === 'wait',
      )
    case 'rate_limited':
      return waitOrEnd(
        `${name} has reached a limit: ${quote(outcome.said)}`,
        outcome.resetsAtMs,
        limits,
        tries,
        now,
        true,
      )
    case 'unreachable':
      return waitOrEnd(`${name} cannot reach its service: ${quote(outcome.said)}`, null, limits, tries, now, true)
  }
}

/** Waits for what may pass by itself, until the limit; then another does it, or nobody. */
function waitOrEnd(
  what: string,
  resetsAtMs: number | null,
  { waitLimitSec, otherwise }: TurnLimits,
  tries: Tries,
  now: Now,
  isWaitedFor: boolean,
): TurnStep {
  const sinceMs = tries.waitingSinceMs ?? now.ms
  const backoffMs = Math.min(minuteMs * 2 ** tries.waits, longestBackoffMs)
  const lastMs = sinceMs + waitLimitSec * 1000
  const isFirstBeyond = now.ms + backoffMs > lastMs && now.ms < lastMs
  const untilMs =
    resetsAtMs !== null ? Math.max(resetsAtMs, now.ms) + afterResetMs : isFirstBeyond ? lastMs : now.ms + backoffMs
  if (isWaitedFor && untilMs <= lastMs + (resetsAtMs === null ? 0 : afterResetMs)) {
    const next = { ...tries, waits: tries.waits + 1, waitingSinceMs: sinceMs }
    return { kind: 'wait', untilMs, why: `${what} It is asked again at ${isoMinute(untilMs)}.`, tries: next }
  }
  const tooLong = isWaitedFor ? ` That is longer than it may be waited for (${waitLimitSec} s).` : ''
  if (otherwise === 'builtin')
    return { kind: 'fall_back', why: `${what}${tooLong} The built-in analyst reports instead.` }
  return { kind: 'fail', why: `${what}${tooLong || ` It was waited for ${waitLimitSec} s.`}` }
}

/** After an answer from the service, what was waited for is over. */
export function withoutWaits(tries: Tries): Tries {
  return { ...tries, waits: 0, waitingSinceMs: null }
}

/** What an agent said, as a part of a sentence of ours. */
function quote(text: string): string {
  const said = oneLine(text)
  return /[.!?)”"]$/.test(said) ? said : `${said}.`
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}

function lastLine(text: string): string {
  return text.split('\n').findLast((line) => line.trim() !== '') ?? ''
}

function isoMinute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
