// The policy: what should happen next to a job, given what its journal says and what was just seen of the world.
// Pure. An effect is safe to ask for again: after a crash the same journal and the same world give the same answer.
import type { JobEvent } from './event'
import { judgeDryRun } from './dryRun'
import { exitFromStatus, renderExit, type Exit } from './exit'
import type { FileFinding } from './fileFinding'
import type { FilePrint } from './filePrint'
import { type AnswerMarker, type Ending, type Job, lastStage, planOf, stageAt } from './job'
import { isRunStateEdit, owesFollowUp, owesNext, owesRetry, pendingEdits, pendingParts } from './owed'
import { canonicalJson } from './plan'
import type { AttemptSeen, Seen, Started } from './seen'
import type { RunPart } from '../experiments/runParts'
import type { Turn } from './turn'
import { followUpJobId } from './jobId'
import type { Outcome } from './outcome'
import { decideAlerts, hasAlert } from './alerts'
import { hasChanged } from './usage'

export type Effect =
  | { readonly kind: 'record'; readonly event: JobEvent }
  | { readonly kind: 'run_checks' }
  | { readonly kind: 'launch'; readonly attempt: number }
  | { readonly kind: 'signal'; readonly attempt: number; readonly hard: boolean }
  /** Have the turn of an agent that was lost once more. */
  | { readonly kind: 'retry' }
  | { readonly kind: 'run_part'; readonly part: RunPart }
  /** Start what its answer asks for, or leave that to a person. */
  | { readonly kind: 'decide_next' }
  | { readonly kind: 'create_follow_up' }
  | { readonly kind: 'edit_document'; readonly edit: string }
  /** Look at the job again after this time even if nothing calls. */
  | { readonly kind: 'look_again'; readonly afterMs: number }

/** How long processes have after TERM before KILL. */
export const stopGraceMs = 10_000
/** How long the files of a failed command are given to hold still before they are reported as they are. */
const failedFilesGraceMs = 2_000
/** How long a file may look as if it were growing after the time limit, when nobody has looked at it before. */
const restingFilesGraceMs = 10_000
/** A file that does not answer for so long before the start is told of; the start waits for it. */
const silentFilesMs = 10_000
const silentFilesKey = 'files'

/** What should happen next. Records come first and are to be durable before any other effect is carried out. */
export function decide(job: Job, seen: Seen): readonly Effect[] {
  const { state } = job
  switch (seen.kind) {
    case 'nothing':
      return []
    case 'queued':
      return state.kind === 'queued' ? decideQueued(job, state.held, seen.turn) : []
    case 'checking':
      return state.kind === 'checking' ? decideChecking(job, seen) : []
    case 'launching':
      return state.kind === 'launching' ? decideLaunching(job, state.stage, seen.attempt) : []
    case 'running':
      return state.kind === 'running' ? decideRunning(job, state, seen) : []
    case 'settling':
      return state.kind === 'settling' ? decideSettling(job, state, seen) : []
    case 'ended':
      return state.kind === 'ended' ? decideEnded(job, seen.followUpExists) : []
  }
}

function decideQueued(job: Job, held: boolean, turn: Turn): readonly Effect[] {
  if (job.stopRequestedAtMs !== null) return [end(job, 'stopped', 'Stopped before it was started.')]
  if (turn.kind === 'never') return [end(job, 'blocked', `Not started: ${turn.why}`)]
  return held || turn.kind === 'wait' ? [] : [record({ type: 'turn_given' })]
}

function decideChecking(job: Job, seen: Extract<Seen, { kind: 'checking' }>): readonly Effect[] {
  const { preflight } = job.spec.plan
  if (job.stopRequestedAtMs !== null) {
    if (seen.processes.length > 0) return signal(job.attempt, stopGraceMs)
    return [end(job, 'stopped', 'Stopped before it was started.')]
  }
  const isDryRun = job.spec.dryRun === true
  if ((preflight.checks.length > 0 || isDryRun) && seen.checks === null) return [{ kind: 'run_checks' }]

  const findings = seen.checks ?? []
  const failed = findings.filter(({ passed }) => !passed)
  const list = failed.map(({ name, detail }) => `${name}: ${detail}`).join('; ')
  const checked = findings.length > 0 ? [record({ type: 'checked', findings })] : []
  if (isDryRun) {
    const { outcome, reason } = judgeDryRun(job.spec.plan, findings)
    return [...checked, end(job, outcome, reason)]
  }
  if (failed.length > 0 && preflight.onFail === 'reject')
    return [...checked, end(job, 'blocked', `Not started: ${list}`)]
  if (seen.before === null) return awaitPrints(job, seen.beforeAskedMs ?? 0)
  const warned = { type: 'alerted', key: 'check', kind: 'check', text: `Started with a warning: ${list}` } as const
  return [...checked, ...(failed.length > 0 ? [record(warned)] : []), ...launch(job, 0, seen.before)]
}

/** Nothing is started before it is known what its files look like: later they could not be told from new ones. */
function awaitPrints(job: Job, askedMs: number): readonly Effect[] {
  const text = 'It is not started yet: the place of its required files does not answer.'
  const alerted = { type: 'alerted', key: silentFilesKey, kind: 'check', text } as const
  const isDue = askedMs >= silentFilesMs && !hasAlert(job, silentFilesKey)
  return [...(isDue ? [record(alerted)] : []), { kind: 'look_again', afterMs: 1000 }]
}

/** `stage`: which of the plan's. */
function launch(job: Job, stage: number, before: readonly FilePrint[]): readonly Effect[] {
  const { attempt } = job
  const event = { type: 'launch_intended', attempt, before, ...stageField(job, stage) } as const
  const cleared = hasAlert(job, silentFilesKey) ? [record({ type: 'alert_cleared', key: silentFilesKey })] : []
  return [...cleared, record(event), { kind: 'launch', attempt }]
}

/** How events name a stage: not at all if it is the work itself. */
function stageField({ spec }: Job, stage: number): { readonly stage?: number } {
  return stage === lastStage(spec) ? {} : { stage }
}

function decideLaunching(job: Job, stage: number, seen: AttemptSeen): readonly Effect[] {
  const { attempt } = job
  const told = recordService(job, seen)
  if (told.length > 0) return [...told, { kind: 'look_again', afterMs: 0 }]
  switch (seen.kind) {
    case 'absent':
      if (job.stopRequestedAtMs !== null) return [end(job, 'stopped', 'Stopped before it was started.')]
      return [{ kind: 'launch', attempt }]
    case 'starting':
      return [{ kind: 'look_again', afterMs: 10 }]
    case 'unknown':
    case 'submitted': {
      // Whoever asks the service calls when there is something new.
      if (job.stopRequestedAtMs === null || (job.remote?.handle ?? null) === null)
        return [{ kind: 'look_again', afterMs: 1000 }]
      return [
        { kind: 'signal', attempt, hard: false },
        { kind: 'look_again', afterMs: 1000 },
      ]
    }
    case 'over':
      // Cancelled before it began, it never ran.
      if (seen.started !== null) return [recordStart(job, stage, seen.started)]
      if (job.stopRequestedAtMs !== null) return [end(job, 'stopped', 'Stopped before it began.')]
      return [recordExit(job, stage, seen.exit, seen.atMs, [])]
    case 'alive':
      return [recordStart(job, stage, seen.started)]
    case 'not_startable':
      return [end(job, 'blocked', `It cannot be started: ${seen.why}`)]
    case 'exited':
      if (seen.started !== null) return [recordStart(job, stage, seen.started)]
      return [recordExit(job, stage, exitFromStatus(seen.status), seen.atMs, seen.processes)]
    case 'mute':
    case 'orphaned':
      if (job.stopRequestedAtMs !== null) return signal(attempt, stopGraceMs)
      return [{ kind: 'look_again', afterMs: 1000 }]
    case 'gone':
      return [end(job, job.stopRequestedAtMs === null ? 'lost' : 'stopped', seen.evidence)]
  }
}

function decideRunning(
  job: Job,
  { orphaned, stage }: Extract<Job['state'], { kind: 'running' }>,
  seen: Extract<Seen, { kind: 'running' }>,
): readonly Effect[] {
  const { attempt } = job
  const { everySec } = planOf(job).watch
  const told = recordService(job, seen.attempt)
  if (told.length > 0) return [...told, { kind: 'look_again', afterMs: 0 }]
  switch (seen.attempt.kind) {
    case 'over':
      return [recordExit(job, stage, seen.attempt.exit, seen.attempt.atMs, [])]
    case 'exited': {
      const { status, atMs, processes } = seen.attempt
      // A stop is over only when everything is dead.
      if ((job.stopRequestedAtMs !== null || job.timeLimitReached) && processes.length > 0)
        return signal(attempt, seen.sinceStopMs)
      return [recordExit(job, stage, exitFromStatus(status), atMs, processes)]
    }
    case 'gone': {
      const { evidence } = seen.attempt
      if (job.stopRequestedAtMs !== null) return [end(job, 'stopped', `Stopped. ${evidence}`)]
      if (job.timeLimitReached) return [end(job, 'failed', `${inStage(job, stage, timeLimit(job, stage))} ${evidence}`)]
      return [end(job, 'lost', inStage(job, stage, evidence))]
    }
    case 'absent':
      return [end(job, 'lost', 'Its directory no longer tells that it was started.')]
    case 'alive':
    case 'starting':
    case 'mute':
    case 'orphaned':
    case 'not_startable':
    case 'submitted':
    case 'unknown':
      break
  }

  const effects: Effect[] = []
  if (seen.attempt.kind === 'orphaned' && orphaned === null)
    effects.push(record({ type: 'wrapper_lost', attempt, evidence: seen.attempt.evidence }))
  if (seen.sinceLookMs >= everySec * 1000) {
    const { bytes, lastLine } = seen.log
    const usage = seen.look?.usage ?? null
    if (bytes !== (job.look?.logBytes ?? 0) || hasChanged(job.look?.usage ?? null, usage))
      effects.push(record({ type: 'looked', logBytes: bytes, lastLine, ...(usage === null ? {} : { usage }) }))
  }
  if (seen.look !== undefined)
    for (const event of decideAlerts(job, seen.look.watched, seen.ranForMs, seen.look.nowMs))
      effects.push(record(event))

  const limitMs = (limitSecOf(job, stage) ?? Infinity) * 1000
  if (seen.ranForMs >= limitMs && !job.timeLimitReached) effects.push(record({ type: 'time_limit_reached', attempt }))
  if (job.stopRequestedAtMs !== null || job.timeLimitReached) return [...effects, ...signal(attempt, seen.sinceStopMs)]

  const untilLookMs = Math.max(everySec * 1000 - seen.sinceLookMs, 100)
  const untilLimitMs = Math.max(limitMs - seen.ranForMs, 100)
  return [...effects, { kind: 'look_again', afterMs: Math.min(untilLookMs, untilLimitMs) }]
}

function signal(attempt: number, sinceStopMs: number): readonly Effect[] {
  return [
    { kind: 'signal', attempt, hard: sinceStopMs >= stopGraceMs },
    { kind: 'look_again', afterMs: 250 },
  ]
}

function decideSettling(
  job: Job,
  { ending, stage }: { readonly ending: Ending; readonly stage: number },
  seen: Extract<Seen, { kind: 'settling' }>,
): readonly Effect[] {
  const { onMissing } = planOf(job).watch
  const early = stageAt(job, stage)
  const { readyTimeoutSec, readyPollSec } = early ?? planOf(job).watch
  const succeeded = ending.exit.kind === 'code' && ending.exit.code === 0
  const { files } = seen
  const asEnd = (outcome: Outcome, reason: string) => [
    end(job, outcome, inStage(job, stage, reason), files ?? [], seen.answer),
  ]

  if (!job.timeLimitReached && job.stopRequestedAtMs !== null && seen.processes.length > 0)
    return signal(job.attempt, seen.sinceStopMs)
  // The supervisor steps again when the look is over, which is soon: it has a hard limit.
  if (files === null) return []
  if (job.timeLimitReached) return asEnd('failed', timeLimit(job, stage))
  if (ending.afterStop) return asEnd('stopped', `Stopped (${renderExit(ending.exit)}).`)
  if (ending.exit.kind === 'service' && ending.exit.verdict === 'stopped')
    return asEnd('stopped', sentence(renderExit(ending.exit)))
  // Nobody knows how it ended: only files that it must write can tell.
  const isUnknownEnd = ending.exit.kind === 'unknown'
  if (isUnknownEnd && files.length === 0) return asEnd('lost', sentence(renderExit(ending.exit)))

  const growing = files.filter(({ state }) => state === 'growing')
  if (!succeeded && !isUnknownEnd) {
    if (growing.length > 0 && seen.waitedMs < failedFilesGraceMs) return [{ kind: 'look_again', afterMs: 200 }]
    return asEnd('failed', sentence(renderExit(ending.exit)))
  }
  const missing = files.filter(({ state }) => state !== 'ready')
  if (early !== null && missing.length === 0) {
    if (job.stopRequestedAtMs !== null) return asEnd('stopped', 'Stopped before the next stage.')
    if (seen.beforeNext === null) return awaitPrints(job, seen.lookedForMs)
    const passed = record({ type: 'stage_passed', attempt: job.attempt, stage, files })
    return [passed, ...launch(job, stage + 1, seen.beforeNext)]
  }
  const how = isUnknownEnd ? sentence(renderExit(ending.exit)).slice(0, -1) : 'Exit 0'
  if (missing.length === 0)
    return asEnd('succeeded', files.length > 0 ? `${how}; all required files are ready.` : 'Exit 0.')
  if (job.stopRequestedAtMs !== null) return asEnd('stopped', 'Stopped while its required files were awaited.')

  const leftMs = readyTimeoutSec * 1000 - seen.waitedMs
  const mayBeAtRest = growing.length > 0 && seen.lookedForMs < restingFilesGraceMs
  if (leftMs > 0 || mayBeAtRest)
    return [{ kind: 'look_again', afterMs: growing.length > 0 ? 200 : Math.min(leftMs, readyPollSec * 1000) }]
  const list = missing.map(({ path, detail }) => `${path} (${detail})`).join(', ')
  // What could not be looked at says nothing about the run.
  const isUnknown = missing.every(({ state }) => state === 'unreadable')
  if (early !== null)
    return asEnd(
      isUnknown ? 'blocked' : 'failed',
      `${how}, but after ${readyTimeoutSec} s its required files are not ready: ${list}.`,
    )
  const then = onMissing === 'block' ? 'The follow-up is not run.' : 'The follow-up is run all the same.'
  return asEnd('blocked', `${how}, but after ${readyTimeoutSec} s required files are not ready: ${list}. ${then}`)
}

function decideEnded(job: Job, followUpExists: boolean): readonly Effect[] {
  if (owesRetry(job)) return [{ kind: 'retry' }]
  // The follow-up is told what was done, so that it does not do it once more.
  const [part] = pendingParts(job)
  if (part !== undefined) return [{ kind: 'run_part', part }]
  const runState = pendingEdits(job).find(isRunStateEdit)
  if (runState !== undefined) return [{ kind: 'edit_document', edit: runState }]
  // The handoff entry says what was decided.
  if (owesNext(job)) return [{ kind: 'decide_next' }]
  const effects: Effect[] = []
  if (owesFollowUp(job) && job.followUp !== null)
    effects.push(
      followUpExists ? record({ type: 'follow_up_created', jobId: job.followUp.jobId }) : { kind: 'create_follow_up' },
    )
  for (const edit of pendingEdits(job)) effects.push({ kind: 'edit_document', edit })
  return effects
}

function record(event: JobEvent): Effect {
  return { kind: 'record', event }
}

/** What the service says now, if that is not what is known already. */
function recordService({ attempt, remote }: Job, seen: AttemptSeen): readonly Effect[] {
  const service = 'service' in seen ? seen.service : undefined
  if (service === undefined) return []
  const { handle, seen: said } = service
  const isNew = handle !== null && !isSame(handle, remote?.handle ?? null)
  const known = remote?.seen ?? null
  const hasChanged =
    said !== null && (known === null || !isSame(said, { state: known.state, words: known.words, facts: known.facts }))
  return [
    ...(isNew ? [record({ type: 'submitted', attempt, handle })] : []),
    ...(hasChanged ? [record({ type: 'remote_seen', attempt, seen: said })] : []),
  ]
}

/** Of plain data, whatever the order of its names. */
function isSame(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b)
}

function recordStart(job: Job, stage: number, { handle, atMs }: Started): Effect {
  return record({ type: 'launched', attempt: job.attempt, handle, startedAtMs: atMs, ...stageField(job, stage) })
}

function recordExit(job: Job, stage: number, exit: Exit, atMs: number, leftBehind: readonly string[]): Effect {
  return record({ type: 'exited', attempt: job.attempt, exit, atMs, leftBehind, ...stageField(job, stage) })
}

/**
 * The end of a job together with what it promises: `stopped` and dry runs never call back, `blocked` does as `onMissing`
 * says.
 */
function end(
  job: Job,
  outcome: Outcome,
  reason: string,
  files: readonly FileFinding[] = [],
  answer: AnswerMarker | null = null,
): Effect {
  const { followUp, watch } = planOf(job)
  const callsBack = outcome === 'blocked' ? watch.onMissing === 'enqueue' : outcome !== 'stopped'
  return record({
    type: 'ended',
    attempt: job.attempt,
    outcome,
    reason,
    files,
    answer,
    followUp:
      followUp !== null && callsBack && job.spec.dryRun !== true
        ? {
            jobId: followUpJobId(job.spec.id, job.attempt),
            run: followUp.run,
            ...(followUp.run ? {} : { held: true as const }),
          }
        : null,
  })
}

function timeLimit(job: Job, stage: number): string {
  return `Ended after its time limit of ${limitSecOf(job, stage) ?? 0} s.`
}

function limitSecOf(job: Job, stage: number): number | null {
  return (stageAt(job, stage) ?? job.spec.plan).timeLimitSec
}

/** A sentence about a stage before the work says which. */
function inStage(job: Job, stage: number, sentence: string): string {
  const early = stageAt(job, stage)
  return early === null ? sentence : `In the stage “${early.name}”, before the work: ${sentence}`
}

function sentence(phrase: string): string {
  return `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`
}
