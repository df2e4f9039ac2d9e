// Numbers out of a job's result files. A value that is missing or not finite is reported as such, never as 0.
import { failureClasses, type FailureClass } from './failureClass'
import { flattenNumbers, type FlatNumber } from './flattenNumbers'

const maxText = 160
const maxTornLines = 16

export interface PrimaryMetric {
  readonly name: string
  /** Null when the file names the metric but has no finite number for it. */
  readonly value: number | null
  readonly higherIsBetter: boolean | null
}

export interface ResultMetrics {
  readonly path: string
  /** `contract`: metrics.json as the contract has it. `meta`: meta.json of a run. `record`: the last line of a jsonl. */
  readonly kind: 'contract' | 'meta' | 'record' | 'json'
  /** What the file says of the run itself. */
  readonly status: string | null
  readonly exitCode: number | null
  readonly primary: PrimaryMetric | null
  /** Finite numbers only, without the primary. */
  readonly numbers: readonly FlatNumber[]
  /** How many more numbers the file has than are listed. */
  readonly more: number
  readonly error: string | null
  readonly errorType: FailureClass | null
  /** What is wrong with the file, a sentence each. */
  readonly problems: readonly string[]
}

/** Whether `readResultMetrics` has something to say about a file of that name. */
export function isMetricsFile(path: string): boolean {
  return /\.(?:json|jsonl|ndjson)$/i.test(path)
}

/** Reads the text of a `.json`, `.jsonl` or `.ndjson` file. Never throws; what cannot be read is in `problems`. */
export function readResultMetrics(path: string, text: string): ResultMetrics {
  const problems: string[] = []
  const lined = !/\.json$/i.test(path)
  const value = lined ? lastRecord(text, problems) : parseLenient(text, problems)
  const file = { path, status: null, exitCode: null, primary: null, error: null, errorType: null, problems }
  if (!isObject(value)) {
    if (problems.length === 0) problems.push('It holds no JSON object.')
    return { ...file, kind: lined ? 'record' : 'json', numbers: [], more: 0 }
  }
  const status = textOf(value['status'])
  if (/(?:^|\/)meta\.json$/i.test(path)) {
    const exitCode = typeof value['exit_code'] === 'number' ? value['exit_code'] : null
    return { ...file, kind: 'meta', status, exitCode, numbers: [], more: 0 }
  }
  const primary = readPrimary(value['primary'], problems)
  if (status !== null && (primary !== null || isObject(value['metrics']))) {
    const numbers = finiteNumbers(value['metrics'] ?? {}, problems)
    const errorType = failureClasses.find((name) => name === value['error_type']) ?? null
    return {
      ...file,
      kind: 'contract',
      status,
      primary,
      numbers: numbers.numbers.filter(({ key }) => key !== primary?.name),
      more: numbers.more,
      error: textOf(value['error']),
      errorType,
    }
  }
  return { ...file, kind: lined ? 'record' : 'json', status, ...finiteNumbers(value, problems) }
}

function readPrimary(value: unknown, problems: string[]): PrimaryMetric | null {
  if (!isObject(value)) return null
  const name = textOf(value['name'])
  if (name === null) {
    problems.push('Its primary metric has no name.')
    return null
  }
  const number = value['value']
  const finite = typeof number === 'number' && Number.isFinite(number) ? number : null
  if (finite === null) problems.push(`Its primary metric ${name} has no finite value.`)
  const higher = value['higher_is_better']
  if (typeof higher !== 'boolean') problems.push(`It does not say whether a higher ${name} is better.`)
  return { name, value: finite, higherIsBetter: typeof higher === 'boolean' ? higher : null }
}

/** The numbers that are finite; the others are named in `problems`. */
function finiteNumbers(value: unknown, problems: string[]): { numbers: FlatNumber[]; more: number } {
  const { numbers, more } = flattenNumbers(value)
  const broken = numbers.filter((number) => !Number.isFinite(number.value)).map(({ key }) => key.slice(0, maxText))
  if (broken.length > 0) problems.push(`Not finite, so missing: ${broken.slice(0, 8).join(', ')}.`)
  return { numbers: numbers.filter((number) => Number.isFinite(number.value)), more }
}

/** The last line that is a JSON object; torn lines after it are a problem that is told. */
function lastRecord(text: string, problems: string[]): unknown {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  for (let back = 1; back <= Math.min(lines.length, maxTornLines); back++) {
    const line = lines.at(-back) ?? ''
    const torn: string[] = []
    const value = parseLenient(line, torn)
    if (isObject(value)) {
      if (back > 1) problems.push(`Its last ${back === 2 ? 'line is' : `${back - 1} lines are`} not a JSON object.`)
      problems.push(...torn)
      return value
    }
  }
  return undefined
}

/** JSON, also with the NaN and Infinity that Python writes; those become infinite, so that they count as not finite. */
function parseLenient(text: string, problems: string[]): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const replaced = replaceNonFinite(text)
    if (replaced === text) {
      problems.push(`It is not JSON: ${error instanceof Error ? error.message.slice(0, maxText) : 'unreadable'}.`)
      return undefined
    }
    try {
      const value: unknown = JSON.parse(replaced)
      problems.push('It holds NaN or Infinity, which JSON does not have.')
      return value
    } catch {
      problems.push('It is not JSON.')
      return undefined
    }
  }
}

/** Puts `1e999` for every NaN and Infinity outside of strings, in one pass. */
function replaceNonFinite(text: string): string {
  const pieces: string[] = []
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') {
      at++
      while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
    } else if (character === 'N' || character === 'I') {
      const word = text.startsWith('NaN', at) ? 'NaN' : text.startsWith('Infinity', at) ? 'Infinity' : undefined
      if (word === undefined) continue
      pieces.push(text.slice(from, at), '1e999')
      at += word.length - 1
      from = at + 1
    }
  }
  return pieces.join('') + text.slice(from)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, maxText) : null
}
