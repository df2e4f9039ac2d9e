// Which run is the best. Only runs that succeeded, and only those of the same metric name and direction, are ever compared.
import type { RunRecord } from './registryRecord'

export interface BestRun {
  readonly metric: string
  readonly higherIsBetter: boolean
  readonly runId: string
  readonly value: number
  /** How many runs it was compared with, itself among them. */
  readonly of: number
}

/** What makes two runs comparable. */
export function metricKey(name: string, higherIsBetter: boolean): string {
  return `${higherIsBetter ? '+' : '-'}${name}`
}

/** The number a run is ranked by, or null if it cannot be: it did not succeed, or has no value. */
export function rankedValue({ status, primary }: RunRecord): number | null {
  return status === 'success' ? (primary?.value ?? null) : null
}

export function isBetter(value: number, than: number, higherIsBetter: boolean): boolean {
  return higherIsBetter ? value > than : value < than
}

/** The best run of each metric, by `metricKey`; of equal ones the first that was recorded. */
export function findBest(records: readonly RunRecord[]): ReadonlyMap<string, BestRun> {
  const best = new Map<string, BestRun>()
  for (const record of records) {
    const value = rankedValue(record)
    const { primary } = record
    if (value === null || primary === null) continue
    const key = metricKey(primary.name, primary.higherIsBetter)
    const known = best.get(key)
    const of = (known?.of ?? 0) + 1
    const mine = { metric: primary.name, higherIsBetter: primary.higherIsBetter, runId: record.runId, value, of }
    best.set(key, known === undefined || isBetter(value, known.value, known.higherIsBetter) ? mine : { ...known, of })
  }
  return best
}
