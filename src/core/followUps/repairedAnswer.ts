// An answer that asks for a job with a block that has errors, and what becomes of it when the agent has corrected that.
import { findAsked } from '../agentRequests/findAsked'
import { readAsked } from '../agentRequests/readAsked'

export interface MalformedBlock {
  readonly text: string
  /** Sentences with line and column. */
  readonly problems: readonly string[]
}

/** The first block that the answer asks with and that cannot be started; null if there is none. */
export function findMalformed(answer: string): MalformedBlock | null {
  for (const asked of findAsked(answer)) {
    if (asked.kind !== 'block') continue
    const read = readAsked(asked.text)
    if (read.kind === 'malformed') return { text: asked.text, problems: read.problems }
  }
  return null
}

/** What was said before stays the report: the corrected answer stands in the place of the block and of what followed it. */
export function joinRepaired(answer: string, malformed: MalformedBlock, repaired: string): string {
  const at = answer.lastIndexOf(malformed.text)
  const before = at < 0 ? '' : answer.slice(0, at).trimEnd()
  return before === '' ? repaired : `${before}\n\n${repaired.trimStart()}`
}
