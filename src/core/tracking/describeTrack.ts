// A track as lists, pages and programs show it: facts, and where it stands in a few words.
import type { JobId } from '../jobs/jobId'
import type { Outcome } from '../jobs/outcome'
import { usualTries } from './trackAct'
import { endWord, unseenStatus, whyWords } from './unseenEnd'
import {
  attemptJobId,
  currentNumber,
  discussionJobId,
  fixJobId,
  outcomeWord,
  pullRequestUrl,
  resultsBranch,
  type Track,
  type TrackState,
} from './trackState'

export interface AttemptDescription {
  readonly number: number
  readonly job: JobId
  /** The turn of the agent that has looked for a fix before it; null: there was none. */
  readonly fix: JobId | null
  readonly outcome: Outcome | null
  /** The outcome in a word for people: `ended`, where nobody here was told how. */
  readonly end: Outcome | 'ended' | null
  /** In words; null: it has not failed. */
  readonly failure: string | null
  readonly why: string | null
}

export interface TrackDescription {
  readonly id: JobId
  readonly experiment: string
  readonly tracked: string
  readonly folder: string
  readonly state: 'running' | Outcome
  /** Where it stands, in words. */
  readonly stage: string
  readonly attempts: readonly AttemptDescription[]
  readonly of: number
  readonly branch: string | null
  readonly url: string | null
  /** What is wrong with the pull request; null: nothing that is known. */
  readonly problem: string | null
  /** What was left as a person has made it, and the like: a sentence each. */
  readonly notes: readonly string[]
  /** What could not be fetched of the results: a sentence each. */
  readonly unfetched: readonly string[]
  /** Worktrees of fixes that were not cleared away. */
  readonly kept: readonly string[]
  readonly summary: string | null
  readonly discussion: JobId | null
  readonly createdAtMs: number
  readonly endedAtMs: number | null
}

export function describeTrack(track: Track): TrackDescription {
  const { spec, state } = track
  const { plan } = spec
  const number = currentNumber(state)
  const numbers = Array.from({ length: number }, (_, index) => index + 1)
  const published = state.publications.flatMap(({ done }) => done ?? []).at(-1)
  return {
    id: spec.id,
    experiment: plan.experiment,
    tracked: plan.tracked.name,
    folder: spec.folder,
    state: state.ended?.outcome ?? 'running',
    stage: renderStage(track),
    attempts: numbers.map((one) => describeAttempt(track, one)),
    of: plan.relaunch.again === null ? 1 : plan.relaunch.attempts,
    branch: resultsBranch(track),
    url: pullRequestUrl(state),
    problem: published?.problem ?? null,
    notes: [...new Set(state.publications.flatMap(({ done }) => done?.notes ?? []))],
    unfetched: unfetchedBy(state),
    kept: state.handedOver?.kept ?? [],
    summary: state.ended?.summary ?? null,
    discussion: track.jobs.includes(discussionJobId(spec.id)) ? discussionJobId(spec.id) : null,
    createdAtMs: spec.createdAtMs,
    endedAtMs: state.ended?.atMs ?? null,
  }
}

/** Of the last attempt whose files were asked for. */
function unfetchedBy({ attempts }: TrackState): readonly string[] {
  const last = attempts.flatMap(({ fetched }) => fetched?.last ?? []).at(-1)
  return last === undefined || last.complete ? [] : last.problems
}

function describeAttempt({ spec, state, jobs }: Track, number: number): AttemptDescription {
  const attempt = state.attempts.find((one) => one.number === number)
  const examined = attempt?.examined ?? null
  const fix = fixJobId(spec.id, number)
  return {
    number,
    job: attemptJobId(spec.id, number),
    fix: jobs.includes(fix) ? fix : null,
    outcome: examined?.outcome ?? null,
    end: examined === null ? null : endWord(spec.plan, examined),
    failure: examined === null ? null : whyWords(spec.plan, examined),
    why: attempt?.decided?.why ?? null,
  }
}

function renderStage(track: Track): string {
  const { spec, state, jobs } = track
  const end = outcomeWord(track) === 'ended' ? `ended, ${unseenStatus}` : outcomeWord(track)
  if (state.ended !== null) return state.ended.outcome === 'lost' ? end : state.ended.outcome
  if (track.stopRequestedAtMs !== null) return 'is being stopped'
  const shown = state.publications.filter(({ key }) => key === 'discussed' || key === 'results').at(-1)
  if (shown !== undefined && shown.tries > usualTries && shown.done?.problem !== null)
    return 'its results wait to be shown, and that is tried again (relay track stop ends it)'
  const number = currentNumber(state)
  const attempt = state.attempts.find((one) => one.number === number)
  const of = spec.plan.relaunch.attempts > 1 && number > 1 ? ` ${number} of ${spec.plan.relaunch.attempts}` : ''
  if (state.discussion !== null || jobs.includes(discussionJobId(spec.id))) return 'results are discussed'
  const fetched = attempt?.fetched ?? null
  if (fetched?.last.passing === true && attempt?.examined === null)
    return `its results wait to be fetched, and that is tried again (relay track stop ends it): ${fetched.last.problems[0] ?? ''}`
  if (attempt?.examined !== undefined && attempt.examined !== null) return `results are shown (${end})`
  if (jobs.includes(attemptJobId(spec.id, number))) return number === 1 ? 'is watched' : `attempt${of} is watched`
  if (jobs.includes(fixJobId(spec.id, number))) return `a fix for attempt${of} is looked for`
  return isOpened(state) || spec.plan.pullRequest === null ? 'is about to begin' : 'its pull request is opened'
}

function isOpened({ publications }: TrackState): boolean {
  return publications.some(({ key, done }) => key === 'opened' && done !== null)
}
