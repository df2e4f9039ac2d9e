// Text of others in an answer of the chat: it is shown as it is, and never becomes a link, an image, markup or the end of
// the fence that it stands in.
import { showInvisible } from '../logs/plainText'

/** One line of Markdown that shows exactly `text`; line ends become blanks, what cannot be seen is shown as `\u{…}`. */
export function escapeMarkdown(text: string): string {
  return showInvisible(text.replace(/\s+/g, ' ')).replace(/[!-/:-@[-`{-~]/g, '\\$&')
}

/** A code block that `text` cannot leave: its fence is longer than any run of backticks inside. */
export function fence(text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length))
  const ticks = '`'.repeat(longest + 1)
  return `${ticks}text\n${showInvisible(text.replace(/\r\n?/g, '\n'))}\n${ticks}`
}

/** Words of a model, which may be Markdown, without images: to show one is to ask an address of its choice. */
export function withoutImages(markdown: string): string {
  return markdown.replace(/!(?=\[)/g, '\\!').replace(/<(?=\s*img)/gi, '\\<')
}
