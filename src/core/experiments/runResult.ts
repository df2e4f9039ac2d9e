// Everything that is said of a run after its end, out of what was seen of it and the runs before: one place, so that every document
// says the same.
import type { Failure } from '../followUps/failureClass'
import { buildRecord, type RunJob } from './buildRecord'
import { compareRun, type Comparison } from './compareRuns'
import type { ExperimentPlan } from './experimentPlan'
import type { MetricsCheck } from './metricsFile'
import { type NextRun, proposeNext } from './nextRun'
import type { RunRecord } from './registryRecord'
import type { RunMeta } from './runMeta'
import { buildRunTable, type RunTable } from './runTable'

export interface RunSeen {
  readonly runId: string
  /** Relative to the workspace where it is inside. */
  readonly runDir: string
  readonly cwd: string
  readonly metrics: MetricsCheck
  readonly meta: RunMeta | null
  readonly failure: Failure | null
  /** Null when a person records a run by hand. */
  readonly job: RunJob | null
  /** Null when it is not known what it was made from. */
  readonly experiment: ExperimentPlan | null
  /** The runs of the registry, this one among them or not. */
  readonly records: readonly RunRecord[]
  /** ISO 8601. */
  readonly recordedAt: string
}

export interface RunResult {
  /** As it is in the registry already, or as it is to be written. */
  readonly record: RunRecord
  readonly isRecorded: boolean
  readonly comparison: Comparison
  readonly next: NextRun
  /** With this run in it. */
  readonly table: () => RunTable
}

export function judgeRun(seen: RunSeen): RunResult {
  const { runId, experiment, records, failure } = seen
  const known = records.find((record) => record.runId === runId)
  const built = buildRecord({
    runId,
    runDir: seen.runDir,
    metrics: seen.metrics.file,
    meta: seen.meta,
    job: seen.job,
    template: experiment?.template ?? known?.template ?? null,
    params: experiment?.params ?? {},
    primary: experiment?.primary ?? null,
    cwd: seen.cwd,
    failure,
    recordedAt: seen.recordedAt,
  })
  // What we see of the run now is the truth of it; a tool of the workspace may have written less into the registry.
  const others = records.filter((record) => record.runId !== runId)
  const comparison = compareRun(built, others)
  return {
    record: built,
    isRecorded: known !== undefined,
    comparison,
    next: proposeNext({
      record: built,
      comparison,
      failure,
      records: others,
      names: experiment === null ? null : Object.keys(experiment.params),
    }),
    table: () => buildRunTable([...others, built]),
  }
}
