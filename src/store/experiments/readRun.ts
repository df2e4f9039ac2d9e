// The files of one run, as they are in its directory: bounded, and whatever they are.
import path from 'node:path'
import type { LogLine } from '../../core/followUps/evidence'
import { classifyFailure, declareFailure, type Failure } from '../../core/followUps/failureClass'
import { readMetricSeries } from '../../core/followUps/metricSeries'
import { checkMetrics, type MetricsCheck } from '../../core/experiments/metricsFile'
import { readMeta, type RunMeta } from '../../core/experiments/runMeta'
import { type Exit, exitFromStatus } from '../../core/jobs/exit'
import type { Outcome } from '../../core/jobs/outcome'
import { renderTerminalLines } from '../../core/logs/terminalText'
import { RelayError } from '../../core/relayError'
import { cutCharacterBytes, openFile, readRange } from '../logs/openFile'
import { realFileWithin } from '../realFile'

const maxFileBytes = 4 * 1024 * 1024
const logHeadBytes = 256 * 1024
const logTailBytes = 1024 * 1024

export interface RunFiles {
  /** What is in metrics.json; with `problems` that say why there is nothing. */
  readonly metrics: MetricsCheck
  readonly isMetricsThere: boolean
  readonly meta: RunMeta | null
  /** Of meta.json, sentences. */
  readonly metaProblems: readonly string[]
}

/** Reads metrics.json and meta.json of the run in `runDir` (absolute or relative to `folder`). They must lie in `folder`. */
export async function readRunFiles(folder: string, runDir: string, runId: string): Promise<RunFiles> {
  const metrics = await readText(folder, path.resolve(folder, runDir, 'metrics.json'))
  const meta = await readText(folder, path.resolve(folder, runDir, 'meta.json'))
  const parsed = 'text' in meta ? readMeta(meta.text) : null
  return {
    metrics: 'text' in metrics ? checkMetrics(metrics.text, runId) : { file: null, problems: [metrics.problem] },
    isMetricsThere: 'text' in metrics,
    meta: parsed,
    metaProblems: 'problem' in meta ? [meta.problem] : parsed === null ? ['meta.json is no JSON object.'] : [],
  }
}

/** The failure that the end of a run and its log show, or null. `logs`: the first that can be read is. */
export async function classifyRun(
  { outcome, exit }: { readonly outcome: Outcome; readonly exit: Exit | null },
  logs: readonly string[],
  { metrics }: Pick<RunFiles, 'metrics'>,
): Promise<Failure | null> {
  const lines = await sampleLog(logs)
  const failure = classifyFailure({ outcome, exit, lines, series: readMetricSeries(lines) })
  const declared = metrics.file?.errorType ?? null
  return failure?.class === 'unknown' && declared !== null ? declareFailure(declared, failure) : failure
}

/** How a run ended that no job of ours ran, as far as its meta.json tells. */
export function endOf(meta: RunMeta | null): { outcome: Outcome; exit: Exit | null } {
  if (meta === null || meta.exitCode === null) return { outcome: 'lost', exit: null }
  if (meta.status === 'canceled') return { outcome: 'stopped', exit: exitFromStatus(meta.exitCode) }
  return { outcome: meta.exitCode === 0 ? 'succeeded' : 'failed', exit: exitFromStatus(meta.exitCode) }
}

async function sampleLog(files: readonly string[]): Promise<LogLine[]> {
  for (const file of files) {
    const opened = await openFile(file)
    if (opened.kind === 'problem') continue
    const { handle, stats } = opened
    try {
      const { size } = stats
      if (size === 0) continue
      if (size <= logHeadBytes + logTailBytes) return number((await readRange(handle, 0, size)).toString('utf8'), 1)
      const head = await readRange(handle, 0, logHeadBytes)
      const tail = await readRange(handle, size - logTailBytes, size)
      const newline = tail.indexOf(0x0a)
      const from = newline < 0 ? cutCharacterBytes(tail) : newline + 1
      return [
        ...number(head.subarray(0, head.lastIndexOf(0x0a) + 1).toString('utf8'), 1),
        ...number(tail.subarray(from).toString('utf8'), null),
      ]
    } finally {
      await handle.close()
    }
  }
  return []
}

function number(text: string, first: number | null): LogLine[] {
  return renderTerminalLines(text).map((line, index) => ({ number: first === null ? null : first + index, text: line }))
}

async function readText(folder: string, file: string): Promise<{ text: string } | { problem: string }> {
  const name = path.basename(file)
  try {
    const opened = await openFile(realFileWithin(file, folder))
    if (opened.kind === 'problem')
      return { problem: opened.code === 'ENOENT' ? `${name} is missing.` : `${name}: ${opened.problem}` }
    const { handle, stats } = opened
    try {
      if (stats.size > maxFileBytes) return { problem: `${name} has ${stats.size} bytes, more than 4 MiB.` }
      return { text: (await readRange(handle, 0, stats.size)).toString('utf8') }
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (!(error instanceof RelayError)) throw error
    return { problem: error.code === 'not_found' ? `${name} is missing.` : `${name}: ${error.message}` }
  }
}
