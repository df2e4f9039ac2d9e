// A run that has ended, looked at for one part of the work after it: its files, its log, the runs before it.
import fs from 'node:fs'
import path from 'node:path'
import type { RunJob } from '../../core/experiments/buildRecord'
import type { ExperimentPlan } from '../../core/experiments/experimentPlan'
import { judgeRun, type RunResult } from '../../core/experiments/runResult'
import { runHeading } from '../../core/experiments/runReport'
import type { Failure } from '../../core/followUps/failureClass'
import { currentAttempt, type Job } from '../../core/jobs/job'
import { RelayError } from '../../core/relayError'
import { classifyRun, readRunFiles, type RunFiles } from '../../store/experiments/readRun'
import { RegistryFile, registryPath } from '../../store/experiments/registryFile'
import type { JobPaths } from '../../store/jobPaths'
import type { RunWorld } from './doRunPart'

export interface EndedRun {
  readonly job: Job
  readonly paths: JobPaths
  readonly experiment: ExperimentPlan
  /** The real path of the workspace folder. */
  readonly workspace: string
  readonly endedAtMs: number
  readonly files: RunFiles
  readonly failure: Failure | null
  readonly registry: RegistryFile
  readonly result: RunResult
  /** Whether reports/rolling_report.md has a section of it, whoever wrote that. */
  readonly isReported: () => boolean
}

export const reportPath = 'reports/rolling_report.md'
/** The section of a run that has just ended is looked for in this many bytes at the end. */
const searchBytes = 16 * 1024 * 1024

export async function seeRun(world: RunWorld, job: Job): Promise<EndedRun> {
  const { plan, folder: workspace, id } = job.spec
  const { experiment } = plan
  if (experiment === undefined || job.state.kind !== 'ended')
    throw new RelayError('no_run', `Job ${id} is no run of an experiment that has ended.`)
  const { outcome, reason, atMs } = job.state
  const attempt = currentAttempt(job)
  const paths = world.folder.job(id)
  const runDir = path.resolve(plan.cwd, experiment.runDir)
  const files = await readRunFiles(workspace, runDir, experiment.runId)
  const exit = attempt?.ending?.exit ?? null
  const logs = [path.join(runDir, 'train.log'), paths.attempt(job.attempt).log]
  const failure = await classifyRun({ outcome, exit }, logs, files)
  const registry = registryOf(world, path.join(workspace, registryPath))
  const { records } = await registry.read()
  const endedAtMs = attempt?.ending?.atMs ?? atMs
  const isoOrNull = (ms: number | null | undefined) => (typeof ms === 'number' ? new Date(ms).toISOString() : null)
  const runJob: RunJob = {
    id,
    taskId: job.followUp?.jobId ?? null,
    outcome,
    reason,
    startedAt: isoOrNull(attempt?.startedAtMs),
    endedAt: isoOrNull(endedAtMs),
    source: job.source,
  }
  const result = judgeRun({
    runId: experiment.runId,
    runDir: shownPath(workspace, runDir),
    cwd: plan.cwd,
    metrics: files.metrics,
    meta: files.meta,
    failure,
    job: runJob,
    experiment,
    records,
    recordedAt: new Date(world.nowMs).toISOString(),
  })
  const report = path.join(workspace, reportPath)
  const isReported = () => hasLine(report, runHeading(experiment.runId))
  return { job, paths, experiment, workspace, endedAtMs, files, failure, registry, result, isReported }
}

function registryOf({ registries }: RunWorld, file: string): RegistryFile {
  const known = registries.get(file) ?? new RegistryFile(file)
  registries.set(file, known)
  return known
}

/** Relative to the workspace for what is in it. */
function shownPath(workspace: string, file: string): string {
  const relative = path.relative(workspace, file)
  return relative === '' || relative.startsWith('..') ? file : relative
}

/** Whether the end of a file has exactly that line. A file that cannot be read has none. */
function hasLine(file: string, line: string): boolean {
  let fd: number
  try {
    fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
  } catch {
    return false // There is none, and whoever writes to it says what is wrong with it.
  }
  try {
    const { size } = fs.fstatSync(fd)
    const end = Buffer.alloc(Math.min(size, searchBytes))
    fs.readSync(fd, end, 0, end.length, size - end.length)
    const text = `\n${end.toString('utf8')}`
    return text.includes(`\n${line}\n`) || text.includes(`\n${line}\r\n`)
  } finally {
    fs.closeSync(fd)
  }
}
