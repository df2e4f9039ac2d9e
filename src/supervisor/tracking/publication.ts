// One publication of a track's results while it is under way: what was asked for, the repository, and what there is to say afterwards.
import type { ResultsFix, ResultsPage } from '../../core/tracking/resultsPage'
import type { ResultsFiles } from '../../store/tracking/resultsFiles'
import type { ResultsRemotes } from './resultsRemotes'
import type { ResultsRepository } from './resultsRepository'

export interface PublishRequest {
  /** Real path of the workspace folder. */
  readonly folder: string
  readonly files: ResultsFiles
  readonly page: ResultsPage
  /** That are to be on the branch, in their order. */
  readonly fixes: readonly ResultsFix[]
  /** The experiment document, from the folder on; null: only the pull request has the table. */
  readonly document: string | null
  readonly branch: string
  /** Null: nothing is pushed. */
  readonly remote: string | null
  /** What it is to be merged into; null: the default of the remote. */
  readonly base: string | null
  /** False: the branch is pushed, and the text of the pull request kept. */
  readonly opens: boolean
  /** May have `{experiment}` in it. */
  readonly title: string
  readonly body?: string
  readonly trailer: string | null
  /** When it was intended: of the commits. */
  readonly atMs: number
}

export interface Published {
  /** Its real name, which may have a number that was not asked for; null: there is no branch. */
  readonly branch: string | null
  readonly commit: string | null
  readonly pushed: boolean
  readonly url: string | null
  /** Where the text is kept that a person can open the pull request with; null: there is one. */
  readonly text: string | null
  /** What could not be done, and the way out; null: all was. */
  readonly problem: string | null
  /** Trying again later may help. */
  readonly passing: boolean
  /** What was left as a person has made it, and other things worth saying: a sentence each. */
  readonly notes: readonly string[]
}

export interface PublishTools {
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

export interface Trouble {
  readonly sentence: string
  readonly isPassing: boolean
}

export class Publication {
  readonly notes: string[] = []
  private first: Trouble | null = null
  private listed: ReturnType<ResultsRemotes['listRemote']> | null = null

  constructor(
    readonly request: PublishRequest,
    readonly tools: PublishTools,
    readonly repository: ResultsRepository,
  ) {}

  /** The first problem is the one that is told: those that follow come from it. */
  fail(sentence: string, isPassing: boolean): void {
    this.first ??= { sentence, isPassing }
  }

  /** What the remote has, asked once: that it is still so is a condition of every push. */
  async listRemote(remote: string): ReturnType<ResultsRemotes['listRemote']> {
    this.listed ??= this.repository.remotes.listRemote(remote)
    return this.listed
  }

  get trouble(): Trouble | null {
    return this.first
  }
}
