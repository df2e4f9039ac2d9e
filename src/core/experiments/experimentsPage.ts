// What the editor and the table of experiments say to each other. Texts in it are data: the page shows them as they are and
// never as markup.
import type { ExperimentsWords } from './experimentsWords'
import type { CellValue, RunColumn } from './runColumns'

export const runActions = ['openReport', 'showLog', 'showJob', 'runAgain', 'copyId', 'revealFolder'] as const
export type RunAction = (typeof runActions)[number]

/** So many runs are compared at once: more lines in one plot cannot be told apart. */
export const maxCompared = 8

/** What a person has chosen; kept over a reload and for the next table. */
export interface TableChoices {
  /** By the id of a column: shown or not. What is not in it was not chosen. */
  readonly columns: Readonly<Record<string, boolean>>
  /** Ids of columns that stay at the left, in their order. */
  readonly pinned: readonly string[]
  readonly sort: { readonly column: string; readonly descending: boolean } | null
  readonly filter: string
  /** Only columns that are not the same in all of the shown rows. */
  readonly differing: boolean
  /** The best and the last value of each metric over the course of the run. */
  readonly curves: boolean
}

export const noChoices: TableChoices = {
  columns: {},
  pinned: [],
  sort: null,
  filter: '',
  differing: false,
  curves: false,
}

export type ToExperiments =
  | {
      readonly kind: 'words'
      readonly words: ExperimentsWords
      readonly locale: string
      /** For a page that has kept none of its own. */
      readonly choices: TableChoices
      /** Nothing can be started or written: the workspace is not trusted. */
      readonly restricted: boolean
    }
  /** The cells of all rows are in this order. */
  | { readonly kind: 'columns'; readonly columns: readonly RunColumn[] }
  /** Rows that are new or others than before, in pieces; `removed` are keys. `done`: this was the last piece. */
  | {
      readonly kind: 'rows'
      readonly rows: readonly PageRun[]
      readonly removed: readonly string[]
      readonly notes: readonly string[]
      readonly done: boolean
    }
  /** How the metrics of these runs went, as far as their files tell. */
  | { readonly kind: 'curves'; readonly curves: readonly RunCurves[] }
  /** The names of the series of the compared runs, in the order in which they are worth a look. */
  | { readonly kind: 'series'; readonly keys: readonly string[]; readonly series: readonly ComparedSeries[] }
  /** The points of one series of all the compared runs. */
  | { readonly kind: 'points'; readonly id: string; readonly lines: readonly ComparedLine[] }
  /** Compare these runs, which somebody has chosen elsewhere. */
  | { readonly kind: 'compare'; readonly keys: readonly string[] }

export interface PageRun {
  /** Tells runs of several folders apart. */
  readonly key: string
  readonly runId: string
  readonly state: 'live' | 'success' | 'failed' | 'canceled'
  readonly sign: string
  readonly isBest: boolean
  /** When it was started, or recorded. */
  readonly atMs: number
  /** Among runs of one time, the later has the higher. */
  readonly order: number
  readonly cells: readonly CellValue[]
  readonly actions: readonly RunAction[]
}

export interface RunCurves {
  readonly key: string
  /** By the name of the metric in small letters. */
  readonly metrics: Readonly<Record<string, { readonly best: number | null; readonly last: number | null }>>
}

export interface ComparedSeries {
  /** The name in small letters. */
  readonly id: string
  readonly name: string
  readonly better: 'lower' | 'higher' | null
  readonly runs: readonly {
    readonly key: string
    readonly count: number
    readonly best: { readonly x: number; readonly y: number } | null
    readonly last: string | null
    readonly nonFinite: number
  }[]
}

export interface ComparedLine {
  readonly key: string
  readonly xName: string | null
  /** Thinned out; the extremes are among them. */
  readonly xs: readonly number[]
  readonly ys: readonly number[]
  readonly best: { readonly x: number; readonly y: number } | null
}

export type FromExperiments =
  /** The page was loaded and knows nothing. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'choices'; readonly choices: TableChoices }
  | { readonly kind: 'run'; readonly action: RunAction; readonly key: string }
  /** How the metrics of these runs went is wanted. */
  | { readonly kind: 'curves'; readonly keys: readonly string[] }
  | { readonly kind: 'compare'; readonly keys: readonly string[] }
  | { readonly kind: 'points'; readonly id: string; readonly keys: readonly string[] }
  /** The shown rows and columns as a file, in their order. */
  | { readonly kind: 'export'; readonly keys: readonly string[]; readonly columns: readonly string[] }
  | { readonly kind: 'runExperiment' }
