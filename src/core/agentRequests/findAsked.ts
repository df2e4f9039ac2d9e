// What the final answer of an agent's turn asks for. An answer asks with its end: a block that is quoted, fenced as a whole,
// followed by more prose, or not filled in, is only shown.
import { findBlocks } from '../blocks/findBlocks'
import { parseBlocks } from '../blocks/parseBlocks'
import { MarkdownReader } from '../blocks/markdown'
import { marksOf, wholeText } from '../blocks/marks'

export type Asked =
  /** The text of a relay block, good or bad, from its opening marker on. */
  | { readonly kind: 'block'; readonly text: string }
  /** The agent cannot go on; the text is what it said. */
  | { readonly kind: 'blocked'; readonly text: string }

/** More of one answer is not asked for in earnest. */
const maxAsked = 10
const maxTextChars = 40_000

/** Everything that the answer asks for, in order. Never throws. */
export function findAsked(answer: string): readonly Asked[] {
  const markers = aloneMarkers(answer)
  if (markers.some(({ word }) => word === 'blocked')) return [{ kind: 'blocked', text: answer.slice(0, maxTextChars) }]
  const { spans, unclosed } = findBlocks(answer)
  const isDone = (from: number, to: number) => markers.some(({ word, at }) => word === 'done' && at >= from && at < to)
  const all = [...spans, ...unclosed].sort((a, b) => a.start - b.start)
  const meant: string[] = []
  let end = answer.length
  for (const { start, end: blockEnd, context, inQuote } of all.reverse()) {
    const behind = answer.slice(blockEnd, end)
    // The agent's own word that this was its answer allows for a last sentence.
    const isEnd = isOnlyMarkers(behind) || (meant.length === 0 && isDone(blockEnd, end))
    if (!isEnd || context !== 'plain' || inQuote || meant.length === maxAsked) break
    const text = answer.slice(start, blockEnd).trim()
    if (isTemplate(text) && !isDone(blockEnd, answer.length)) break
    meant.unshift(text)
    end = start
  }
  return meant.map((text) => ({ kind: 'block', text }))
}

/** An example of the format has its places to be filled in; an agent that says it is done has forgotten one. */
function isTemplate(text: string): boolean {
  return parseBlocks(text).blocks.some(({ diagnostics }) => diagnostics.some(({ code }) => code === 'placeholder-left'))
}

/** The markers of a task that stand alone on their lines and are not only shown, in order. */
export function aloneMarkers(answer: string): readonly { readonly word: 'done' | 'blocked'; readonly at: number }[] {
  const markdown = new MarkdownReader(wholeText(answer).fences())
  return [...marksOf(answer)].flatMap((mark) => {
    if (mark.kind !== 'task' || markdown.contextAt(mark) !== 'plain') return []
    const line = answer.slice(mark.line.start, mark.line.end).trim().toLowerCase()
    const word = line === '[[task:done]]' ? 'done' : line === '[[task:blocked]]' ? 'blocked' : null
    return word === null ? [] : [{ word, at: mark.start }]
  })
}

function isOnlyMarkers(text: string): boolean {
  return text.replace(/\[\[task:done\]\]/gi, '').trim() === ''
}
