// The record of a run out of what there is of it: its metrics.json, its meta.json, and the job that ran it. Each may be missing; a run
// that came to nothing is recorded, too.
import type { Failure } from '../followUps/failureClass'
import { redactSecrets } from '../logs/redactSecrets'
import type { Source } from '../jobs/event'
import type { Outcome } from '../jobs/outcome'
import type { MetricsFile } from './metricsFile'
import type { ParamValue, PrimaryResult, RunRecord, RunStatus } from './registryRecord'
import type { RunMeta } from './runMeta'

/** The job that ran it, when it had ended. Times are ISO 8601. */
export interface RunJob {
  readonly id: string
  readonly taskId: string | null
  readonly outcome: Outcome
  readonly reason: string
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly source: Source | null
}

export interface RecordInput {
  readonly runId: string
  /** Relative to the workspace where it is inside. */
  readonly runDir: string
  readonly metrics: MetricsFile | null
  readonly meta: RunMeta | null
  /** Null when a person records the run by hand. */
  readonly job: RunJob | null
  /** What the run was made from, as far as it is known. */
  readonly template: string | null
  readonly params: Readonly<Record<string, ParamValue>>
  readonly primary: Pick<PrimaryResult, 'name' | 'higherIsBetter'> | null
  readonly cwd: string
  readonly failure: Failure | null
  readonly recordedAt: string
}

export function buildRecord(input: RecordInput): RunRecord {
  const { runId, runDir, metrics, meta, job, failure } = input
  const status = statusOf(input)
  const params = redactParams({ ...input.params, ...metrics?.params })
  const seed = params['seed']
  return {
    runId,
    status,
    // Of the metric that the template names nothing is known but its name.
    primary: metrics?.primary ?? (input.primary === null ? null : { ...input.primary, value: null }),
    metrics: metrics?.metrics ?? {},
    startedAt: metrics?.startedAt ?? meta?.startedAt ?? job?.startedAt ?? null,
    endedAt: metrics?.endedAt ?? meta?.endedAt ?? job?.endedAt ?? null,
    jobId: job?.id ?? metrics?.jobId ?? meta?.jobId ?? null,
    taskId: job?.taskId ?? metrics?.taskId ?? meta?.taskId ?? null,
    seed: metrics?.seed ?? (Number.isSafeInteger(seed) ? Number(seed) : null),
    template: input.template,
    params,
    command: redactWords(meta?.command ?? []),
    cwd: meta?.cwd ?? input.cwd,
    git: {
      commit: meta?.git.commit ?? job?.source?.commit ?? null,
      branch: meta?.git.branch ?? job?.source?.branch ?? null,
      dirty: meta?.git.dirty ?? job?.source?.dirty ?? null,
    },
    paths: {
      runDir,
      meta: `${runDir}/meta.json`,
      metrics: `${runDir}/metrics.json`,
      trainLog: `${runDir}/train.log`,
    },
    recordedAt: input.recordedAt,
    error: status === 'success' ? null : redactOrNull(errorOf(input)),
    errorType: status === 'success' ? null : (metrics?.errorType ?? failure?.class ?? null),
  }
}

// The registry is a file of the project, which others will read.

function redactOrNull(text: string | null): string | null {
  return text === null ? null : redactSecrets(text)
}

function redactParams(params: Readonly<Record<string, ParamValue>>): Readonly<Record<string, ParamValue>> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]): [string, ParamValue] => {
      if (typeof value !== 'string') return [name, value]
      // What a value is called may be all that tells that it is a secret.
      const named = redactSecrets(`${name}=${value}`)
      return [name, named.startsWith(`${name}=`) ? named.slice(name.length + 1) : redactSecrets(value)]
    }),
  )
}

/** `--token` and its value are two words. */
function redactWords(words: readonly string[]): readonly string[] {
  return words.map((word, at) => {
    const before = words[at - 1]
    if (before?.startsWith('-') !== true) return redactSecrets(word)
    const pair = redactSecrets(` ${before} ${word}`)
    return pair.startsWith(` ${before} `) ? pair.slice(before.length + 2) : redactSecrets(word)
  })
}

/** What the run says of it; else what its log shows; else how its job ended. */
function errorOf({ metrics, failure, job }: RecordInput): string | null {
  const shown = failure === null || failure.class === 'unknown' ? null : failure.explanation
  return metrics?.error ?? shown ?? job?.reason ?? failure?.explanation ?? null
}

/** The end of the process counts for more than what the run wrote of itself: it may have written that before it failed. */
function statusOf({ metrics, meta, job }: RecordInput): RunStatus {
  if (job?.outcome === 'stopped') return 'canceled'
  const own = metrics?.status ?? meta?.status ?? null
  if (job !== null && job.outcome !== 'succeeded') return own === 'canceled' ? own : 'failed'
  if (meta !== null && meta.exitCode !== null && meta.exitCode !== 0) return own === 'canceled' ? own : 'failed'
  return own ?? (job?.outcome === 'succeeded' || meta?.exitCode === 0 ? 'success' : 'failed')
}
