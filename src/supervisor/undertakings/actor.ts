// A kind of undertaking together with what it can do in the world besides jobs.
import type { Undertaking, UndertakingKind, UndertakingPlan } from '../../core/undertakings/undertaking'
import type { JobStore } from '../../store/jobs/jobStore'
import type { FolderPaths } from '../../store/stateFolder'
import type { UndertakingPaths } from '../../store/undertakingPaths'
import type { DocumentEditor } from '../documents/documentEditor'
import type { LocalBackend } from '../jobs/localBackend'
import type { PatternMatcher } from '../jobs/patternMatcher'
import type { Logger } from '../logger'

/** What an act may use. */
export interface ActTools {
  readonly folder: FolderPaths
  readonly paths: UndertakingPaths
  readonly editor: DocumentEditor
  readonly store: JobStore
  readonly log: Logger
  readonly matcher: PatternMatcher
  readonly backend: LocalBackend
  /** What its commands are run in: the environment of whoever asked for it. */
  readonly env: () => Record<string, string>
  /** Aborted when this supervisor lets go: what was begun must end, and is not recorded. */
  readonly signal: AbortSignal
}

export interface UndertakingActor<P extends UndertakingPlan, Own, State, Act> {
  readonly kind: UndertakingKind<P, Own, State, Act>
  /**
   * Does one act, so that doing it again does no harm, and says what came of it. Trouble that passes is thrown, and it is asked
   * again; what lasts is an event.
   */
  act(undertaking: Undertaking<P, State>, act: Act, tools: ActTools): Promise<readonly Own[]>
  /** It is at rest: document edits of it that are recorded need not be offered any more. */
  editsOf?(undertaking: Undertaking<P, State>): readonly string[]
}
