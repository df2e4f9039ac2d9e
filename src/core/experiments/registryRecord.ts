// One line of exp/registry.jsonl: what a run was and what came of it. The file is the user's, and other tools write to it: whatever
// a line lacks is missing here, never made up, and a line that cannot be understood is told and skipped.
import { failureClasses, type FailureClass } from '../followUps/failureClass'

export const runStatuses = ['success', 'failed', 'canceled'] as const
export type RunStatus = (typeof runStatuses)[number]

/** The metric by which a run is judged. `value` is null where the run has none: it never was measured as anything. */
export interface PrimaryResult {
  readonly name: string
  readonly value: number | null
  readonly higherIsBetter: boolean
}

export type ParamValue = string | number | boolean | null

export interface RunRecord {
  readonly runId: string
  readonly status: RunStatus
  /** Null if the run does not say by what it is to be judged. */
  readonly primary: PrimaryResult | null
  /** Finite numbers only. */
  readonly metrics: Readonly<Record<string, number>>
  /** ISO 8601 as it was written, or null. */
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly jobId: string | null
  readonly taskId: string | null
  readonly seed: number | null
  /** The template that it was made from, where that is known. */
  readonly template: string | null
  readonly params: Readonly<Record<string, ParamValue>>
  readonly command: readonly string[]
  readonly cwd: string | null
  readonly git: { readonly commit: string | null; readonly branch: string | null; readonly dirty: boolean | null }
  /** As they were written: absolute, or relative to the workspace. */
  readonly paths: {
    readonly runDir: string | null
    readonly meta: string | null
    readonly metrics: string | null
    readonly trainLog: string | null
  }
  readonly recordedAt: string | null
  readonly error: string | null
  readonly errorType: FailureClass | null
}

export type RegistryLine =
  | { readonly kind: 'record'; readonly record: RunRecord }
  | { readonly kind: 'blank' }
  /** `problem`: what is wrong with the line, a phrase. */
  | { readonly kind: 'problem'; readonly problem: string }

/** A longer line is no record of a run. */
export const maxLineChars = 256 * 1024
const maxKeys = 512
const maxTextChars = 4_000

/** What one line says. Never throws. */
export function parseRegistryLine(line: string): RegistryLine {
  if (line.trim() === '') return { kind: 'blank' }
  if (line.length > maxLineChars) return { kind: 'problem', problem: `it is longer than ${maxLineChars} characters` }
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return { kind: 'problem', problem: 'it is not JSON (cut off by a crash, or edited)' }
  }
  if (!isObject(value)) return { kind: 'problem', problem: 'it is no JSON object' }
  const runId = textOf(value['run_id'])
  if (runId === null) return { kind: 'problem', problem: 'it has no run_id' }
  const status = runStatuses.find((one) => one === value['status'])
  if (status === undefined)
    return { kind: 'problem', problem: `its status is none of ${runStatuses.join(', ')} (run ${runId.slice(0, 80)})` }
  const git = objectOf(value['git'])
  const paths = objectOf(value['paths'])
  const params = readParams(value['params'])
  return {
    kind: 'record',
    record: {
      runId,
      status,
      primary: readPrimary(value['primary']),
      metrics: readNumbers(value['metrics']),
      startedAt: textOf(value['started_at']),
      endedAt: textOf(value['ended_at']),
      jobId: textOf(value['job_id']),
      taskId: textOf(value['task_id']),
      seed: integerOf(value['seed']),
      template: textOf(value['template']),
      params,
      command: Array.isArray(value['command'])
        ? value['command'].slice(0, maxKeys).filter((word): word is string => typeof word === 'string')
        : [],
      cwd: textOf(value['cwd']),
      git: { commit: textOf(git['commit']), branch: textOf(git['branch']), dirty: readDirty(git['dirty']) },
      paths: {
        runDir: textOf(paths['run_dir']),
        meta: textOf(paths['meta']),
        metrics: textOf(paths['metrics']),
        trainLog: textOf(paths['train_log']),
      },
      recordedAt: textOf(value['recorded_at']),
      error: textOf(value['error']),
      errorType: readErrorType(value['error_type']),
    },
  }
}

/** The line of a record, with its line end: one JSON object, in the names of the contract. */
export function renderRegistryLine(record: RunRecord): string {
  const { primary, git, paths } = record
  return `${JSON.stringify({
    run_id: record.runId,
    status: record.status,
    primary:
      primary === null ? null : { name: primary.name, value: primary.value, higher_is_better: primary.higherIsBetter },
    metrics: record.metrics,
    started_at: record.startedAt,
    ended_at: record.endedAt,
    job_id: record.jobId,
    task_id: record.taskId,
    seed: record.seed,
    template: record.template ?? undefined,
    params: record.params,
    command: record.command,
    cwd: record.cwd,
    git: { commit: git.commit, dirty: git.dirty, branch: git.branch },
    paths: { run_dir: paths.runDir, meta: paths.meta, metrics: paths.metrics, train_log: paths.trainLog },
    recorded_at: record.recordedAt,
    error: record.error ?? undefined,
    error_type: record.errorType ?? undefined,
  })}\n`
}

/** A primary metric of a file of the user's. Without a name and a direction there is none; without a finite value it has none. */
export function readPrimary(value: unknown): PrimaryResult | null {
  if (!isObject(value)) return null
  const name = textOf(value['name'])
  const higherIsBetter = value['higher_is_better']
  if (name === null || typeof higherIsBetter !== 'boolean') return null
  return { name, value: finiteOrNull(value['value']), higherIsBetter }
}

/** The finite numbers among the values of an object. */
export function readNumbers(value: unknown): Record<string, number> {
  const numbers: Record<string, number> = {}
  if (!isObject(value)) return numbers
  let left = maxKeys
  for (const name of Object.keys(value)) {
    const item = value[name]
    if (typeof item !== 'number' || !Number.isFinite(item) || name === '__proto__') continue
    if (left-- <= 0) break
    numbers[shortName(name)] = item
  }
  return numbers
}

/** Parameters as they can be compared: what is no single value becomes its JSON. */
export function readParams(value: unknown): Record<string, ParamValue> {
  const params: Record<string, ParamValue> = {}
  if (!isObject(value)) return params
  let left = maxKeys
  for (const name of Object.keys(value)) {
    if (name === '__proto__') continue
    if (left-- <= 0) break
    params[shortName(name)] = paramValue(value[name])
  }
  return params
}

function shortName(name: string): string {
  return name.length > 200 ? name.slice(0, 200) : name
}

function paramValue(item: unknown): ParamValue {
  if (item === null || typeof item === 'number' || typeof item === 'boolean') return item
  if (typeof item === 'string') return item.slice(0, maxTextChars)
  return JSON.stringify(item).slice(0, maxTextChars)
}

export function readErrorType(value: unknown): FailureClass | null {
  return value === undefined ? null : (failureClasses.find((name) => name === value) ?? null)
}

/** The deployed tools write `"true"`, `"false"` and `"unknown"`. */
export function readDirty(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  return value === 'true' ? true : value === 'false' ? false : null
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {}
}

export function textOf(value: unknown): string | null {
  if (typeof value !== 'string' || value === '') return null
  return value.length > maxTextChars ? value.slice(0, maxTextChars) : value
}

export function integerOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null
}

function finiteOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
