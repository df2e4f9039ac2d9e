// Looking at what the job of an act has printed: when it has ended, and, in the background, whether it has started up.
import fs from 'node:fs'
import path from 'node:path'
import { shorten } from '../../core/jobs/jobWords'
import type { JobId } from '../../core/jobs/jobId'
import { isMetricsFile, readResultMetrics } from '../../core/followUps/resultMetrics'
import { redactSecrets } from '../../core/logs/redactSecrets'
import { sanitizeLine } from '../../core/logs/terminalText'
import { CriteriaFinder } from '../../core/steps/criteria'
import { keptOutput } from '../../core/steps/secrets'
import { judgeAct } from '../../core/steps/judgeAct'
import { finishesMain } from '../../core/steps/stepJob'
import type { StepItem, StepRunEvent } from '../../core/steps/stepRunState'
import { isPassing, RelayError } from '../../core/relayError'
import { readAnswer } from '../../store/followUps/turnFiles'
import type { StoredJob } from '../../store/jobs/jobFiles'
import { type LinesPosition, linesStart, readLines } from '../../store/logs/readLines'
import { readTail } from '../../store/logs/readTail'
import { openFile, readRange } from '../../store/logs/openFile'
import { realFileWithin } from '../../store/realFile'
import type { ActTools } from '../undertakings/actor'
import { clockSlackMs, findClaims, type FoundClaims } from './findClaims'

const tailLines = 40
const tailBytes = 64 * 1024
const outputChars = 2_000
const maxLineBytes = 64 * 1024
const metricsBytes = 256 * 1024

/** What has become of an act whose job has ended. Throws RelayError for what passes. */
export async function collectAct(
  item: StepItem,
  index: number,
  act: number,
  job: JobId,
  tools: ActTools,
): Promise<readonly StepRunEvent[]> {
  let stored: StoredJob | null
  try {
    stored = tools.store.read(job)
  } catch (error) {
    if (!(error instanceof RelayError) || isPassing(error)) throw error
    return [lost(index, act, job, error.message)]
  }
  if (stored === null) return [lost(index, act, job, `Its job ${job} was removed.`)]
  const { folder } = stored.job.spec
  const attempt = stored.paths.attempt(stored.job.attempt)
  const planned = item.plan.acts[act]
  const isAgent = planned?.doing.kind === 'agent'
  const answer = isAgent ? redactSecrets(readAnswer(attempt) ?? '') : null
  const tail = await readTail(attempt.log, tailLines, tailBytes)
  const printed = redactSecrets(tail.lines.join('\n'))
  const command = planned?.doing.kind === 'command' ? planned.doing.command : ''
  const said = isAgent && answer !== '' ? endOfAnswer(answer ?? '') : keptOutput(command, printed)
  const finder = new CriteriaFinder(planned?.phase === 'MAIN' && !isAgent ? item.plan.successCriteria : [])
  if (!finder.isDone) await readInto(finder, attempt.log, linesStart)
  const output = {
    tail: said.slice(-outputChars),
    met: finder.met.map(({ criterion, line }) => ({ criterion, line: keptOutput(command, redactSecrets(line)) })),
    claims: await claimsOf(item, act, stored, answer ?? '', tools),
    missing: planned?.onFailure === true && finishesMain(item, act) ? missingFiles(item) : [],
    notable: finishesMain(item, act) ? await notableOf(item, folder, isAgent ? '' : said) : '',
  }
  return [{ type: 'act_ended', item: index, act, job, ...judgeAct(item, act, stored.job, output) }]
}

async function claimsOf(
  item: StepItem,
  act: number,
  { job, paths }: StoredJob,
  answer: string,
  tools: ActTools,
): Promise<FoundClaims> {
  if (answer === '' || !finishesMain(item, act)) return { shown: [], unshown: [] }
  const attempts = Array.from({ length: job.attempt }, (_, at) => paths.attempt(job.attempt - at))
  return findClaims(item, act, answer, attempts, job.spec.folder, tools)
}

/** Required files that are not there, are empty, or were there before the step. */
function missingFiles({ plan, state }: StepItem): readonly string[] {
  const sinceMs = state.kind === 'waiting' ? 0 : state.sinceMs
  return plan.requireFiles.filter((file) => {
    try {
      const { size, mtimeMs } = fs.statSync(path.resolve(plan.cwd, file))
      return size === 0 || mtimeMs < sinceMs - clockSlackMs
    } catch {
      return true // Not there, or not to be read: no evidence.
    }
  })
}

function lost(item: number, act: number, job: JobId, detail: string): StepRunEvent {
  const told = { exit: null, durationMs: 0, detail, output: '', met: [], notable: '' }
  return { type: 'act_ended', item, act, job, outcome: 'lost', ...told }
}

/** What stands last, without the marker. */
function endOfAnswer(answer: string): string {
  return answer.replace(/\s*\[\[task:(?:done|blocked)\]\]\s*$/i, '').trimEnd()
}

/** Numbers of the files that the step must write, else what it said last. */
async function notableOf(item: StepItem, folder: string, said: string): Promise<string> {
  for (const file of item.plan.requireFiles.filter(isMetricsFile)) {
    const text = await readResult(path.resolve(item.plan.cwd, file), folder)
    if (text === null) continue
    const { primary, numbers } = readResultMetrics(file, text)
    const first = primary === null || primary.value === null ? [] : [`${primary.name} ${primary.value}`]
    const others = numbers.slice(0, 4 - first.length).map(({ key, value }) => `${key} ${value}`)
    if (first.length + others.length > 0) return [...first, ...others].join(', ')
  }
  return shorten(said.trimEnd().split('\n').at(-1)?.trim() ?? '', 120)
}

/** Null: it cannot be read, or is no small file of the workspace. */
async function readResult(file: string, folder: string): Promise<string | null> {
  try {
    const opened = await openFile(realFileWithin(file, folder))
    if (opened.kind === 'problem') return null
    const { handle, stats } = opened
    try {
      return stats.size > metricsBytes ? null : (await readRange(handle, 0, stats.size)).toString('utf8')
    } finally {
      await handle.close()
    }
  } catch {
    return null // What it holds would only have been noted.
  }
}

/** Whether jobs in the background have printed what they should: what was read of their logs is not read again. */
export class StartUps {
  private readonly readings = new Map<JobId, { position: LinesPosition; readonly finder: CriteriaFinder }>()

  async look(
    item: StepItem,
    index: number,
    act: number,
    job: JobId,
    { store }: ActTools,
  ): Promise<readonly StepRunEvent[]> {
    const stored = store.read(job)
    if (stored === null) return []
    const reading = this.readings.get(job) ?? {
      position: linesStart,
      finder: new CriteriaFinder(item.plan.successCriteria),
    }
    this.readings.set(job, reading)
    const { log } = stored.paths.attempt(stored.job.attempt)
    reading.position = await readInto(reading.finder, log, reading.position)
    if (!reading.finder.isDone) return []
    this.readings.delete(job)
    const met = reading.finder.met.map(({ criterion, line }) => ({ criterion, line: redactSecrets(line) }))
    return [{ type: 'act_up', item: index, act, met }]
  }
}

async function readInto(finder: CriteriaFinder, log: string, position: LinesPosition): Promise<LinesPosition> {
  const take = (line: Buffer) => {
    // A progress bar draws over its own line.
    if (!finder.isDone) for (const part of line.toString('utf8').split('\r')) finder.take(sanitizeLine(part))
  }
  const reading = await readLines(log, position, maxLineBytes, take)
  // The last line may never get an end.
  if (reading.position.open.length > 0) take(reading.position.open)
  return reading.position
}
