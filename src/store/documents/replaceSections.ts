// Making an edit of marked sections in the file of a document of the user's.
import { applyEdits } from '../../core/blocks/textEdit'
import { editSections, type SectionsEdit } from '../../core/documents/sections'
import { replaceInFile } from './replaceInFile'

/** A snapshot of at most a few hundred lines is far below. */
const largestBytes = 4 * 1024 * 1024

/**
 * Brings the sections up to date; a missing file is made, its directory must be there. The file must lie in `folder`, symlinks
 * resolved. Returns what could not be done of the edit, a sentence, or null. Throws RelayError; then the file is as it was.
 */
export function replaceSections(file: string, folder: string, edit: SectionsEdit): string | null {
  const inBytes = editInBytes(edit)
  return replaceInFile(file, folder, largestBytes, (bytes) => {
    const before = bytes?.toString('latin1') ?? ''
    const { edits, problem } = editSections(before, inBytes)
    return { after: edits.length === 0 ? null : Buffer.from(applyEdits(before, edits), 'latin1'), problem }
  })
}

/** The edit with one character for each byte of UTF-8: a document in any encoding is looked at, and kept, as bytes. */
function editInBytes(edit: SectionsEdit): SectionsEdit {
  const bytes = (text: string) => Buffer.from(text).toString('latin1')
  return {
    ...edit,
    skeleton: bytes(edit.skeleton),
    sections: edit.sections.map(({ name, text }) => ({ name, text: bytes(text) })),
  }
}
