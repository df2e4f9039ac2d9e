// What few words of a person mean without a model.

/** Which of the blocks that were talked of before is meant: the newest, one by its place (from 1), the last, or all. */
export type EarlierBlock =
  | { readonly kind: 'newest' }
  | { readonly kind: 'nth'; readonly number: number }
  | { readonly kind: 'last' }
  | { readonly kind: 'all' }

const ordinals = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth']
const polite = String.raw`(?:(?:yes|ok|okay|please|now)\b[,.!]?\s*)*`
const noun = String.raw`(?:job|block|one)`
const whole = new RegExp(
  String.raw`^\s*${polite}(?:start|run|launch)\s+(?<what>.+?)\s*(?:please|now)?\s*[.!]*\s*$`,
  'i',
)
const newest = /^(?:it|that|this|(?:the|that|this) (?:job|block))$/i
const all = /^(?:both|all)(?: (?:of )?(?:them|the (?:jobs|blocks)|(?:jobs|blocks)))?$/i
const last = new RegExp(`^the last(?: ${noun})?$`, 'i')
const named = new RegExp(`^(?:the )?(?<ordinal>${ordinals.join('|')}|\\d{1,2}(?:st|nd|rd|th))(?: ${noun})?$`, 'i')
const numbered =
  /^(?:(?:the )?(?:job|block) )?(?:number |no\. ?|#)(?<number>\d{1,2})$|^(?:job|block) (?<plain>\d{1,2})$/i

/** What "start it", "yes, run the second one" or "launch both" mean; null: these words are not about an earlier block alone. */
export function meantEarlierBlock(prompt: string): EarlierBlock | null {
  const what = whole.exec(prompt.slice(0, 200))?.groups?.['what'] ?? ''
  if (newest.test(what)) return { kind: 'newest' }
  if (all.test(what)) return { kind: 'all' }
  if (last.test(what)) return { kind: 'last' }
  const ordinal = named.exec(what)?.groups?.['ordinal']?.toLowerCase()
  const { number, plain } = numbered.exec(what)?.groups ?? {}
  const digits = number ?? plain ?? /^\d+/.exec(ordinal ?? '')?.[0]
  const wanted = digits === undefined ? ordinals.indexOf(ordinal ?? '') + 1 : Number(digits)
  return wanted >= 1 ? { kind: 'nth', number: wanted } : null
}

/**
 * Those that are meant of the blocks of a conversation, given turn by turn, oldest first. A place counts within the newest
 * turn that has as many, else over the whole conversation. Empty: there is no such block.
 */
export function pickEarlier<Block>(
  turns: readonly (readonly Block[])[],
  meant: EarlierBlock,
  /** Equal for blocks that are the same one, said again. */
  keyOf: (block: Block) => string,
): readonly Block[] {
  const newestTurn = turns.findLast((blocks) => blocks.length > 0) ?? []
  switch (meant.kind) {
    case 'newest':
    case 'all':
      return newestTurn
    case 'last':
      return newestTurn.slice(-1)
    case 'nth': {
      const byKey = new Map(turns.flat().map((block) => [keyOf(block), block]))
      const turn = turns.findLast(({ length }) => length > 1 && length >= meant.number) ?? [...byKey.values()]
      return turn.slice(meant.number - 1, meant.number)
    }
  }
}
