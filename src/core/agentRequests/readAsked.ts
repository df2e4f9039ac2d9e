// What a block that an agent asked with would start, or what is wrong with it.
import { parseBlocks } from '../blocks/parseBlocks'
import type { Block } from '../blocks/parseBlocks'
import type { JobStart } from '../blocks/schema'
import { type Act, chosenAction } from '../blocks/startableAction'
import { sentences } from '../chat/readBlock'
import { isRelayError } from '../relayError'

export type ReadAsked =
  | {
      readonly kind: 'job'
      readonly block: Block
      readonly action: JobStart
      /** What in it has no effect, in sentences: a person may start it anyway, and nobody else. */
      readonly warnings: readonly string[]
      readonly hasUnknownKeys: boolean
    }
  /** Something about jobs or tasks that are there: for a person to do, and nobody else. */
  | { readonly kind: 'act'; readonly action: Act; readonly warnings: readonly string[] }
  /** Sentences with the line and the column in the text of the block. */
  | { readonly kind: 'malformed'; readonly problems: readonly string[] }

export function readAsked(text: string): ReadAsked {
  const { blocks, diagnostics } = parseBlocks(text)
  const [block] = blocks
  const found = [...diagnostics, ...(block?.diagnostics ?? [])]
  if (block === undefined || found.some(({ severity }) => severity === 'error')) {
    // A field that is missing is often one that is misspelt.
    const problems = sentences(text, found, block?.unknownKeys)
    return { kind: 'malformed', problems: problems.length > 0 ? problems : ['There is no whole relay block in it.'] }
  }
  try {
    const action = chosenAction(block)
    const warnings = block.diagnostics.flatMap(({ severity, message }) => (severity === 'warning' ? message : []))
    if (action.type !== 'job_start') return { kind: 'act', action, warnings }
    return { kind: 'job', block, action, warnings, hasUnknownKeys: block.unknownKeys.length > 0 }
  } catch (error) {
    if (!isRelayError(error)) throw error
    return { kind: 'malformed', problems: [error.message] }
  }
}
