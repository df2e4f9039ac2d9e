// What a table of results is made of: jobs (or groups of jobs that differ in their seed alone) by metrics. A number that is not there is
// PENDING while it may still come, and said to be missing once it cannot.

export interface ResultsTable {
  readonly metrics: readonly ResultColumn[]
  readonly rows: readonly ResultRow[]
}

export interface ResultColumn {
  /** As the person or the file names it: anybody's text. */
  readonly name: string
  /** Null where nobody says which way is better. */
  readonly better: 'lower' | 'higher' | null
}

/** `ended`: how, nobody here was told. */
export const rowStates = ['pending', 'running', 'succeeded', 'failed', 'stopped', 'lost', 'blocked', 'ended'] as const
export type RowState = (typeof rowStates)[number]

export interface ResultRow {
  /** What a person knows it by: `SLURM 4711`, `attempt 2`, the configuration that seeds share. Anybody's text. */
  readonly label: string
  readonly state: RowState
  /** In a few words: `attempt 2 of 3`, `out of memory`. Anybody's text. */
  readonly note: string | null
  /** By the names of `metrics`. Without one it is pending, or missing where the row has ended. */
  readonly cells: Readonly<Record<string, MetricCell>>
  /** It has ended, but not all that it has left is here: what is not there may still come. */
  readonly isPartial?: true
}

export type MetricCell =
  | { readonly kind: 'pending' }
  | { readonly kind: 'missing' }
  /** `best` is null where nobody says which way is better. */
  | { readonly kind: 'value'; readonly best: number | null; readonly last: number }
  | { readonly kind: 'seeds'; readonly best: Spread | null; readonly last: Spread }

/** Over `runs` seeds; `sd` is that of a sample (n − 1). */
export interface Spread {
  readonly mean: number
  readonly sd: number
  readonly runs: number
}

/** Null for less than two values: one value has no spread. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length < 2) return null
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length
  const sd = Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1))
  return { mean, sd, runs: values.length }
}

export function hasEnded(state: RowState): boolean {
  return state !== 'pending' && state !== 'running'
}
