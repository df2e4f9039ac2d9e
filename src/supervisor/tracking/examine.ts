// An attempt that has ended: how, why, and what numbers it has left. Reads only.
import fs from 'node:fs'
import path from 'node:path'
import type { JobFacts } from '../../core/followUps/evidence'
import { currentAttempt, type Job } from '../../core/jobs/job'
import type { Outcome } from '../../core/jobs/outcome'
import { redactSecrets } from '../../core/logs/redactSecrets'
import { showInvisible } from '../../core/logs/plainText'
import { askedFor, movePath } from '../../core/tracking/attemptPlan'
import { collectMetrics, type Collected } from '../../core/tracking/collect'
import { diagnose, type Diagnosis } from '../../core/tracking/diagnose'
import { attemptJobId, changesOf, type Track } from '../../core/tracking/trackState'
import type { TrackEvent } from '../../core/tracking/trackEvent'
import type { JobStore } from '../../store/jobs/jobStore'
import { readEvidence } from '../followUps/readEvidence'
import { type FoundResults, readResults } from './readResults'
import { knownAs, resourcesOf, schedulerWord } from './remoteWords'

type Examined = Extract<TrackEvent, { type: 'examined' }>

/** `fetched`: the folder of what was fetched from elsewhere. */
export async function examineAttempt(
  track: Track,
  number: number,
  store: JobStore,
  fetched: string,
): Promise<Examined> {
  const stored = store.read(attemptJobId(track.spec.id, number))
  if (stored === null || stored.job.state.kind !== 'ended') return removed(number, track.updatedAtMs)
  const { job, paths } = stored
  const { state } = job
  if (state.kind !== 'ended') return removed(number, track.updatedAtMs)
  const attempt = currentAttempt(job)
  const evidence = await readEvidence(factsOf(job, state.outcome, paths.attempt(job.attempt).log), '', [])
  const diagnosis = diagnose({
    outcome: state.outcome,
    exit: attempt?.ending?.exit ?? null,
    scheduler: schedulerWord(job),
    timeLimitReached: job.timeLimitReached,
    lines: evidence.log.lines,
  })
  const startedAtMs = attempt?.startedAtMs ?? null
  const collected = await collect(
    track,
    number,
    job,
    startedAtMs,
    evidence.log.lines.map(({ text }) => text),
    fetched,
  )
  const known = resourcesOf(job)
  const asked = askedFor(job.spec.plan)
  return {
    type: 'examined',
    attempt: number,
    outcome: state.outcome,
    reason: clean(state.reason, 1000),
    known: knownAs(job),
    startedAtMs,
    endedAtMs: attempt?.ending?.atMs ?? state.atMs,
    failure:
      diagnosis === null
        ? null
        : renderFailure(diagnosis, [changesOf(track.state, number).worktree, track.spec.folder]),
    // What was asked for is what is doubled: the scheduler tells what it made of it.
    resources: { memoryMb: asked.memoryMb ?? known.memoryMb, timeSec: known.timeSec ?? asked.timeSec },
    metrics: collected.metrics.map((metric) => ({
      ...metric,
      name: clean(metric.name, 200),
      path: clean(metric.path, 1000),
    })),
    missing: collected.missing.map((name) => clean(name, 200)),
    problems: collected.problems.map((problem) => clean(problem, 1000)).slice(0, 20),
  }
}

function removed(attempt: number, atMs: number): Examined {
  const failure = { class: 'unknown' as const, explanation: 'Its job was removed.', evidence: [], signature: 'removed' }
  return {
    type: 'examined',
    attempt,
    outcome: 'lost',
    reason: 'Its job was removed.',
    known: null,
    startedAtMs: null,
    endedAtMs: atMs,
    failure,
    resources: { memoryMb: null, timeSec: null },
    metrics: [],
    missing: [],
    problems: [],
  }
}

/** Where a person keeps their files is nobody's business: paths begin at the workspace folder. */
function renderFailure(
  { class: name, lines, explanation, signature }: Diagnosis,
  folders: readonly (string | null)[],
): Examined['failure'] {
  const shorten = (text: string) =>
    folders.reduce<string>((before, folder) => (folder === null ? before : before.replaceAll(folder, '.')), text)
  const evidence = lines.map(({ text }) => clean(shorten(text), 600)).slice(0, 5)
  return { class: name, explanation: clean(explanation, 2000), evidence, signature: signature.slice(0, 400) }
}

/** Files first; what they do not have is looked for in the log. */
async function collect(
  track: Track,
  number: number,
  job: Job,
  startedAtMs: number | null,
  log: readonly string[],
  fetched: string,
): Promise<Collected> {
  const { spec, state } = track
  const { results, metrics } = spec.plan
  const within = changesOf(state, number).worktree ?? spec.folder
  const plan = job.spec.plan
  const { texts, problems } =
    results.fetch === undefined
      ? await readResults({
          within,
          folder: results.folder === null ? null : path.resolve(within, results.folder),
          globs: results.globs,
          files: plan.watch.requireFiles.map((file) => movePath(path.resolve(plan.cwd, file), spec.folder, within)),
          sinceMs: startedAtMs,
        })
      : await readFetched(fetched)
  const fromFiles = collectMetrics(texts, metrics)
  const wanted = metrics.length === 0 ? [] : fromFiles.missing
  if (metrics.length === 0 ? fromFiles.metrics.length > 0 : wanted.length === 0)
    return { ...fromFiles, problems: [...problems, ...fromFiles.problems] }
  const fromLog = collectMetrics([{ path: 'its log', text: log.join('\n') }], wanted)
  return {
    metrics: [...fromFiles.metrics, ...fromLog.metrics].slice(0, 64),
    missing: fromLog.missing,
    problems: [...problems, ...fromFiles.problems],
  }
}

/** What fits was chosen where it was fetched from. */
async function readFetched(folder: string): Promise<FoundResults> {
  if (!fs.existsSync(folder)) return { texts: [], problems: [] }
  return readResults({ within: folder, folder, globs: ['**'], files: [], sinceMs: null })
}

/** Journaled, shown and sent: without secrets of known shapes, and with what cannot be seen shown. */
export function clean(text: string, maxChars: number): string {
  return showInvisible(redactSecrets(text)).slice(0, maxChars)
}

function factsOf(job: Job, outcome: Outcome, logPath: string): JobFacts {
  const { id, description, plan } = job.spec
  const attempt = currentAttempt(job)
  return {
    id,
    description,
    command: plan.work.kind === 'command' ? plan.work.command : plan.work.task,
    cwd: plan.cwd,
    outcome,
    reason: null,
    exit: attempt?.ending?.exit ?? null,
    startedAtMs: attempt?.startedAtMs ?? null,
    endedAtMs: attempt?.ending?.atMs ?? job.updatedAtMs,
    attempt: job.attempt,
    logPath,
    requiredFiles: [],
    leftBehind: [],
    alreadyDone: [],
  }
}
