// relay exp validate, append, summarize, best, report and compare: what is recorded of runs, and recording one by hand, for example
// after a part of the work after a run has failed.
import fs from 'node:fs'
import path from 'node:path'
import { compareRun } from '../core/experiments/compareRuns'
import type { RunJob } from '../core/experiments/buildRecord'
import type { ExperimentPlan } from '../core/experiments/experimentPlan'
import { checkMetrics } from '../core/experiments/metricsFile'
import { isRunId } from '../core/experiments/runId'
import { renderRunSection, rollingReportHeader, runMarker } from '../core/experiments/runReport'
import { judgeRun, type RunResult } from '../core/experiments/runResult'
import { renderRegistryLine } from '../core/experiments/registryRecord'
import { alignCells, chooseRows, runCells, runsCsv } from '../core/experiments/renderRuns'
import { buildRunTable, type RunTable } from '../core/experiments/runTable'
import { formatNumber } from '../core/followUps/quantities'
import { jobIdSchema } from '../core/jobs/jobId'
import { showInvisible } from '../core/logs/plainText'
import { RelayError } from '../core/relayError'
import { appendOnce } from '../store/documents/appendOnce'
import { appendRecord } from '../store/experiments/appendRecord'
import { classifyRun, endOf, readRunFiles } from '../store/experiments/readRun'
import { RegistryFile, registryPath, type RegistrySnapshot } from '../store/experiments/registryFile'
import { makeParentWithin } from '../store/realFile'
import { workspaceOf } from './expRun'
import { exitError, exitOk, type Options, type VerbContext } from './verb'

const reportFile = 'reports/rolling_report.md'
const maxMetricsBytes = 4 * 1024 * 1024
const defaultLast = 20

export function expValidate(
  { console, cwd }: VerbContext,
  words: readonly string[],
  options: Options,
): Promise<number> {
  const file = path.resolve(cwd, onlyWord(words, 'the metrics file'))
  let text: string
  try {
    const stat = fs.statSync(file)
    if (!stat.isFile()) throw new RelayError('not_a_file', `${file} is no file.`)
    if (stat.size > maxMetricsBytes)
      throw new RelayError('too_large', `${file} has ${stat.size} bytes, more than 4 MiB.`)
    text = fs.readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof RelayError) throw error
    throw new RelayError(
      'not_readable',
      `Cannot read ${file}: ${error instanceof Error ? error.message : String(error)}.`,
    )
  }
  const { problems } = checkMetrics(text)
  if (options['json'] === true) console.out(JSON.stringify({ file, valid: problems.length === 0, problems }))
  else if (problems.length === 0) console.out(`${file}: as the contract wants it`)
  else for (const problem of problems) console.err(showInvisible(`${file}: ${problem}`))
  return Promise.resolve(problems.length === 0 ? exitOk : exitError)
}

export async function expAppend(context: VerbContext, words: readonly string[], options: Options): Promise<number> {
  const { console, state } = context
  const { folder, result } = await readRunDir(context, words, options)
  const { record } = result
  const appended = await appendRecord({ folder, record, lock: state.registryLock })
  if (!appended)
    throw new RelayError('duplicate', `Run ${record.runId} is in ${registryPath} already: nothing was appended.`)
  console.out(
    options['json'] === true ? renderRegistryLine(record).trimEnd() : `Appended ${record.runId} to ${registryPath}.`,
  )
  return exitOk
}

export async function expSummarize(context: VerbContext, words: readonly string[], options: Options): Promise<number> {
  const { console } = context
  const { folder, result } = await readRunDir(context, words, options)
  const text = renderRunSection(result.record, result.comparison)
  const file = path.join(folder, reportFile)
  makeParentWithin(file, folder)
  const edit = {
    kind: 'append_once',
    header: rollingReportHeader,
    text,
    marker: runMarker(result.record.runId),
  } as const
  appendOnce(file, folder, edit)
  if (options['json'] === true)
    console.out(JSON.stringify({ run_id: result.record.runId, file, comparison: result.comparison }))
  else console.out(showInvisible(text.trim()))
  return exitOk
}

export async function expBest(context: VerbContext, words: readonly string[], options: Options): Promise<number> {
  const { console } = context
  const [metric] = words.length > 1 ? [onlyWord(words, 'the metric')] : words
  const { table } = await readTable(context, options)
  const best = table.best.filter((one) => metric === undefined || one.metric === metric)
  if (best.length === 0) {
    const known = [...new Set(table.best.map((one) => one.metric))]
    throw new RelayError(
      'no_best',
      metric === undefined || known.length === 0
        ? `No run in ${registryPath} has succeeded with a primary metric.`
        : `No run is judged by ${metric}. Known: ${known.join(', ')}.`,
    )
  }
  if (options['json'] === true)
    console.out(
      JSON.stringify(
        best.map(({ metric, higherIsBetter, runId, value, of }) => ({
          metric,
          higher_is_better: higherIsBetter,
          run_id: runId,
          value,
          of,
        })),
      ),
    )
  else
    for (const one of best) {
      const where = table.rows.find(({ runId }) => runId === one.runId)?.record.paths.runDir ?? ''
      const direction = `${one.higherIsBetter ? 'higher' : 'lower'} is better, best of ${one.of}`
      const text = `${one.metric} = ${formatNumber(one.value)} (${direction})  ${one.runId}  ${where}`
      console.out(`${console.paint('green', '★')} ${showInvisible(text)}`)
    }
  return exitOk
}

export async function expReport(context: VerbContext, words: readonly string[], options: Options): Promise<number> {
  const { console } = context
  if (words.length > 0) throw new RelayError('usage', `${words.join(' ')} is too much.`)
  const last = options['last'] ?? String(defaultLast)
  if (typeof last !== 'string' || !/^[1-9]\d{0,5}$/.test(last))
    throw new RelayError('usage', '--last wants a number of runs.')
  const { table } = await readTable(context, options)
  const rows = chooseRows(table, Number(last))
  if (options['json'] === true)
    console.out(
      JSON.stringify(rows.map((row) => ({ ...asJson(row.record), best: row.isBest, delta_to_best: row.deltaToBest }))),
    )
  else if (options['csv'] === true) process.stdout.write(runsCsv(table, rows))
  else if (rows.length === 0) console.err(`There is no run in ${registryPath} yet.`)
  else {
    const [head = '', ...lines] = alignCells(runCells(table, rows))
    console.out(console.paint('bold', head))
    for (const line of lines) console.out(line)
  }
  return exitOk
}

export async function expCompare(context: VerbContext, words: readonly string[], options: Options): Promise<number> {
  const { console } = context
  const wanted = onlyWord(words, 'the run')
  const { snapshot } = await readTable(context, options)
  const exact = snapshot.records.find(({ runId }) => runId === wanted)
  const similar = wanted.length < 4 ? [] : snapshot.records.filter(({ runId }) => runId.endsWith(wanted))
  if (exact === undefined && similar.length > 1)
    throw new RelayError('ambiguous_run', `${similar.length} runs end with ${wanted}: give the whole id of one.`)
  const record = exact ?? similar[0]
  if (record === undefined) throw new RelayError('no_such_run', `There is no run ${wanted} in ${registryPath}.`)
  const comparison = compareRun(record, snapshot.records)
  if (options['json'] === true) console.out(JSON.stringify({ run_id: record.runId, ...comparison }))
  else console.out(showInvisible(`${record.runId}: ${comparison.sentence}`))
  return exitOk
}

function asJson(record: RunResult['record']): object {
  return JSON.parse(renderRegistryLine(record)) as object
}

async function readTable(
  context: VerbContext,
  options: Options,
): Promise<{ table: RunTable; snapshot: RegistrySnapshot }> {
  const { console } = context
  const folder = workspaceOf(context, options)
  const snapshot = await new RegistryFile(path.join(folder, registryPath)).read()
  for (const problem of snapshot.problems.slice(0, 10))
    console.err(console.paint('yellow', `! ${showInvisible(problem)}`))
  const more = Math.max(0, snapshot.problems.length - 10) + snapshot.moreProblems
  if (more > 0) console.err(console.paint('yellow', `! … and ${more} more lines that could not be read.`))
  return { table: buildRunTable(snapshot.records), snapshot }
}

/** The run in a directory, from its own files: no job of ours need have run it. */
async function readRunDir(
  context: VerbContext,
  words: readonly string[],
  options: Options,
): Promise<{ folder: string; result: RunResult }> {
  if (words.length > 0) throw new RelayError('usage', `${words.join(' ')} is too much.`)
  const wanted = options['run-dir']
  if (typeof wanted !== 'string') throw new RelayError('usage', '--run-dir is missing.')
  const folder = workspaceOf(context, options)
  const directory = path.resolve(folder, wanted)
  const runDir = path.relative(folder, directory)
  if (runDir === '' || runDir.startsWith('..'))
    throw new RelayError('outside', `${directory} is no directory in ${folder}.`)
  if (!fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory())
    throw new RelayError('no_run', `There is no directory ${directory}.`)
  const files = await readRunFiles(folder, runDir, path.basename(directory))
  if (files.metrics.file === null && files.meta === null)
    throw new RelayError(
      'no_run',
      `There is nothing to record in ${directory}: ${[...files.metrics.problems, ...files.metaProblems].join(' ')}`,
    )
  const runId = files.metrics.file?.runId ?? files.meta?.runId ?? path.basename(directory)
  if (!isRunId(runId)) throw new RelayError('bad_run_id', `${runId.slice(0, 80)} cannot be the id of a run.`)
  for (const problem of [...files.metrics.problems, ...files.metaProblems])
    context.console.err(context.console.paint('yellow', `! ${showInvisible(problem)}`))
  const { experiment, job } = jobOf(context, files.meta?.jobId ?? files.metrics.file?.jobId ?? null, runId)
  const end = job === null ? endOf(files.meta) : { ...endOf(files.meta), outcome: job.outcome }
  const failure = await classifyRun(end, [path.join(directory, 'train.log')], files)
  const { records } = await new RegistryFile(path.join(folder, registryPath)).read()
  const result = judgeRun({
    runId,
    runDir,
    cwd: folder,
    metrics: files.metrics,
    meta: files.meta,
    failure,
    job,
    experiment,
    records,
    recordedAt: new Date(context.now()).toISOString(),
  })
  return { folder, result }
}

/** What the run was made from, and how its job ended, if a job of ours ran it. */
function jobOf(
  { store }: VerbContext,
  name: string | null,
  runId: string,
): { experiment: ExperimentPlan | null; job: RunJob | null } {
  const id = jobIdSchema.safeParse(name)
  const stored = id.success ? store.tryRead(id.data) : null
  if (stored === null || !('job' in stored)) return { experiment: null, job: null }
  const { spec, state, source, followUp } = stored.job
  const { experiment } = spec.plan
  if (experiment?.runId !== runId) return { experiment: null, job: null }
  if (state.kind !== 'ended') throw new RelayError('not_ended', `Run ${runId} has not ended: its job is ${spec.id}.`)
  const { startedAt, endedAt } = store.describe(stored, state.atMs)
  const { outcome, reason } = state
  return {
    experiment,
    job: { id: spec.id, taskId: followUp?.jobId ?? null, outcome, reason, startedAt, endedAt, source },
  }
}

function onlyWord(words: readonly string[], what: string): string {
  const [word] = words
  if (word === undefined) throw new RelayError('usage', `${what} is missing.`)
  if (words.length > 1) throw new RelayError('usage', `${words.slice(1).join(' ')} is too much.`)
  return word
}
