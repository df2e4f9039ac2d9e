// A run beside the best one of the same metric and direction: better, worse, or no more apart than runs that differ in nothing but
// their seed. Without such runs nobody can say what the noise is, and that is what is said.
import { formatNumber } from '../followUps/quantities'
import { findBest, isBetter, metricKey, rankedValue } from './bestRun'
import type { ParamValue, RunRecord } from './registryRecord'

export interface SeedNoise {
  /** The standard deviation over seeds, pooled over the settings that were run with several. */
  readonly sd: number
  /** How many runs it was measured on. */
  readonly runs: number
}

export type Verdict = 'first' | 'better' | 'within_noise' | 'worse' | 'equal' | 'not_comparable'

export interface Comparison {
  readonly verdict: Verdict
  /** The best of the other runs. */
  readonly best: { readonly runId: string; readonly value: number } | null
  /** The run's value minus that of the best other run. */
  readonly delta: number | null
  readonly noise: SeedNoise | null
  /** All of it, in words. */
  readonly sentence: string
}

/** Two runs are no further apart than noise below this many standard deviations over seeds. */
const noiseWidth = 2

export function compareRun(record: RunRecord, records: readonly RunRecord[]): Comparison {
  const none = { best: null, delta: null, noise: null }
  const { primary } = record
  const value = rankedValue(record)
  if (primary === null)
    return {
      ...none,
      verdict: 'not_comparable',
      sentence: 'It has no primary metric, so it is compared with no other run.',
    }
  if (value === null) {
    const why =
      record.status === 'success'
        ? `has no value of ${primary.name}`
        : record.status === 'failed'
          ? 'failed'
          : 'was canceled'
    return { ...none, verdict: 'not_comparable', sentence: `It ${why}, so it is not ranked among the runs.` }
  }
  const alike = records.filter(
    (other) =>
      other.runId !== record.runId &&
      other.primary?.name === primary.name &&
      other.primary.higherIsBetter === primary.higherIsBetter,
  )
  const best = findBest(alike).get(metricKey(primary.name, primary.higherIsBetter))
  const own = `${primary.name} = ${formatNumber(value)}`
  if (best === undefined)
    return {
      ...none,
      verdict: 'first',
      sentence: `${own}: the first run with this metric, so there is nothing to compare it with.`,
    }
  const delta = value - best.value
  const noise = seedNoise([record, ...alike])
  const than = `${formatNumber(best.value)} of ${best.runId}, the best of ${best.of} other run${best.of === 1 ? '' : 's'} (${primary.higherIsBetter ? 'higher' : 'lower'} is better)`
  const apart = `${own}, ${delta >= 0 ? '+' : '-'}${formatNumber(Math.abs(delta))} from ${than}`
  const common = { best: { runId: best.runId, value: best.value }, delta, noise }
  if (delta === 0) return { ...common, verdict: 'equal', sentence: `${own}, exactly the ${than}.` }
  const direction = isBetter(value, best.value, primary.higherIsBetter) ? 'better' : 'worse'
  if (noise === null)
    return {
      ...common,
      verdict: direction,
      sentence: `${apart}: ${direction}. No two runs differ in nothing but their seed, so whether that is more than noise is not known.`,
    }
  const width = noiseWidth * noise.sd
  const measured = `twice the standard deviation over seeds is ${formatNumber(width)}, from ${noise.runs} runs`
  return Math.abs(delta) <= width
    ? { ...common, verdict: 'within_noise', sentence: `${apart}: within the noise of the seeds (${measured}).` }
    : {
        ...common,
        verdict: direction,
        sentence: `${apart}: ${direction}, by more than the noise of the seeds (${measured}).`,
      }
}

/** What has to be the same for two runs to differ in nothing but their seed; null if it is not known of a run. */
export function settingsKey({ template, params }: Pick<RunRecord, 'template' | 'params'>): string | null {
  const others = Object.entries(params)
    .filter(([name]) => name !== 'seed')
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return template === null && others.length === 0 ? null : JSON.stringify([template, others])
}

/** Pooled over all settings with at least two seeds; null if there are none. The runs are of one metric. */
export function seedNoise(records: readonly RunRecord[]): SeedNoise | null {
  const groups = new Map<string, Map<ParamValue, number>>()
  for (const record of records) {
    const key = settingsKey(record)
    const value = rankedValue(record)
    const seed = record.seed ?? record.params['seed'] ?? null
    if (key === null || value === null || seed === null) continue
    const group = groups.get(key) ?? new Map<ParamValue, number>()
    // Of a seed that was run twice the first counts: it is no other seed.
    if (!group.has(seed)) group.set(seed, value)
    groups.set(key, group)
  }
  let squares = 0
  let freedom = 0
  let runs = 0
  for (const group of groups.values()) {
    const values = [...group.values()]
    if (values.length < 2) continue
    const mean = values.reduce((sum, one) => sum + one, 0) / values.length
    squares += values.reduce((sum, one) => sum + (one - mean) ** 2, 0)
    freedom += values.length - 1
    runs += values.length
  }
  return freedom === 0 ? null : { sd: Math.sqrt(squares / freedom), runs }
}
