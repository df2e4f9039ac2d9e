// The text of a results pull request that could not be opened, as it is kept beside its track.
import { readIfExists } from '../durableFile'
import type { UndertakingPaths } from '../undertakingPaths'
import { ResultsFiles } from './resultsFiles'

/** Null: there is none. */
export function readResultsText(paths: UndertakingPaths): string | null {
  return readIfExists(new ResultsFiles(paths.directory).text)
}
