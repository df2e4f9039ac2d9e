// The results of attempts out of their files and logs: of every metric its last and its best value, and over seeds mean and standard
// deviation. A number that is missing or not finite is missing; nothing is filled in. All is bounded, and nothing here throws.
import { flattenNumbers } from '../followUps/flattenNumbers'
import { betterDirection, isCounterName, isIgnoredName } from '../followUps/metricNames'
import { type LogNumber, readNumbers } from '../followUps/metricSeries'
import { readResultMetrics } from '../followUps/resultMetrics'
import { readTableColumns, readTableRow } from '../followUps/tableNumbers'
import { type Spread, spreadOf } from './resultsTable'

const maxRecords = 200_000
const maxLineChars = 16_384
const maxMetrics = 64

/** The text of one file that was found. `path` is what is said of where a number comes from. */
export interface ResultText {
  readonly path: string
  readonly text: string
}

export interface CollectedMetric {
  readonly name: string
  readonly better: 'lower' | 'higher' | null
  readonly last: number
  /** Null where nobody says which way is better. */
  readonly best: number | null
  /** How many values were finite. */
  readonly count: number
  /** Over files that differ in their seed alone; null for one. */
  readonly seeds: { readonly best: Spread | null; readonly last: Spread } | null
  /** The file of the best value, or of the last where no way is better. */
  readonly path: string
}

export interface Collected {
  /** Those that were asked for first, in that order; the others by their name. */
  readonly metrics: readonly CollectedMetric[]
  /** Asked for and found nowhere. */
  readonly missing: readonly string[]
  /** What is wrong with files, a sentence each. */
  readonly problems: readonly string[]
}

/** What one file says of one metric. */
interface FileMetric {
  readonly name: string
  readonly better: 'lower' | 'higher' | null
  readonly last: number
  readonly best: number | null
  readonly count: number
}

/**
 * `wanted`: names as a person writes them (`acc`, `eval/acc`, `Val Loss`); empty: whatever is found. Of a file that names its primary
 * metric the direction is taken from it.
 */
export function collectMetrics(texts: readonly ResultText[], wanted: readonly string[]): Collected {
  const problems: string[] = []
  const perFile = texts.map(({ path, text }) => ({
    path,
    seed: seedOf(path, text),
    metrics: readFile(path, text, problems),
  }))
  const names = new Map<string, string>()
  for (const { metrics } of perFile)
    for (const { name } of metrics) if (!names.has(nameKey(name))) names.set(nameKey(name), name)
  const chosen =
    wanted.length === 0 ? [...names.keys()].sort() : wanted.flatMap((name) => findName(name, [...names.keys()]) ?? [])
  const found = [...new Set(chosen)].slice(0, maxMetrics).flatMap((key) => {
    const of = perFile.flatMap(({ path, seed, metrics }) =>
      metrics.filter(({ name }) => nameKey(name) === key).map((metric) => ({ path, seed, ...metric })),
    )
    return mergeFiles(names.get(key) ?? key, of) ?? []
  })
  const missing = wanted.filter((name) => findName(name, [...names.keys()]) === null)
  return { metrics: found, missing, problems: problems.slice(0, 20) }
}

/** How a metric is found again: `eval/acc`, `Eval acc` and `eval_acc` are one. */
function nameKey(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
}

/** The name itself, or the only one that ends with it: `acc` finds `metrics.acc`, but not one of two. */
function findName(wanted: string, known: readonly string[]): string | null {
  const key = nameKey(wanted)
  if (known.includes(key)) return key
  const longer = known.filter((one) => one.endsWith(`_${key}`))
  return longer.length === 1 ? (longer[0] ?? null) : null
}

type Found = FileMetric & { readonly path: string; readonly seed: string | null }

function mergeFiles(name: string, found: readonly Found[]): CollectedMetric | null {
  const last = found.at(-1)
  if (last === undefined) return null
  const better = found.find((one) => one.better !== null)?.better ?? null
  const ranked = better === null ? [] : found.flatMap((one) => (one.best === null ? [] : [one]))
  const first = ranked[0]
  const best =
    first === undefined
      ? null
      : ranked.reduce((a, b) => (isBetter(b.best ?? NaN, a.best ?? NaN, better) ? b : a), first)
  return {
    name,
    better,
    last: last.last,
    best: best?.best ?? null,
    count: found.reduce((sum, one) => sum + one.count, 0),
    seeds: overSeeds(found),
    path: best?.path ?? last.path,
  }
}

/** Over the values of every seed, the newest file of each; null for less than two seeds. */
function overSeeds(found: readonly Found[]): CollectedMetric['seeds'] {
  const bySeed = new Map<string, Found>()
  for (const one of found) if (one.seed !== null) bySeed.set(one.seed, one)
  const files = [...bySeed.values()]
  const last = spreadOf(files.map((one) => one.last))
  if (last === null) return null
  const bests = files.flatMap((one) => one.best ?? [])
  return { best: bests.length === files.length ? spreadOf(bests) : null, last }
}

/** The seed of a file: what its name or folder says, or its own `seed`. */
function seedOf(path: string, text: string): string | null {
  const named = /(?:^|[/_.-])seed[_=-]?(\d{1,12})(?![\d.]*\d)/i.exec(path)?.[1]
  if (named !== undefined) return String(Number(named))
  if (!/\.json$/i.test(path) || text.length > 4 * 1024 * 1024) return null
  const own = /"seed"\s{0,4}:\s{0,4}(\d{1,12})\b/.exec(text.slice(0, 200_000))?.[1]
  return own === undefined ? null : String(Number(own))
}

function readFile(path: string, text: string, problems: string[]): readonly FileMetric[] {
  if (/\.json$/i.test(path)) return readJson(path, text, problems)
  const grown = new Map<string, GrowingMetric>()
  const add = (numbers: readonly LogNumber[]) => {
    for (const { key, value } of numbers) {
      if (isCounterName(key) || isIgnoredName(key)) continue
      const known = grown.get(nameKey(key))
      if (known !== undefined) known.add(value)
      else if (grown.size < 512) grown.set(nameKey(key), new GrowingMetric(key, value))
    }
  }
  const lines = boundLines(text)
  if (/\.(?:csv|tsv)$/i.test(path)) {
    const [head = '', ...rows] = lines
    const columns = readTableColumns(head)
    if (columns === null) problems.push(`${path}: its first row names no columns.`)
    else for (const row of rows) if (row.trim() !== '') add(readTableRow(columns, row))
  } else if (/\.(?:jsonl|ndjson)$/i.test(path)) {
    let torn = 0
    for (const line of lines) {
      if (line.trim() === '') continue
      const record = readRecord(line)
      if (record === null) torn++
      else add(record)
    }
    if (torn > 0) problems.push(`${path}: ${torn} of its lines ${torn === 1 ? 'is' : 'are'} no JSON object.`)
  } else for (const line of lines) add(readNumbers(line))
  return [...grown.values()].flatMap((one) => one.finish() ?? [])
}

/** One JSON object: each number is a last value, and the best one, for there is no other. */
function readJson(path: string, text: string, problems: string[]): readonly FileMetric[] {
  const { kind, primary, numbers, problems: own } = readResultMetrics(path, text)
  problems.push(...own.map((problem) => `${path}: ${problem}`))
  if (kind === 'meta') return []
  const of = (name: string, value: number, better: FileMetric['better']): FileMetric => ({
    name,
    better,
    last: value,
    best: better === null ? null : value,
    count: 1,
  })
  const first =
    primary === null || primary.value === null
      ? []
      : [
          of(
            primary.name,
            primary.value,
            primary.higherIsBetter === null
              ? betterDirection(primary.name)
              : primary.higherIsBetter
                ? 'higher'
                : 'lower',
          ),
        ]
  const others = numbers
    .filter(({ key }) => !isCounterName(key) && !isIgnoredName(key) && nameKey(key) !== nameKey(primary?.name ?? ''))
    .map(({ key, value }) => of(key, value, betterDirection(key)))
  return [...first, ...others]
}

function readRecord(line: string): readonly LogNumber[] | null {
  try {
    const value: unknown = JSON.parse(line.replaceAll(/(?<=[:[,]\s{0,4})(?:NaN|-?Infinity)\b/g, 'null'))
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    return flattenNumbers(value).numbers.map(({ key, value: number }) => ({ key, value: number, of: null }))
  } catch {
    return null // A torn line is counted, and the others are read.
  }
}

class GrowingMetric {
  private count = 0
  private last = NaN
  private best: number | null = null
  private readonly better: FileMetric['better']

  constructor(
    private readonly name: string,
    value: number,
  ) {
    this.better = betterDirection(name)
    this.add(value)
  }

  add(value: number): void {
    if (!Number.isFinite(value)) return
    this.count++
    this.last = value
    if (this.better !== null && (this.best === null || isBetter(value, this.best, this.better))) this.best = value
  }

  /** Null if no value of it was finite. */
  finish(): FileMetric | null {
    if (this.count === 0) return null
    return { name: this.name, better: this.better, last: this.last, best: this.best, count: this.count }
  }
}

function isBetter(value: number, than: number, better: FileMetric['better']): boolean {
  return better === 'higher' ? value > than : value < than
}

function boundLines(text: string): readonly string[] {
  const lines = text.split(/\r\n|[\n\r]/)
  // Of too many the last say what became of it; a table needs its head.
  const kept = lines.length <= maxRecords ? lines : [lines[0] ?? '', ...lines.slice(1 - maxRecords)]
  return kept.map((line) => (line.length > maxLineChars ? line.slice(0, maxLineChars) : line))
}
