// What the pull request and the experiment document say of a track, made from its journal alone, so that the same journal always says the
// same. Texts of the job are made harmless where the page is rendered.
import { formatDuration } from '../followUps/quantities'
import { filesElsewhere } from './elsewhere'
import type { AttemptLine, FailureReport, ResultsFix, ResultsPage } from './resultsPage'
import type { MetricCell, ResultRow, RowState } from './resultsTable'
import {
  changesOf,
  currentNumber,
  outcomeOf,
  outcomeWord,
  renderOutcome,
  type Track,
  type TrackAttempt,
  type TrackState,
} from './trackState'
import type { PublicationKey, TrackEvent } from './trackEvent'
import type { TrackPlan } from './trackPlan'
import { endWord, isUnseen, whyWords } from './unseenEnd'

type Examined = Extract<TrackEvent, { type: 'examined' }>

/** `patch`: what a fix has changed before that attempt, as git writes it. `key`: which state is shown. An earlier one is never shown after a later one, for each is made of all that is known. */
export function trackPage(track: Track, key: PublicationKey, patch: (attempt: number) => string | null): ResultsPage {
  const { spec, state } = track
  const { plan } = spec
  const isOver = key === 'results' || key === 'discussed'
  const examined = state.attempts.flatMap((one) => one.examined ?? [])
  const last = examined.at(-1) ?? null
  const outcome = outcomeOf(track)
  const id = shownId(track)
  const discussion = state.discussion
  const elsewhere = plan.results.fetch === undefined ? filesElsewhere(plan.job) : null
  return {
    track: spec.id,
    experiment: plan.experiment,
    summary: [
      `Tracks ${plan.tracked.name}.`,
      ...(plan.relaunch.attempts > 1 && plan.relaunch.again !== null
        ? [`If it fails, it is run at most ${plan.relaunch.attempts} times in all.`]
        : []),
      ...(elsewhere === null ? [] : [`Its numbers are those of its log: ${elsewhere} are not fetched.`]),
    ],
    table: {
      metrics: columns(track, last),
      rows: [row(track, id, last, isOver)],
    },
    unfetched: isOver ? unfetchedOf(state, last) : [],
    metrics: plan.metrics,
    jobs: [{ id, isDone: isOver && outcome === 'succeeded' }],
    attempts: state.attempts.flatMap((one) => attemptLine(track, one, patch) ?? []),
    failure: isOver ? failureReport(plan, state, last) : null,
    discussion: discussion === null || discussion.text === null ? null : { by: discussion.by, text: discussion.text },
    final: isOver ? renderOutcome(track, track.stopRequestedAtMs === null ? outcome : 'stopped') : null,
  }
}

/** Of the attempt that is shown. */
function unfetchedOf({ attempts }: TrackState, last: Examined | null): readonly string[] {
  const fetched = attempts.find(({ number }) => number === last?.attempt)?.fetched?.last
  return fetched === undefined || fetched.complete ? [] : fetched.problems
}

/** What the job is called there, whatever attempt it is in: a box of the test plan that a person has seen keeps its words. */
function shownId({ spec }: Track): string {
  const { backend } = spec.plan.job
  switch (backend.kind) {
    case 'slurm':
      return backend.ask.act === 'adopt' ? `SLURM ${backend.ask.id}` : spec.id
    case 'process':
      return `process ${backend.process.pid}`
    case 'github':
      return backend.ask.act === 'adopt' ? `run ${backend.ask.runId}` : spec.id
    case 'local':
      return spec.id
  }
}

/** The fixes that are on the branch, in their order. */
export function trackFixes({ attempts, snapshot }: TrackState): readonly ResultsFix[] {
  let from = snapshot?.commit ?? null
  const fixes: ResultsFix[] = []
  for (const { number, fix } of attempts) {
    if (fix === null || fix.commit === null || from === null) continue
    fixes.push({ attempt: number, from, to: fix.commit })
    from = fix.commit
  }
  return fixes
}

function columns(track: Track, last: Examined | null): ResultsPage['table']['metrics'] {
  const found = last?.metrics ?? []
  const wanted = track.spec.plan.metrics.filter((name) => !found.some((one) => isNamed(one.name, name)))
  return [...found.map(({ name, better }) => ({ name, better })), ...wanted.map((name) => ({ name, better: null }))]
}

/** The name that was asked for, or one that ends with it. */
function isNamed(name: string, wanted: string): boolean {
  const key = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')
  return key(name) === key(wanted) || key(name).endsWith(`_${key(wanted)}`)
}

function row(track: Track, id: string, last: Examined | null, isOver: boolean): ResultRow {
  const { spec, state } = track
  const number = currentNumber(state)
  const of = spec.plan.relaunch.again === null ? 1 : spec.plan.relaunch.attempts
  const rowState: RowState = isOver ? outcomeWord(track) : number > 1 ? 'running' : 'pending'
  const cells: Record<string, MetricCell> = {}
  if (isOver && last !== null) for (const metric of last.metrics) cells[metric.name] = cell(metric)
  const failure = isOver && last !== null ? whyWords(spec.plan, last) : null
  const note = [...(number > 1 ? [`attempt ${number} of ${of}`] : []), ...(failure === null ? [] : [failure])].join(
    ', ',
  )
  const isPartial = isOver && unfetchedOf(state, last).length > 0
  return {
    label: id,
    state: rowState,
    note: note === '' ? null : note,
    cells,
    ...(isPartial ? { isPartial: true as const } : {}),
  }
}

function cell({ best, last, seeds }: Examined['metrics'][number]): MetricCell {
  return seeds === null ? { kind: 'value', best, last } : { kind: 'seeds', best: seeds.best, last: seeds.last }
}

/** Null for one that has not ended, and for one that succeeded at once. */
function attemptLine(
  { spec, state }: Track,
  { number, examined, fix }: TrackAttempt,
  patch: (attempt: number) => string | null,
): AttemptLine | null {
  if (examined === null) return null
  if (number === 1 && (examined.failure === null || (isUnseen(examined) && state.attempts.length === 1))) return null
  const before = state.attempts.find((one) => one.number === number - 1)
  return {
    number,
    known: examined.known,
    outcome: endWord(spec.plan, examined),
    durationMs: examined.startedAtMs === null ? null : examined.endedAtMs - examined.startedAtMs,
    failure: examined.failure === null ? null : whyWords(spec.plan, examined),
    change: changeWords(before, fix, changesOf(state, number).resources),
    patch: fix === null || fix.commit === null ? null : patch(number),
  }
}

function changeWords(
  before: TrackAttempt | undefined,
  fix: TrackAttempt['fix'],
  { memoryMb, timeSec }: { readonly memoryMb: number | null; readonly timeSec: number | null },
): string | null {
  if (before === undefined) return null
  if (before.decided?.how === 'agent')
    return fix === null
      ? 'a fix'
      : `a fix of ${fix.files.length} file${fix.files.length === 1 ? '' : 's'} (+${fix.added} −${fix.removed})`
  const more = [
    ...(memoryMb === null ? [] : [`${memoryMb} MB`]),
    ...(timeSec === null ? [] : [formatDuration(timeSec * 1000)]),
  ]
  return more.length === 0 ? 'as it was' : `with ${more.join(' and ')}`
}

function failureReport(plan: TrackPlan, state: TrackState, last: Examined | null): FailureReport | null {
  if (last === null || last.failure === null) return null
  const decided = state.attempts.find(({ number }) => number === last.attempt)?.decided
  const why = decided?.why ?? 'It was stopped.'
  // That nobody saw it fail is no failure.
  if (isUnseen(last))
    return { unseen: true, class: 'how it ended is not known', explanation: last.reason, evidence: [], why }
  return {
    class: whyWords(plan, last) ?? '',
    explanation: last.failure.explanation,
    evidence: last.failure.evidence,
    why,
  }
}
