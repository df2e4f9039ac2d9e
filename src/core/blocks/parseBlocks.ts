// Text to relay blocks: what each asks for, and what is wrong with it. Never throws, whatever the text.
import { errorAt, isWithin, shiftDiagnostic, type Diagnostic } from './diagnostic'
import { Findings } from './findings'
import { findBlocks, type BlockSpan } from './findBlocks'
import type { MarkdownContext } from './markdown'
import { readActions } from './readActions'
import type { Action } from './schema'

/** In one text. The blocks after so many are listed, but not read. */
export const maxTextActions = 6000
export const maxTextFindings = 1000

/** Where an action stands. With `hasErrors` it has the right shape, but must not be started as it is. */
export interface ActionSpan {
  readonly start: number
  readonly end: number
  readonly hasErrors: boolean
}

export interface Block {
  readonly start: number
  readonly end: number
  readonly context: MarkdownContext
  /** The actions that fit the schema, in order; the others are dropped, with an error that says why. */
  readonly actions: readonly Action[]
  /** One for each of `actions`. */
  readonly actionSpans: readonly ActionSpan[]
  /** Those of `diagnostics` that tell of keys without effect: a start without a click refuses them. */
  readonly unknownKeys: readonly Diagnostic[]
  readonly diagnostics: readonly Diagnostic[]
}

/** `diagnostics` holds what belongs to no block; all offsets are those of `text`. */
export function parseBlocks(text: string): { blocks: readonly Block[]; diagnostics: readonly Diagnostic[] } {
  const { spans, diagnostics } = findBlocks(text)
  let actions = 0
  let findings = 0
  const blocks = spans.map((span) => {
    if (actions > maxTextActions || findings > maxTextFindings) return unreadBlock(span)
    const block = parseBlock(text, span)
    actions += block.actions.length
    findings += block.diagnostics.filter(({ severity }) => severity !== 'hint').length
    return block
  })
  return { blocks, diagnostics }
}

/** One block by itself, so that a change elsewhere in a large text need not parse it again. */
export function parseBlock(text: string, span: BlockSpan): Block {
  const { start, end, bodyStart, bodyEnd, context, inQuote } = span
  const source = text.slice(bodyStart, bodyEnd)
  const body = inQuote
    ? source.replace(/(?<=[\r\n])[^\S\r\n]*(?:>[^\S\r\n]?)+/g, (sign) => ' '.repeat(sign.length))
    : source
  const findings = new Findings()
  const read = readActions(body, findings)

  const diagnostics = findings.all.map((diagnostic) =>
    shiftDiagnostic(inQuote ? withoutMultilineFix(diagnostic, source) : diagnostic, bodyStart),
  )
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const actionSpans = read.map(({ node }) => {
    const range = { start: node.start + bodyStart, end: node.end + bodyStart }
    return { ...range, hasErrors: findings.isFull || errors.some((each) => isWithin(each, range)) }
  })
  const unknownKeys = diagnostics.filter(({ code }) => code === 'unknown-key')
  return { start, end, context, actions: read.map(({ action }) => action), actionSpans, unknownKeys, diagnostics }
}

function unreadBlock({ start, end, bodyStart, context }: BlockSpan): Block {
  const message = 'This block is not read: the text has too many actions or findings before it. Split the text.'
  const diagnostics = [errorAt({ start, end: bodyStart }, 'too-many-diagnostics', message)]
  return { start, end, context, actions: [], actionSpans: [], unknownKeys: [], diagnostics }
}

/** A new text for several lines of a quote would lose, or take over, the `>` of each. */
function withoutMultilineFix(diagnostic: Diagnostic, source: string): Diagnostic {
  const { fix, ...rest } = diagnostic
  return fix && /[\r\n]/.test(source.slice(fix.start, fix.end)) ? rest : diagnostic
}
