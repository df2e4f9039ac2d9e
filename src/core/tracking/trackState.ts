// A tracked job as its journal tells it. State is only ever computed here, by everyone who wants to know it.
import type { Job } from '../jobs/job'
import { childJobId, type CommonEvent, type Undertaking, type UndertakingSpec } from '../undertakings/undertaking'
import type { JobId } from '../jobs/jobId'
import type { Outcome } from '../jobs/outcome'
import { failureWords } from './diagnose'
import type { Resources } from './relaunch'
import type { PublicationKey, TrackEvent } from './trackEvent'
import type { TrackPlan } from './trackPlan'
import { hasJustEnded, isUnseen, judgeResults, outcomeOfExamined, whyWords } from './unseenEnd'

export type EventOf<Type extends TrackEvent['type']> = Extract<TrackEvent, { type: Type }>

export interface TrackAttempt {
  readonly number: number
  /** Its files that are elsewhere: how often they were asked for, and what came of it last. Null: they were not. */
  readonly fetched: { readonly tries: number; readonly atMs: number; readonly last: EventOf<'results_fetched'> } | null
  readonly examined: EventOf<'examined'> | null
  readonly decided: EventOf<'relaunch_decided'> | null
  /** What this attempt was given, where it is not the first. */
  readonly worktree: EventOf<'worktree_made'> | null
  readonly fix: EventOf<'fix_taken'> | null
}

export interface Publication {
  readonly key: PublicationKey
  readonly tries: number
  readonly atMs: number
  /** Null while it was only intended. */
  readonly done: EventOf<'published'> | null
}

export interface TrackState {
  readonly snapshot: EventOf<'snapshot_taken'> | null
  readonly attempts: readonly TrackAttempt[]
  readonly publications: readonly Publication[]
  readonly discussion: EventOf<'discussed'> | null
  readonly handedOver: EventOf<'handed_over'> | null
  readonly ended: { readonly outcome: Outcome; readonly summary: string; readonly atMs: number } | null
}

export type Track = Undertaking<TrackPlan, TrackState>
export type TrackSpec = UndertakingSpec<TrackPlan>

export function reduceTrack(state: TrackState, atMs: number, event: CommonEvent | TrackEvent): TrackState {
  switch (event.type) {
    case 'snapshot_taken':
      return { ...state, snapshot: event }
    case 'publish_intended': {
      const known = state.publications.find(({ key }) => key === event.key)
      return withPublication(state, { key: event.key, tries: (known?.tries ?? 0) + 1, atMs, done: null })
    }
    case 'published': {
      const known = state.publications.find(({ key }) => key === event.key)
      return withPublication(state, { key: event.key, tries: known?.tries ?? 1, atMs, done: event })
    }
    case 'results_fetched': {
      const known = state.attempts.find(({ number }) => number === event.attempt)?.fetched
      return withAttempt(state, event.attempt, { fetched: { tries: (known?.tries ?? 0) + 1, atMs, last: event } })
    }
    case 'examined':
      return withAttempt(state, event.attempt, { examined: event })
    case 'relaunch_decided':
      return withAttempt(state, event.attempt, { decided: event })
    case 'worktree_made':
      return withAttempt(state, event.attempt, { worktree: event })
    case 'fix_taken':
      return withAttempt(state, event.attempt, { fix: event })
    case 'discussed':
      return { ...state, discussion: event }
    case 'handed_over':
      return { ...state, handedOver: event }
    case 'track_ended':
      return { ...state, ended: { outcome: event.outcome, summary: event.summary, atMs } }
    default:
      return state
  }
}

function withAttempt(state: TrackState, number: number, change: Partial<TrackAttempt>): TrackState {
  const known = state.attempts.find((one) => one.number === number)
  const empty = { number, fetched: null, examined: null, decided: null, worktree: null, fix: null }
  const others = state.attempts.filter((one) => one.number !== number)
  const attempts = [...others, { ...empty, ...known, ...change }].sort((a, b) => a.number - b.number)
  return { ...state, attempts }
}

function withPublication(state: TrackState, publication: Publication): TrackState {
  return { ...state, publications: [...state.publications.filter(({ key }) => key !== publication.key), publication] }
}

export function attemptJobId(track: JobId, number: number): JobId {
  return childJobId(track, `a${number}`)
}
/** The turn of the agent that looks for a fix before that attempt. */
export function fixJobId(track: JobId, number: number): JobId {
  return childJobId(track, `x${number}`)
}
export function discussionJobId(track: JobId): JobId {
  return childJobId(track, 'd')
}

/** The number of the attempt that is made, or was made last. */
export function currentNumber({ attempts }: TrackState): number {
  let number = 1
  for (;;) {
    const one = attempts.find((attempt) => attempt.number === number)
    if (one?.decided === undefined || one.decided === null || one.decided.how === 'stop') return number
    number++
  }
}

/** What the attempt of that number gets: every change of a rule before it, and the last worktree. */
export function changesOf({ attempts }: TrackState, number: number): { resources: Resources; worktree: string | null } {
  const before = attempts.filter((one) => one.number < number)
  const last = <T>(values: readonly (T | null | undefined)[]): T | null =>
    values.filter((one) => one !== null && one !== undefined).at(-1) ?? null
  const changes = before.map(({ decided }) => decided?.changes)
  return {
    resources: {
      memoryMb: last(changes.map((one) => one?.memoryMb)),
      timeSec: last(changes.map((one) => one?.timeSec)),
    },
    worktree: last(attempts.filter((one) => one.number <= number).map(({ worktree }) => worktree?.folder)),
  }
}

/** When that state was intended to be shown: the time of its commits, so that doing it again makes the same ones. */
export function publicationAtMs({ state, updatedAtMs }: Track, key: PublicationKey): number {
  return state.publications.find((one) => one.key === key)?.atMs ?? updatedAtMs
}

/** The branch that the results are on; null: there is none yet. */
export function resultsBranch({ spec, state }: Track): string | null {
  const made = state.publications.flatMap(({ done }) => (done === null || done.commit === null ? [] : [done])).at(-1)
  return made === undefined ? null : (made.branch ?? spec.plan.pullRequest?.branch ?? null)
}

/** The last link to the pull request that is known. */
export function pullRequestUrl({ publications }: TrackState): string | null {
  return publications.flatMap(({ done }) => done?.url ?? []).at(-1) ?? null
}

/** Whether its turn is to be believed: it ended as it should, and did not say that it could not. */
export function hasAnswered(job: Job | null): boolean {
  return (
    job !== null && job.state.kind === 'ended' && job.state.outcome === 'succeeded' && job.state.answer !== 'blocked'
  )
}

export function outcomeOf({ state }: Track): Outcome {
  const last = state.attempts.filter(({ examined }) => examined !== null).at(-1)?.examined
  return last === undefined || last === null ? 'lost' : outcomeOfExamined(last)
}

/** The same in a word for people: of what ended without anybody seeing how, no more than that. */
export function outcomeWord(track: Track): Outcome | 'ended' {
  const last = track.state.attempts.flatMap(({ examined }) => examined ?? []).at(-1)
  return last !== undefined && hasJustEnded(track.spec.plan, last) ? 'ended' : outcomeOf(track)
}

/** What became of it in a sentence or two, as it may stand anywhere. Nothing in it is a text of the job, but the names of metrics. */
export function renderOutcome({ spec, state }: Track, outcome: Outcome): string {
  const examined = state.attempts.flatMap((one) => one.examined ?? [])
  const last = examined.at(-1)
  const words: Readonly<Record<Outcome, string>> = {
    succeeded: 'has succeeded',
    failed: 'has failed',
    stopped: 'was stopped',
    lost: 'was lost',
    blocked: 'was blocked',
  }
  const end = last === undefined || outcome === 'stopped' ? null : tellEnd(spec.plan, last)
  const tries = examined.length > 1 ? ` after ${examined.length} attempts` : ''
  const metrics = (last?.metrics ?? [])
    .slice(0, 3)
    .map(({ name, best, last: value }) => `${name} ${Number((best ?? value).toPrecision(6))}`)
  const numbers = metrics.length === 0 ? '' : ` ${metrics.join(', ')}.`
  const why = last === undefined ? null : whyWords(spec.plan, last)
  const told = end ?? `${words[outcome]}${why === null ? '' : ` (${why})`}${tries}.`
  return `${spec.plan.experiment} ${told}${numbers}`
}

/** Null: how it ended is known, or why it is lost is told beside it. */
function tellEnd(plan: TrackPlan, last: EventOf<'examined'>): string | null {
  if (!hasJustEnded(plan, last)) return null
  const status = 'its exit status is not known, for it was not started by Relay Jobs'
  const lines = isUnseen(last) ? '' : ` Its last lines speak of a failure: ${whyOf(last)}.`
  return `has ended; ${status}.${lines} ${judgeResults(plan, last)}`
}

function whyOf({ failure }: EventOf<'examined'>): string {
  return failureWords[failure?.class ?? 'unknown']
}

/** The same for the person: with the link, or what is wrong with it. */
export function summarize(track: Track, outcome: Outcome): string {
  const { spec, state } = track
  const url = pullRequestUrl(state)
  const branch = resultsBranch(track)
  const published = state.publications.find(({ key }) => key === 'results')?.done
  const where =
    url !== null
      ? ` ${url}`
      : spec.plan.pullRequest === null
        ? ''
        : branch === null
          ? ' No pull request could be made.'
          : ` Its results are on the branch ${branch}.`
  // The first sentence: the whole of it is where it is asked for.
  const problem = published?.problem?.split(/(?<=[.!?])\s/)[0] ?? ''
  const fetched = state.attempts.filter(({ examined }) => examined !== null).at(-1)?.fetched?.last
  const unfetched = fetched === undefined || fetched.complete ? '' : ' Not all of its results could be fetched.'
  return `${renderOutcome(track, outcome)}${unfetched}${where}${problem === '' ? '' : ` ${problem}`}`.slice(0, 2000)
}
