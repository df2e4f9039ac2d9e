// Which of the files that lie elsewhere are fetched: those that are named like results, newer than the start, the newest first, as far as
// that is bounded. What is left there is said. A list from elsewhere is anybody's text.
import { readGlob } from '../followUps/globPattern'

export const fetchLimits = {
  entries: 20_000,
  depth: 8,
  files: 200,
  fileBytes: 16 * 1024 * 1024,
  bytes: 64 * 1024 * 1024,
}

/** What is looked for where nobody says what. */
export const usualResults = ['*.json', '*.jsonl', '*.ndjson', '*.csv', '*.tsv'] as const

export interface ListedFile {
  /** From the folder of results on, with `/`. */
  readonly path: string
  readonly bytes: number
  readonly atMs: number
  /** Where it is read, absolute or from `.` on, if its own name is a link to that. */
  readonly from?: string
}

export interface ChosenFiles {
  /** In the order in which they were written. */
  readonly files: readonly ListedFile[]
  /** What was found, and is left where it is: a sentence each. */
  readonly lost: readonly string[]
  /** Files of another run. */
  readonly older: number
}

/** Whether a path from elsewhere stays below the folder that it is put into. */
export function isPathInside(path: string): boolean {
  return (
    path.length <= 1000 &&
    !path.includes('\0') &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && part.length <= 200)
  )
}

/** Matches any of the names that a file may go by. Patterns that cannot be used are told. */
export function readGlobs(globs: readonly string[]): {
  readonly fits: (...names: readonly string[]) => boolean
  readonly problems: readonly string[]
} {
  const problems: string[] = []
  const matchers = (globs.length === 0 ? usualResults : globs).flatMap((glob) => {
    const matcher = readGlob(glob)
    if (matcher === null) problems.push(`The pattern ${glob} cannot be used.`)
    return matcher === null ? [] : [matcher]
  })
  return { fits: (...names) => names.some((name) => matchers.some((one) => one(name))), problems }
}

/** `sinceMs`: older ones are of another run; null: all count. */
export function chooseFiles(found: readonly ListedFile[], sinceMs: number | null): ChosenFiles {
  const lost: string[] = []
  const odd = found.filter(({ path }) => !isPathInside(path))
  if (odd.length > 0)
    lost.push(`Not fetched: ${odd.length} file${odd.length === 1 ? '' : 's'} whose names cannot be used here.`)
  const inside = found.filter(({ path }) => isPathInside(path))
  // Clocks of file systems are a little behind.
  const isOfThis = ({ atMs }: ListedFile) => sinceMs === null || atMs >= sinceMs - 2_000
  const newest = inside.filter(isOfThis).sort((a, b) => b.atMs - a.atMs || (a.path < b.path ? -1 : 1))
  if (newest.length > fetchLimits.files)
    lost.push(`Of ${newest.length} files the newest ${fetchLimits.files} were fetched.`)
  const files: ListedFile[] = []
  let left = fetchLimits.bytes
  for (const file of newest.slice(0, fetchLimits.files)) {
    const bytes = Math.min(file.bytes, fetchLimits.fileBytes)
    if (file.bytes > fetchLimits.fileBytes && /\.json$/i.test(file.path))
      lost.push(`${file.path} was not fetched: it has ${file.bytes} bytes.`)
    else if (bytes > left)
      lost.push(`${file.path} was not fetched: all together are more than ${fetchLimits.bytes / 1024 / 1024} MB.`)
    else {
      left -= bytes
      files.push(file)
    }
  }
  return { files: files.reverse(), lost, older: inside.length - newest.length }
}
