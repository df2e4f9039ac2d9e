// Marking a step in the file of SPEC.md, where no window has it open.
import { applyEdits } from '../../core/blocks/textEdit'
import { markStep, type MarkStep } from '../../core/steps/markStep'
import { RelayError } from '../../core/relayError'
import { replaceInFile } from '../documents/replaceInFile'

const largestBytes = 50 * 1024 * 1024

/**
 * Marks the step in `file`, which must lie in `folder`. Returns why its line could not be found, a sentence, or null. Throws
 * RelayError; then the file is as it was.
 */
export function markStepInFile(file: string, folder: string, edit: MarkStep): string | null {
  return replaceInFile(file, folder, largestBytes, (bytes) => {
    const text = bytes?.toString('utf8') ?? ''
    // What cannot be decoded would not be written back as it was.
    if (bytes !== null && !Buffer.from(text).equals(bytes))
      throw new RelayError(
        'encoding',
        `Cannot write ${file}: it is not in UTF-8, so its lines cannot be told apart safely.`,
      )
    const { edits, problem } = markStep(text, edit)
    return { after: edits.length === 0 ? null : Buffer.from(applyEdits(text, edits)), problem }
  })
}
