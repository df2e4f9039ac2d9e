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

export interface ParsedText {
  readonly blocks: readonly Block[]
  /** What belongs to no block. */
  readonly diagnostics: readonly Diagnostic[]
}

/** All offsets are those of `text`. */
export function parseBlocks(text: string): ParsedText {
  const { spans, diagnostics } = findBlocks(text)
  const limits = new TextLimits()
  const blocks = spans.map((span) => {
    if (limits.areReached) return unreadBlock(span)
    const read = readBody(text.slice(span.bodyStart, span.bodyEnd), span.inQuote)
    limits.count(read)
    return placeBlock(read, span)
  })
  return { blocks, diagnostics }
}

/** Who reads the blocks of a text counts what is in them, and stops. */
export class TextLimits {
  #actions = 0
  #findings = 0

  get areReached(): boolean {
    return this.#actions > maxTextActions || this.#findings > maxTextFindings
  }

  count({ actions, diagnostics }: ReadBody): void {
    this.#actions += actions.length
    this.#findings += diagnostics.filter(({ severity }) => severity !== 'hint').length
  }
}

/** What a block's body says, wherever it stands: offsets are those of the body. */
export type ReadBody = Pick<Block, 'actions' | 'actionSpans' | 'diagnostics'>

export function readBody(source: string, inQuote: boolean): ReadBody {
  const body = inQuote ? withoutQuoteSigns(source) : source
  const findings = new Findings()
  const read = readActions(body, findings)

  const diagnostics = inQuote ? findings.all.map((each) => withoutMultilineFix(each, source)) : findings.all
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const actionSpans = read.map(({ node: { start, end } }) => ({
    start,
    end,
    hasErrors: findings.isFull || errors.some((each) => isWithin(each, { start, end })),
  }))
  return { actions: read.map(({ action }) => action), actionSpans, diagnostics }
}

/** Blanks instead of the `>` of each line, so that every offset stays what it is. */
export function withoutQuoteSigns(body: string): string {
  return body.replace(/(?<=[\r\n])[^\S\r\n]*(?:>[^\S\r\n]?)+/g, (sign) => ' '.repeat(sign.length))
}

/** The block whose body has been read, at its place in a text. */
export function placeBlock(read: ReadBody, { start, end, bodyStart, context }: BlockSpan): Block {
  const diagnostics = read.diagnostics.map((diagnostic) => shiftDiagnostic(diagnostic, bodyStart))
  const actionSpans = read.actionSpans.map((span) => ({
    ...span,
    start: span.start + bodyStart,
    end: span.end + bodyStart,
  }))
  const unknownKeys = diagnostics.filter(({ code }) => code === 'unknown-key')
  return { start, end, context, actions: read.actions, actionSpans, unknownKeys, diagnostics }
}

export function unreadBlock({ start, end, bodyStart, context }: BlockSpan): Block {
  const message = 'This block is not read: the text has too many actions or findings before it. Split the text.'
  const diagnostics = [errorAt({ start, end: bodyStart }, 'too-many-diagnostics', message)]
  return { start, end, context, actions: [], actionSpans: [], unknownKeys: [], diagnostics }
}

/** A new text for several lines of a quote would lose, or take over, the `>` of each. */
function withoutMultilineFix(diagnostic: Diagnostic, source: string): Diagnostic {
  const { fix, ...rest } = diagnostic
  return fix && /[\r\n]/.test(source.slice(fix.start, fix.end)) ? rest : diagnostic
}
