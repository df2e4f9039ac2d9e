// One relay block out of what an agent or a model gave: exactly one job_start without a doubt, or what is wrong with it.
// Nothing is started without a person's look here, but nothing that has no effect is let through either.
import type { Diagnostic } from '../blocks/diagnostic'
import { type Block, parseBlocks } from '../blocks/parseBlocks'
import { lineColumnAt } from '../blocks/position'
import { type Act, chosenAction, startableAction } from '../blocks/startableAction'
import type { JobStart } from '../blocks/schema'
import { isRelayError } from '../relayError'

/** `text` is the block by itself. `problems` are sentences. */
export type ReadBlock =
  | { readonly kind: 'block'; readonly block: Block; readonly action: JobStart; readonly text: string }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }

/** The one block of `text`. Keys without effect are errors here: whoever wrote them will not read a warning. */
export function readSingleBlock(text: string): ReadBlock {
  const { blocks, diagnostics } = parseBlocks(text)
  const [block, ...others] = blocks
  if (block === undefined) {
    const found = sentences(text, diagnostics)
    return invalid(found.length > 0 ? found : ['There is no [[relay-actions]] … [[/relay-actions]] block.'])
  }
  if (others.length > 0) return invalid([`There are ${blocks.length} blocks: give exactly one.`])
  const found = sentences(text, [...diagnostics, ...block.diagnostics], block.unknownKeys)
  if (found.length > 0) return invalid(found)
  try {
    const action = startableAction(block)
    return { kind: 'block', block, action, text: text.slice(block.start, block.end) }
  } catch (error) {
    if (!isRelayError(error)) throw error
    return invalid([error.message])
  }
}

/** What an agent gave to the tool that starts a job: a whole block, or the fields of its one job_start. */
export function readStartInput(input: Readonly<Record<string, unknown>>): ReadBlock {
  const { block } = input
  const fields = Object.fromEntries(Object.entries(input).filter(([name]) => name !== 'block' && name !== 'folder'))
  if (block !== undefined && Object.keys(fields).length > 0)
    return invalid(['Give either "block" or the fields of a job_start, not both.'])
  if (typeof block === 'string') return readSingleBlock(block)
  if (block !== undefined) return invalid(['"block" must be the text of a relay block.'])
  if (Object.keys(fields).length === 0) return invalid(['Give "command", or a whole "block".'])
  const read = readSingleBlock(renderActions({ type: 'job_start', ...fields }))
  // Nobody has seen the text that was made here: places in it would tell nothing.
  return read.kind === 'block' ? read : invalid(read.problems.map((problem) => problem.replace(/^\d+:\d+ /, '')))
}

/** What an agent gave to the tool for everything but a start: the fields of one action. */
export function readActInput(
  input: Readonly<Record<string, unknown>>,
): { readonly kind: 'act'; readonly action: Act } | { readonly kind: 'invalid'; readonly problems: readonly string[] } {
  const fields = Object.fromEntries(Object.entries(input).filter(([name]) => name !== 'folder'))
  const text = renderActions(fields)
  const [block] = parseBlocks(text).blocks
  if (block === undefined) return { kind: 'invalid', problems: ['Give "type" and the fields of one action.'] }
  const found = sentences(text, block.diagnostics, block.unknownKeys)
  if (found.length > 0) return { kind: 'invalid', problems: found.map((problem) => problem.replace(/^\d+:\d+ /, '')) }
  try {
    const action = chosenAction(block)
    if (action.type !== 'job_start') return { kind: 'act', action }
    return { kind: 'invalid', problems: ['A job_start is for the tool that starts jobs.'] }
  } catch (error) {
    if (!isRelayError(error)) throw error
    return { kind: 'invalid', problems: [error.message] }
  }
}

/** A relay block with this one action, readable. */
export function renderActions(action: object): string {
  // A marker inside of a text would end the block.
  const json = JSON.stringify({ actions: [action] }, null, 2).replaceAll('[[', '[\\u005b')
  return `[[relay-actions]]\n${json}\n[[/relay-actions]]`
}

/** `3:14 sentence` of each error, and of each of `also`, in order. */
export function sentences(
  text: string,
  diagnostics: readonly Diagnostic[],
  also: readonly Diagnostic[] = [],
): readonly string[] {
  const positionOf = lineColumnAt(text)
  const wanted = new Set([...diagnostics.filter(({ severity }) => severity === 'error'), ...also])
  return [...wanted]
    .sort((a, b) => a.start - b.start)
    .map(({ start, message }) => {
      const { line, column } = positionOf(start)
      return `${line}:${column} ${message}`
    })
}

function invalid(problems: readonly string[]): ReadBlock {
  return { kind: 'invalid', problems }
}
