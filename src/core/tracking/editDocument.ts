// The experiment document as it is to be: with the section of a track at its end, or with the regions of that section brought up to date.
import { documentRegions, renderDocumentSection } from './renderResults'
import { hasRegion, type RegionsResult, updateRegions } from './regions'
import type { ResultsPage } from './resultsPage'

/** Whether a path, from the top of the repository on, can be that of an experiment document. */
export function problemOfDocument(path: string): string | null {
  if (!/\.(?:md|markdown|mdx|qmd|rmd|txt)$/i.test(path)) return 'is no Markdown document'
  const parts = path.split('/')
  if (path.length > 1_000 || parts.some((part) => part === '' || part === '.' || part === '..'))
    return 'is not in the repository'
  // As git itself has it: names under which some file system would have its folder.
  if (
    parts.some((part) =>
      /^(?:\.git|git~\d+)[. ]*$/i.test(part.replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '')),
    )
  )
    return 'is in the folder of git'
  return /[\p{Cc}\\]/u.test(path) ? 'has characters in its name that cannot be used' : null
}

/**
 * `before`: null if there is none. `isFirst`: the section was never put there, so that one that is missing was not taken out by
 * somebody.
 */
export function editDocument(before: string | null, page: ResultsPage, isFirst: boolean): RegionsResult {
  const isThere = before !== null && hasRegion(before, page.track, 'results')
  if (before !== null && (isThere || !isFirst)) return updateRegions(before, page.track, documentRegions(page))
  if (!isFirst) return { text: '', notes: ['The document was deleted on the branch, so it is left out.'] }
  const isEmpty = before === null || before.trim() === ''
  const section = renderDocumentSection(page, isEmpty)
  if (isEmpty) return { text: section, notes: [] }
  const lineEnd = /^[^\n]*\r\n/.test(before) ? '\r\n' : '\n'
  const gap = before.endsWith('\n') ? '\n' : '\n\n'
  return { text: before + `${gap}${section}`.replaceAll('\n', lineEnd), notes: [] }
}

/** A document that is no text of ours: its bytes are of another kind. */
export function isForeignText(before: string): boolean {
  return before.includes('\0') || before.startsWith('version https://git-lfs.github.com/spec/')
}
