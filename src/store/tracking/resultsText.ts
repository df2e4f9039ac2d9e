// The text of a results pull request that could not be opened, as it is kept beside its track.
import { readIfExists } from '../durableFile'
import type { UndertakingPaths } from '../stateFolder'

/** Null: there is none. */
export function readResultsText(paths: UndertakingPaths): string | null {
  return readIfExists(paths.resultsText)
}
