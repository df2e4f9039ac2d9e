// metrics.json of a run, as the contract has it: what it says, and what is wrong with it. It comes from the run's own code; a number
// that is missing or not finite stays missing, and nothing is ever filled in.
import { failureClasses, type FailureClass } from '../followUps/failureClass'
import {
  integerOf,
  isObject,
  objectOf,
  type ParamValue,
  type PrimaryResult,
  readErrorType,
  readNumbers,
  readParams,
  readPrimary,
  type RunStatus,
  runStatuses,
  textOf,
} from './registryRecord'

export interface MetricsFile {
  readonly status: RunStatus | null
  readonly primary: PrimaryResult | null
  /** Finite numbers only. */
  readonly metrics: Readonly<Record<string, number>>
  readonly runId: string | null
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly jobId: string | null
  readonly taskId: string | null
  readonly seed: number | null
  readonly params: Readonly<Record<string, ParamValue>>
  readonly artifacts: Readonly<Record<string, string>>
  readonly error: string | null
  readonly errorType: FailureClass | null
  readonly errorHint: string | null
}

export interface MetricsCheck {
  /** As much as can be read; null if it is no JSON object. */
  readonly file: MetricsFile | null
  /** None: it is as the contract wants it. Sentences that name the place and what belongs there. */
  readonly problems: readonly string[]
}

const maxChars = 4 * 1024 * 1024
const maxProblems = 20

/** Reads and checks the text of a metrics.json. `runId`: the run that it should be of. Never throws. */
export function checkMetrics(text: string, runId: string | null = null): MetricsCheck {
  if (text.length > maxChars) return { file: null, problems: ['It is larger than 4 MiB: keep curves in a .jsonl.'] }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { file: null, problems: [explainJson(text, error)] }
  }
  if (!isObject(value)) return { file: null, problems: ['It must be one JSON object.'] }
  const problems: string[] = []
  const say = (problem: string) => problems.length < maxProblems && problems.push(problem)

  const status = runStatuses.find((one) => one === value['status']) ?? null
  if (status === null) say(`status must be one of ${runStatuses.join(', ')}.`)
  checkPrimary(value['primary'], status, say)
  if (!isObject(value['metrics'])) say('metrics must be an object of names and numbers ({} if there are none).')
  for (const name of nonFinite(value)) say(`${name} is not finite: leave it out, or write null. It counts as missing.`)
  const run = objectOf(value['run'])
  checkRun(value['run'], runId, say)
  if (value['artifacts'] !== undefined && !isObject(value['artifacts'])) say('artifacts must be an object of paths.')
  for (const name of ['error', 'error_hint', 'error_signature'])
    if (value[name] !== undefined && value[name] !== null && typeof value[name] !== 'string')
      say(`${name} must be a text.`)
  const errorType = readErrorType(value['error_type'])
  if (value['error_type'] !== undefined && value['error_type'] !== null && errorType === null)
    say(`error_type must be one of ${failureClasses.join(', ')}.`)
  return {
    file: {
      status,
      primary: readPrimary(value['primary']),
      metrics: readNumbers(value['metrics']),
      runId: textOf(run['run_id']),
      startedAt: textOf(run['started_at']),
      endedAt: textOf(run['ended_at']),
      jobId: textOf(run['job_id']),
      taskId: textOf(run['task_id']),
      seed: integerOf(run['seed']),
      params: readParams(run['params']),
      artifacts: Object.fromEntries(
        Object.entries(objectOf(value['artifacts']))
          .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
          .slice(0, 64),
      ),
      error: textOf(value['error']),
      errorType,
      errorHint: textOf(value['error_hint']),
    },
    problems,
  }
}

/** A run that did not succeed may have no primary metric, or no value of it; one that did must. */
function checkPrimary(value: unknown, status: RunStatus | null, say: (problem: string) => void): void {
  const mayLack = status === 'failed' || status === 'canceled'
  if (value === undefined || value === null) {
    if (!mayLack || value === undefined)
      say(`primary is missing: {"name": …, "value": …, "higher_is_better": …}${mayLack ? ', or null' : ''}.`)
    return
  }
  if (!isObject(value)) return say('primary must be an object with name, value and higher_is_better.')
  const name = textOf(value['name'])
  if (name === null) say('primary.name must be the name of the metric that runs are judged by.')
  if (typeof value['higher_is_better'] !== 'boolean') say('primary.higher_is_better must be true or false.')
  const number = value['value']
  if (typeof number === 'number') return // One that is not finite is told with the others.
  if (number === undefined || number === null) {
    if (!mayLack) say(`primary.value is missing: a run that succeeded has a finite ${name ?? 'number'}.`)
  } else say('primary.value must be a number.')
}

function checkRun(value: unknown, runId: string | null, say: (problem: string) => void): void {
  if (!isObject(value)) return say('run must be an object with run_id, started_at and ended_at.')
  for (const name of ['run_id', 'started_at', 'ended_at'])
    if (textOf(value[name]) === null) say(`run.${name} must be a text that is not empty.`)
  for (const name of ['started_at', 'ended_at']) {
    const time = textOf(value[name])
    if (time !== null && Number.isNaN(Date.parse(time))) say(`run.${name} must be a time in ISO 8601.`)
  }
  for (const name of ['job_id', 'task_id'])
    if (value[name] !== undefined && value[name] !== null && typeof value[name] !== 'string')
      say(`run.${name} must be a text.`)
  if (value['seed'] !== undefined && value['seed'] !== null && integerOf(value['seed']) === null)
    say('run.seed must be a whole number.')
  if (value['params'] !== undefined && !isObject(value['params'])) say('run.params must be an object.')
  const own = textOf(value['run_id'])
  if (runId !== null && own !== null && own !== runId)
    say(`run.run_id is ${own.slice(0, 80)}, but this is the run ${runId}: it was written by another one.`)
}

/** The dotted names of numbers that JSON let become infinite. */
function nonFinite(value: unknown): string[] {
  const found: string[] = []
  let visits = 0
  const visit = (at: unknown, name: string, depth: number): void => {
    if (++visits > 100_000 || found.length >= maxProblems) return
    if (typeof at === 'number' && !Number.isFinite(at)) found.push(name.slice(0, 120))
    if (typeof at !== 'object' || at === null || depth > 32) return
    for (const [key, item] of Object.entries(at)) visit(item, name === '' ? key : `${name}.${key}`, depth + 1)
  }
  visit(value, '', 0)
  return found
}

function explainJson(text: string, error: unknown): string {
  if (text.trim() === '') return 'It is empty.'
  if (/(?:^|[\s,:[])-?(?:NaN|Infinity)\b/.test(text))
    return 'It is not JSON: it holds NaN or Infinity, which are no numbers. Leave them out, or write null.'
  return `It is not JSON: ${error instanceof Error ? error.message.slice(0, 160) : 'unreadable'}.`
}
