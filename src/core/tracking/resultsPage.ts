// Everything that a results pull request and its experiment document say of a tracked job, as it is now. All texts are anybody's: they are
// made harmless where they are rendered, and secrets of known shapes are taken out there.
import type { ResultsTable } from './resultsTable'

export interface ResultsPage {
  /** The id of the track: a part of the markers, so that two tracks can share a document. */
  readonly track: string
  /** The experiment's name. */
  readonly experiment: string
  /** What is tracked, one to three sentences. */
  readonly summary: readonly string[]
  readonly table: ResultsTable
  /** What it has left elsewhere and could not be fetched from there, and why: a sentence each. */
  readonly unfetched: readonly string[]
  /** The metrics that are to be collected; empty: those that are found. */
  readonly metrics: readonly string[]
  /** One box of the test plan each: `4711`. A job is done when its last attempt has succeeded. */
  readonly jobs: readonly { readonly id: string; readonly isDone: boolean }[]
  /** Side by side, the oldest first; none while there was only one that has not failed. */
  readonly attempts: readonly AttemptLine[]
  /** Written once nothing is tried any more. */
  readonly failure: FailureReport | null
  /** Written by an agent, and marked as such: Markdown. */
  readonly discussion: { readonly by: string; readonly text: string } | null
  /** The last words, one paragraph; null while it goes on. */
  readonly final: string | null
}

export interface AttemptLine {
  readonly number: number
  /** What its service knows it by. */
  readonly known: string | null
  readonly outcome: string
  readonly durationMs: number | null
  /** The class of its failure in words; null: it has not failed, or goes on. */
  readonly failure: string | null
  /** What was changed before it: more memory, a fix of these files. */
  readonly change: string | null
  /** The difference that a fix has made before it, as git writes it; null: there was none, or it is not shown. */
  readonly patch: string | null
}

export interface FailureReport {
  /** It is none: how it ended is not known. */
  readonly unseen?: true
  /** In words. */
  readonly class: string
  readonly explanation: string
  /** The first failing lines of its log. */
  readonly evidence: readonly string[]
  /** Why nothing more is tried. */
  readonly why: string
}

/** A fix that is to be on the branch, too: what lies between two commits of the repository. */
export interface ResultsFix {
  /** The attempt that runs with it. */
  readonly attempt: number
  readonly from: string
  readonly to: string
}
