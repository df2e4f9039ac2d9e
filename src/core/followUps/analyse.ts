// The built-in analyst: what can be said of a finished job from its exit, its log and its result files, without a model
// and without an account. It interprets no text: the task is quoted, not followed.
import { renderExit } from '../jobs/exit'
import type { FileFinding } from '../jobs/fileFinding'
import { renderTerminalLines } from '../logs/terminalText'
import type { Evidence, JobFacts, LogLine } from './evidence'
import { classifyFailure, declareFailure, type Failure } from './failureClass'
import { betterDirection, isCounterName, isMetricName, nameParts } from './metricNames'
import { readMetricSeries, type MetricSeries } from './metricSeries'
import { formatDuration, formatNumber } from './quantities'
import { isMetricsFile, readResultMetrics, type ResultMetrics } from './resultMetrics'

const maxLastLines = 15
const maxLogMetrics = 12

export interface Analysis {
  /** One line. */
  readonly verdict: string
  /** `blocked`: there was nothing to read; `missing` says what. */
  readonly marker: 'done' | 'blocked'
  readonly missing: readonly string[]
  readonly job: JobFacts
  readonly task: string
  readonly results: readonly ResultMetrics[]
  /** From the first log that has any metrics. */
  readonly logMetrics: { readonly path: string; readonly series: readonly MetricSeries[] } | null
  readonly failure: (Failure & { readonly path: string }) | null
  readonly lastLines: readonly LogLine[]
  /** What was read and what was not, a sentence each. */
  readonly sources: readonly { readonly path: string; readonly note: string }[]
  readonly nextStep: string
}

interface Log {
  readonly path: string
  readonly lines: readonly LogLine[]
  readonly series: readonly MetricSeries[]
}

/** Pure and total: any evidence has an analysis. */
export function analyse(evidence: Evidence): Analysis {
  const { job, task, log } = evidence
  const texts = evidence.results.flatMap((file) => (file.kind === 'text' ? [file] : []))
  const results = texts.filter(({ path }) => isMetricsFile(path)).map(({ path, text }) => readResultMetrics(path, text))
  const logs = [readLog(log.path, log.lines), ...texts.filter(({ path }) => !isMetricsFile(path)).map(readTextLog)]
  const failure = findFailure(job, logs, results)
  const told = [log, ...logs].find(({ lines }) => lines.some(({ text }) => text.trim() !== ''))
  const logMetrics = findMetrics(logs)
  const missing = told === undefined && texts.every(({ text }) => text.trim() === '') ? missingEvidence(evidence) : []
  return {
    verdict: renderVerdict(job, failure, results),
    marker: missing.length > 0 ? 'blocked' : 'done',
    missing,
    job,
    task,
    results,
    logMetrics,
    failure,
    lastLines: told?.lines.filter(({ text }) => text.trim() !== '').slice(-maxLastLines) ?? [],
    sources: listSources(evidence),
    nextStep: chooseNextStep(job, failure, results, logMetrics?.series ?? [], missing.length > 0),
  }
}

function readTextLog(file: { path: string; text: string }): Log {
  return readLog(
    file.path,
    renderTerminalLines(file.text).map((text, index) => ({ number: index + 1, text })),
  )
}

function readLog(path: string, lines: readonly LogLine[]): Log {
  return { path, lines, series: readMetricSeries(lines) }
}

/**
 * The job's own log speaks first; where it shows nothing of a known kind, a log the job wrote may, then what the exit
 * says, then what the job's metrics file declares.
 */
function findFailure(job: JobFacts, logs: readonly Log[], results: readonly ResultMetrics[]): Analysis['failure'] {
  const failures = logs.flatMap(({ path, lines, series }) => {
    const failure = classifyFailure({ outcome: job.outcome, exit: job.exit, lines, series })
    return failure === null ? [] : [{ ...failure, path }]
  })
  const shown = failures.find((failure) => failure.class !== 'unknown' && failure.lines.length > 0)
  const known = shown ?? failures.find((failure) => failure.class !== 'unknown')
  const unknown = failures[0]
  if (known !== undefined || unknown === undefined) return known ?? null
  const declared = results.find(({ errorType }) => errorType !== null && errorType !== 'unknown')
  if (declared === undefined || declared.errorType === null) return unknown
  return { ...declareFailure(declared.errorType, unknown), path: declared.path }
}

/** Metrics with telling names or at least three values, best known first; counters are kept to say how far it got. */
function findMetrics(logs: readonly Log[]): Analysis['logMetrics'] {
  for (const { path, series } of logs) {
    const metrics = series.filter(({ key, role, count }) => role === 'metric' && (isMetricName(key) || count >= 3))
    if (metrics.length === 0) continue
    const ranked = [...metrics].sort((a, b) => rank(a) - rank(b)).slice(0, maxLogMetrics)
    return { path, series: [...series.filter(({ role }) => role === 'counter').slice(0, 4), ...ranked] }
  }
  return null
}

function rank({ key }: MetricSeries): number {
  return betterDirection(key) === null ? 1 : 0
}

function missingEvidence({ log, results }: Evidence): string[] {
  const problems = results.flatMap((file) => (file.kind === 'problem' ? [file.problem] : []))
  return [
    log.problem ?? `The log ${log.path} is empty.`,
    ...(problems.length > 0 ? problems : ['There is no result file.']),
  ]
}

function listSources({ log, results }: Evidence): { path: string; note: string }[] {
  const omitted = log.omittedBytes > 0 ? `, ${formatBytes(log.omittedBytes)} in its middle not read` : ''
  return [
    { path: log.path, note: log.problem ?? `log, ${formatBytes(log.bytes)}${omitted}` },
    ...results.map((file) => ({
      path: file.path,
      note: file.kind === 'text' ? 'read' : file.problem,
    })),
  ]
}

function formatBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power] ?? 'bytes'}`
}

const outcomeWords: Readonly<Record<JobFacts['outcome'], string>> = {
  succeeded: 'Succeeded',
  failed: 'Failed',
  stopped: 'Stopped',
  lost: 'Lost',
  blocked: 'Blocked',
}

const classWords: Readonly<Record<Failure['class'], string>> = {
  oom: 'out of memory',
  nan: 'its numbers stopped being finite',
  data_missing: 'a file is missing',
  dependency_missing: 'something is not installed',
  disk_full: 'the disk or quota is full',
  permission: 'permission denied',
  timeout: 'time limit',
  interrupted: 'interrupted',
  config_error: 'arguments or configuration not accepted',
  unknown: 'cause unknown',
}

function renderVerdict(job: JobFacts, failure: Failure | null, results: readonly ResultMetrics[]): string {
  const took = job.startedAtMs === null ? '' : ` after ${formatDuration(job.endedAtMs - job.startedAtMs)}`
  const exit = job.exit === null ? '' : `, ${renderExit(job.exit)}`
  const unready = unreadyFiles(job.requiredFiles)
  const clauses: string[] = []
  if (failure !== null && !(job.outcome === 'stopped' && failure.class === 'interrupted')) {
    if (!(job.outcome === 'blocked' && failure.class === 'unknown')) clauses.push(classWords[failure.class])
  }
  if (job.reason !== null) clauses.push(job.reason)
  if (unready.length > 0) clauses.push(`${unready.length} of ${job.requiredFiles.length} required files not ready`)
  const declared = results.find(({ kind }) => kind === 'contract')
  if (job.outcome === 'succeeded' && declared !== undefined && declared.status !== 'success')
    clauses.push(`but its metrics file says ${declared.status ?? 'nothing'}`)
  const primary = results.find((result) => result.primary !== null)?.primary
  if (typeof primary?.value === 'number' && job.outcome === 'succeeded')
    clauses.push(`${primary.name} = ${formatNumber(primary.value)}`)
  const head = `${outcomeWords[job.outcome]}${took}${exit}`
  return clauses.length === 0 ? `${head}.` : `${head}: ${clauses.join('; ').replace(/\.$/, '')}.`
}

function unreadyFiles(files: readonly FileFinding[]): FileFinding[] {
  return files.filter(({ state }) => state !== 'ready')
}

function chooseNextStep(
  job: JobFacts,
  failure: Failure | null,
  results: readonly ResultMetrics[],
  series: readonly MetricSeries[],
  isBlind: boolean,
): string {
  const unready = unreadyFiles(job.requiredFiles)[0]
  if (isBlind && job.outcome === 'blocked') return 'Correct what kept it from running, then start it again.'
  if (failure !== null && failure.class !== 'unknown') return failure.nextStep
  if (unready !== undefined && (job.outcome === 'blocked' || job.outcome === 'succeeded'))
    return `Make the command write ${unready.path}, or correct requireFiles, then start it again.`
  if (failure !== null) return failure.nextStep
  if (job.leftBehind.length > 0)
    return 'Look at the processes it left behind, and end those that are not meant to run on.'
  const lacking = results.find(({ kind, primary }) => kind === 'contract' && typeof primary?.value !== 'number')
  if (lacking !== undefined) return `Make the command write a finite primary metric to ${lacking.path}.`
  const losses = series.filter(({ key, role }) => role === 'metric' && betterDirection(key) === 'lower')
  const loss =
    losses.find(({ key }) => nameParts(key).some((part) => /^(?:val|valid|validation|eval|test)$/.test(part))) ??
    losses[0]
  if (loss?.trend === 'falling' && fellAtEnd(loss)) return `${loss.key} was still falling at the end: try a longer run.`
  if (loss?.trend === 'diverged') return `${loss.key} diverged: try a smaller learning rate.`
  return 'Compare the result with the best run so far, then change one thing and run again.'
}

/** The last fifth of a series alone took it down by more than 2 %. */
function fellAtEnd({ points }: MetricSeries): boolean {
  const before = points[Math.floor(points.length * 0.8) - 1]
  const [previous, last] = points.slice(-2)
  return (
    points.length >= 5 &&
    before !== undefined &&
    previous !== undefined &&
    last !== undefined &&
    last.value <= previous.value &&
    last.value < before.value - 0.02 * Math.abs(before.value)
  )
}

/** How far the job got by its counters: `epoch 12 of 12`. */
export function renderProgress(series: readonly MetricSeries[]): string[] {
  return series
    .filter(({ key }) => isCounterName(key))
    .map(({ key, last, of }) => `${key} ${formatNumber(last.value)}${of === null ? '' : ` of ${formatNumber(of)}`}`)
}
