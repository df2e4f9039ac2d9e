// The files of a track's results: the worktree that holds its branch, what is known of branch and pull request, and the text that is shown
// where none can be opened.
import path from 'node:path'
import * as z from 'zod'
import { readIfExists, writeDurably } from '../durableFile'

export class ResultsFiles {
  /** `directory` is that of the undertaking. */
  constructor(readonly directory: string) {}

  /** Its name is that of git's own record of it, too. */
  get tree(): string {
    return `${this.directory}/trees/${path.basename(this.directory)}-results`
  }
  get index(): string {
    return `${this.directory}/results.index`
  }
  get record(): string {
    return `${this.directory}/results.json`
  }
  /** The text of the pull request, for whoever opens it by hand. */
  get text(): string {
    return `${this.directory}/pull-request.md`
  }
}

const commit = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/)

/** What was chosen is written before it is acted on; what was done, after it. */
export const resultsRecordSchema = z.object({
  v: z.literal(1),
  branch: z.string(),
  /** The commit that the branch begins at. */
  base: commit,
  /** The last commit of ours on it; null: none yet. */
  commit: commit.nullable(),
  /** What the remote was seen to have of it, or was given; null: nothing yet. */
  pushed: commit.nullable(),
  pull: z.object({ repository: z.string(), number: z.int().min(1), url: z.string() }).nullable(),
})
export type ResultsRecord = z.infer<typeof resultsRecordSchema>

/** Null if there is none, or none that can be read: then what there is in the repository is looked at. */
export function readResultsRecord({ record }: ResultsFiles): ResultsRecord | null {
  const text = readIfExists(record)
  if (text === null) return null
  try {
    return resultsRecordSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** Throws RelayError. */
export function writeResultsRecord({ record }: ResultsFiles, value: ResultsRecord): void {
  writeDurably(record, `${JSON.stringify(value)}\n`)
}
