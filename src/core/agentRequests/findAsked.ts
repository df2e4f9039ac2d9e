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

const taskDone = /^[^\S\r\n]*\[\[task:done\]\][^\S\r\n]*$/im
const taskBlocked = /^\[\[task:blocked\]\]$/i

/** Everything that the answer asks for, in order. Never throws. */
export function findAsked(answer: string): readonly Asked[] {
  if (saysBlocked(answer)) return [{ kind: 'blocked', text: answer.slice(0, maxTextChars) }]
  const { spans, unclosed } = findBlocks(answer)
  const all = [...spans, ...unclosed].sort((a, b) => a.start - b.start)
  const meant: string[] = []
  let end = answer.length
  for (const { start, end: blockEnd, context, inQuote } of all.reverse()) {
    const behind = answer.slice(blockEnd, end)
    // The agent's own word that this was its answer allows for a last sentence.
    const isEnd = isOnlyMarkers(behind) || (meant.length === 0 && taskDone.test(behind))
    if (!isEnd || context !== 'plain' || inQuote || meant.length === maxAsked) break
    const text = answer.slice(start, blockEnd).trim()
    if (isTemplate(text) && !taskDone.test(answer.slice(blockEnd))) break
    meant.unshift(text)
    end = start
  }
  return meant.map((text) => ({ kind: 'block', text }))
}

/** An example of the format has its places to be filled in; an agent that says it is done has forgotten one. */
function isTemplate(text: string): boolean {
  return parseBlocks(text).blocks.some(({ diagnostics }) => diagnostics.some(({ code }) => code === 'placeholder-left'))
}

/** Whether the marker stands alone on a line and is not only shown. */
function saysBlocked(answer: string): boolean {
  const markdown = new MarkdownReader(wholeText(answer).fences())
  for (const mark of marksOf(answer)) {
    if (mark.kind !== 'task') continue
    const line = answer.slice(mark.line.start, mark.line.end).trim()
    if (taskBlocked.test(line) && markdown.contextAt(mark) === 'plain') return true
  }
  return false
}

function isOnlyMarkers(text: string): boolean {
  return text.replace(/\[\[task:done\]\]/gi, '').trim() === ''
}
