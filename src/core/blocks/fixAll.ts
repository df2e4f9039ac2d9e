// Repairs whatever can be repaired without asking: the fixes of a text, again and again until none is left.
import { parseBlocks } from './parseBlocks'
import type { Diagnostic, Fix } from './diagnostic'
import { applyEdits, EditRounds, type TextEdit } from './textEdit'

/** One repair brings the next mistake to light; no block made by hand or by an agent needs more. */
const maxRounds = 100

/**
 * The edits of `text` that apply every fix which is no guess; none where nothing can be fixed. What it does to a text
 * that it has been applied to is nothing.
 */
export function fixAll(text: string): readonly TextEdit[] {
  const rounds = new EditRounds(text.length)
  let now = text
  for (let round = 0; round < maxRounds; round++) {
    const fixes = compatible(diagnosticsOf(now).flatMap(({ fix }) => (fix && fix.isGuess !== true ? [fix] : [])))
    const next = applyEdits(now, fixes)
    if (next === now) return rounds.edits
    rounds.add(fixes)
    now = next
  }
  return rounds.edits
}

/** Everything that is wrong in a text, in its order. */
export function diagnosticsOf(text: string): readonly Diagnostic[] {
  const { blocks, diagnostics } = parseBlocks(text)
  return [...diagnostics, ...blocks.flatMap((block) => block.diagnostics)].sort((a, b) => a.start - b.start)
}

/** In the order of the text, the first of those that would touch each other. */
function compatible(fixes: readonly Fix[]): readonly Fix[] {
  const chosen: Fix[] = []
  let end = -1
  for (const fix of [...fixes].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (fix.start <= end) continue
    chosen.push(fix)
    end = fix.end
  }
  return chosen
}
