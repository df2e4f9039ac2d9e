// The runs of a registry as a table: for the view, the command and the chat. It says what was recorded, and how far each run is from the best
// of the same metric and direction.
import { type BestRun, findBest, metricKey, rankedValue } from './bestRun'
import type { ParamValue, RunRecord } from './registryRecord'

export interface RunRow {
  readonly runId: string
  readonly status: RunRecord['status']
  /** Null where the time was not recorded or is no time. */
  readonly startedAtMs: number | null
  readonly durationMs: number | null
  readonly template: string | null
  readonly seed: number | null
  readonly params: Readonly<Record<string, ParamValue>>
  /** Every finite number of the run, that of the primary metric among them. */
  readonly metrics: Readonly<Record<string, number>>
  readonly primary: RunRecord['primary']
  /** It is the best run of its primary metric. */
  readonly isBest: boolean
  /** The primary value minus that of the best run: 0 for the best itself, null where it cannot be ranked. */
  readonly deltaToBest: number | null
  readonly record: RunRecord
}

export interface RunTable {
  /** Newest first. */
  readonly rows: readonly RunRow[]
  /** One for each metric name and direction, the one with the most runs first. */
  readonly best: readonly BestRun[]
  /** In the order in which they first appear. */
  readonly paramNames: readonly string[]
  /** The same, primary metrics first. */
  readonly metricNames: readonly string[]
  /** Parameters (`seed` among them) that are not the same in all of the rows. */
  readonly differing: readonly string[]
}

/** The table of `records`, which are in the order in which they were recorded and have each run once. */
export function buildRunTable(records: readonly RunRecord[]): RunTable {
  const best = findBest(records)
  const params = new Set<string>()
  const primaries = new Set<string>()
  const metrics = new Set<string>()
  const rows = records.map((record): RunRow => {
    const { primary } = record
    const winner = primary === null ? undefined : best.get(metricKey(primary.name, primary.higherIsBetter))
    const value = rankedValue(record)
    const startedAtMs = readTime(record.startedAt)
    const endedAtMs = readTime(record.endedAt)
    const numbers = withPrimary(record)
    for (const name of Object.keys(record.params)) params.add(name)
    for (const name of Object.keys(numbers)) metrics.add(name)
    if (primary !== null) primaries.add(primary.name)
    return {
      runId: record.runId,
      status: record.status,
      startedAtMs,
      durationMs: startedAtMs === null || endedAtMs === null ? null : Math.max(0, endedAtMs - startedAtMs),
      template: record.template,
      seed: record.seed,
      params: record.params,
      metrics: numbers,
      primary,
      isBest: winner?.runId === record.runId,
      deltaToBest: value === null || winner === undefined ? null : value - winner.value,
      record,
    }
  })
  return {
    rows: newestFirst(rows),
    best: [...best.values()].sort((a, b) => b.of - a.of),
    paramNames: [...params],
    metricNames: [...new Set([...primaries, ...metrics])],
    differing: differingParams(rows, params),
  }
}

/** Parameters (`seed` among them, if it is none of their own) whose values differ between the rows. */
export function differingParams(
  rows: readonly Pick<RunRow, 'params' | 'seed'>[],
  names: Iterable<string>,
): readonly string[] {
  // Single values, so that they can be told apart without being rendered: of 50,000 runs that takes too long.
  const differs = (valueOf: (row: Pick<RunRow, 'params' | 'seed'>) => ParamValue | undefined) => {
    const [first] = rows
    return first !== undefined && rows.some((row) => (valueOf(row) ?? null) !== (valueOf(first) ?? null))
  }
  const found = [...names].filter((name) => differs(({ params }) => params[name]))
  return !found.includes('seed') && differs(({ seed }) => seed) ? [...found, 'seed'] : found
}

/** The later start first; what has no time goes by when it was recorded. */
function newestFirst(rows: readonly RunRow[]): RunRow[] {
  let known = -Infinity
  const keyed = rows.map((row, index) => {
    known = row.startedAtMs ?? readTime(row.record.recordedAt) ?? known
    return { row, index, atMs: known }
  })
  return keyed.sort((a, b) => (a.atMs === b.atMs ? b.index - a.index : b.atMs - a.atMs)).map(({ row }) => row)
}

function withPrimary({ metrics, primary }: RunRecord): Readonly<Record<string, number>> {
  if (primary === null || primary.value === null || metrics[primary.name] === primary.value) return metrics
  return { ...metrics, [primary.name]: primary.value }
}

function readTime(text: string | null): number | null {
  const ms = text === null ? NaN : Date.parse(text)
  return Number.isNaN(ms) ? null : ms
}
