// As much of a shell command as tells which programs it runs, and where each stands. It judges words, it runs nothing.
import type { Range } from './diagnostic'

export interface Word extends Range {
  /** Without its quotes. */
  readonly text: string
}

/** One simple command: its words, without variables set for it and words such as `sudo` that only run another. */
export interface SimpleCommand extends Range {
  readonly words: readonly [Word, ...Word[]]
  /** The operator before and after it, '' at an end and a line break as ';'. */
  readonly before: string
  readonly after: string
  /** Where `after` stands. */
  readonly afterStart: number
  /** A keyword that it stands behind: `while`, `until`, `do`, … */
  readonly keyword: string
  /** It is given something to read: a pipe, a file, a here-document. */
  readonly hasInput: boolean
}

const token =
  /(\|\||&&|;;|[;\n()]|&(?![>\d])|\|&?)|(<<?<?|\d*>{1,2}&?\d*|&>{1,2})|#[^\n]*|((?:[^\s;&|()<>"'\\]|\\[^]|"(?:[^"\\]|\\[^])*"?|'[^']*'?)+)/g
const keywords = new Set(['while', 'until', 'if', 'elif', 'then', 'else', 'do', '{', '!'])
const runners = new Set(['sudo', 'time', 'exec', 'env', 'command', 'nice', 'ionice', 'stdbuf', 'xargs', 'setsid'])

/** The simple commands of `command`, in order. Linear in the text, whatever it is. */
export function simpleCommands(command: string): readonly SimpleCommand[] {
  const found: SimpleCommand[] = []
  let words: Word[] = []
  let before = ''
  let takesFile = false
  let hasInput = false
  const close = (after: string, afterStart: number) => {
    const simple = strip(words)
    const [first, ...rest] = simple.words
    if (first) {
      const range = { start: first.start, end: rest.at(-1)?.end ?? first.end }
      const isPiped = before === '|' || before === '|&'
      const { keyword } = simple
      found.push({
        words: [first, ...rest],
        ...range,
        before,
        after,
        afterStart,
        keyword,
        hasInput: hasInput || isPiped,
      })
    }
    words = []
    before = after
    hasInput = false
  }
  for (const match of command.matchAll(token)) {
    const [whole, operator, redirection, word] = match
    if (operator !== undefined) close(operator === '\n' ? ';' : operator, match.index)
    else if (redirection !== undefined) {
      if (redirection.startsWith('<')) hasInput = true
      takesFile = !/&\d+$/.test(redirection)
      continue
    } else if (word !== undefined && !takesFile) {
      const start = match.index
      words.push({ text: word.replace(/\\([^])|["']/g, '$1'), start, end: start + whole.length })
    }
    takesFile = false
  }
  close('', command.length)
  return found
}

function strip(words: readonly Word[]): { words: readonly Word[]; keyword: string } {
  let keyword = ''
  let from = 0
  let isRun = false
  for (const { text } of words) {
    if (keywords.has(text)) keyword = text
    else if (runners.has(text)) isRun = true
    else if (!/^[A-Za-z_]\w*=/.test(text) && !(isRun && text.startsWith('-'))) break
    from++
  }
  return { words: words.slice(from), keyword }
}
