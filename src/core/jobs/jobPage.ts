// What the editor and the page that shows one job say to each other. Texts in it are data: the page shows them as they are
// and never as markup.
import type { PlotPoint } from '../followUps/seriesCollector'
import type { TailChange } from '../logs/tailChange'
import type { ShownState } from './describeJob'
import { type JobId, jobIdSchema } from './jobId'
import type { JobPageWords } from './jobPageWords'
import type { TimelineEntry } from './jobTimeline'
import type { PlanFact } from './renderPlan'

export const jobActions = [
  'stop',
  'restart',
  'restartWithEdits',
  'showLog',
  'showReport',
  'revealFolder',
  'copyId',
  'copyCommand',
  'remove',
] as const
export type JobAction = (typeof jobActions)[number]

/** A part is sent again when it has changed, whole unless it says otherwise. All are sent after `ready`. */
export type ToPage =
  | { readonly kind: 'words'; readonly jobId: JobId; readonly words: JobPageWords; readonly locale: string }
  | ({ readonly kind: 'head' } & PageHead)
  /** Also sent alone while it runs, so that the page's own counting stays right. */
  | { readonly kind: 'elapsed'; readonly elapsedMs: number | null; readonly counting: boolean }
  | { readonly kind: 'facts'; readonly facts: readonly PageFact[]; readonly plan: readonly PlanFact[] }
  | { readonly kind: 'timeline'; readonly entries: readonly TimelineEntry[] }
  /** `reset`: forget all series before. */
  | {
      readonly kind: 'series'
      readonly reset: boolean
      readonly parts: readonly SeriesPart[]
      readonly notes: readonly string[]
    }
  | { readonly kind: 'results'; readonly results: readonly PageResult[] }
  | { readonly kind: 'log'; readonly path: string | null; readonly change: TailChange; readonly note: string | null }
  | { readonly kind: 'files'; readonly files: readonly PageFile[] }
  | { readonly kind: 'followUp'; readonly followUp: PageFollowUp }
  /** Brings the report into view, for somebody who has asked for it. */
  | { readonly kind: 'showReport' }
  | { readonly kind: 'gone' }

export type FromPage =
  /** The page was loaded and knows nothing. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'run'; readonly action: JobAction }
  | { readonly kind: 'show'; readonly jobId: JobId }

export interface PageHead {
  readonly title: string
  readonly state: ShownState
  readonly sign: string
  readonly stateWord: string
  readonly actions: readonly JobAction[]
}

export interface PageFact {
  readonly name: string
  readonly label: string
  readonly values: readonly FactValue[]
}

export type FactValue =
  | { readonly kind: 'text' | 'code' | 'bad'; readonly text: string }
  /** `text` stands before the time. */
  | { readonly kind: 'time'; readonly text: string; readonly atMs: number }
  /** Another job, which the page can be asked to show. */
  | { readonly kind: 'job'; readonly text: string; readonly jobId: JobId }

export interface PageFile {
  readonly path: string
  readonly state: 'awaited' | 'ready' | 'bad' | 'unknown'
  readonly word: string
  readonly detail: string
}

/** A series, or what was added to it: the first `from` points stay as they are. */
export interface SeriesPart {
  readonly id: string
  readonly key: string
  /** Null: the job's log. Otherwise a required file. */
  readonly source: string | null
  readonly xName: string | null
  readonly from: number
  readonly xs: readonly number[]
  readonly ys: readonly number[]
  readonly count: number
  readonly first: PagePoint | null
  readonly last: PagePoint | null
  readonly min: PlotPoint | null
  readonly max: PlotPoint | null
  readonly nonFinite: { readonly count: number; readonly firstX: number } | null
  readonly better: 'lower' | 'higher' | null
}

/** A value that need not be finite, as it is to be read: `NaN`, `inf` and all. */
export interface PagePoint {
  readonly x: number
  readonly text: string
}

/** The numbers that a required file states once, as a table. */
export interface PageResult {
  readonly path: string
  readonly rows: readonly { readonly name: string; readonly value: string | null; readonly note: string | null }[]
  readonly problems: readonly string[]
}

export interface PageFollowUp {
  /** Of a task the part shows its own answer. */
  readonly title: string
  readonly summary: string
  readonly tone: 'plain' | 'good' | 'bad'
  readonly task: string | null
  readonly report: { readonly title: string; readonly markdown: string; readonly note: string | null } | null
}

/** What a page said, or null if it is not one of ours. */
export function parseFromPage(message: unknown): FromPage | null {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return null
  if (message.kind === 'ready') return { kind: 'ready' }
  if (message.kind === 'show') {
    const jobId = jobIdSchema.safeParse('jobId' in message ? message.jobId : null)
    return jobId.success ? { kind: 'show', jobId: jobId.data } : null
  }
  if (message.kind !== 'run' || !('action' in message)) return null
  const action = jobActions.find((name) => name === message.action)
  return action === undefined ? null : { kind: 'run', action }
}
