// What an analyst of a finished job sees: its facts, a sample of its log and its result files. All of it is data.
import type { Exit } from '../jobs/exit'
import type { FileFinding } from '../jobs/fileFinding'
import type { Outcome } from '../jobs/outcome'

export interface JobFacts {
  readonly id: string
  readonly description: string | null
  readonly command: string
  /** Absolute. Relative paths of the block are relative to it. */
  readonly cwd: string
  readonly outcome: Outcome
  /** Why, in a sentence, where the exit does not say it: a failed check, a lost process. */
  readonly reason: string | null
  readonly exit: Exit | null
  /** Null when it never started. */
  readonly startedAtMs: number | null
  readonly endedAtMs: number
  /** 1 for the first. */
  readonly attempt: number
  readonly logPath: string
  readonly requiredFiles: readonly FileFinding[]
  /** Processes of the job that were alive after its end, one phrase each. */
  readonly leftBehind: readonly string[]
  /** What has been done after its end by now, and what of it could not be; a line each. */
  readonly alreadyDone: readonly string[]
}

/** `number` counts from 1; null where counting would have meant reading too much. `text` is as a terminal leaves it. */
export interface LogLine {
  readonly number: number | null
  readonly text: string
}

export interface LogSample {
  readonly path: string
  /** Size of the file. */
  readonly bytes: number
  /** The first and the last lines of the file, in order. */
  readonly lines: readonly LogLine[]
  /** Bytes between the two that were not read. */
  readonly omittedBytes: number
  /** Why it could not be read, in a sentence. */
  readonly problem: string | null
}

export type ResultFile =
  | { readonly kind: 'text'; readonly path: string; readonly text: string }
  | { readonly kind: 'problem'; readonly path: string; readonly problem: string }

export interface Evidence {
  readonly job: JobFacts
  /** What the follow-up was asked to do, word for word. */
  readonly task: string
  readonly log: LogSample
  readonly results: readonly ResultFile[]
}
