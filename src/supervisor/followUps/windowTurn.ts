// A turn of a language model of VS Code, asked through a window that has the folder open.
import type { CallEnd } from '../../core/followUps/turnOutcome'

export function askWindow(): Promise<CallEnd> {
  return Promise.resolve({ kind: 'missing', why: 'this release cannot ask a window for a language model' })
}
