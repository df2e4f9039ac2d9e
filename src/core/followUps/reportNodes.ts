// A report in Markdown as plain data, for a view that builds its own elements. Only what reports need: headings, paragraphs,
// lists, tables, fences, emphasis, code. Links, images and HTML stay the text they are; nothing in a report can do anything.

export type ReportInline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'emphasis'; readonly parts: readonly ReportInline[] }

export type ReportText = readonly ReportInline[]

export type ReportNode =
  /** `level` is 1 to 6. */
  | { readonly kind: 'heading'; readonly level: number; readonly text: ReportText }
  | { readonly kind: 'paragraph'; readonly text: ReportText }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly ReportText[] }
  | { readonly kind: 'table'; readonly head: readonly ReportText[]; readonly rows: readonly (readonly ReportText[])[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'rule' }

const fencePattern = /^ {0,3}(`{3,}|~{3,})/
const headingPattern = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/
const itemPattern = /^\s{0,8}(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/
const rulePattern = /^ {0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$/
const delimiterPattern = /^\s{0,3}\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/

/** The nodes of a text, in order. Every character of it that is not a mark is in some node. Time is linear in the lines. */
export function parseReport(markdown: string): ReportNode[] {
  const lines = markdown.split(/\r?\n/)
  const nodes: ReportNode[] = []
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? ''
    const block = readFence(lines, at) ?? readTable(lines, at) ?? readList(lines, at)
    const heading = headingPattern.exec(line)
    if (block !== undefined) {
      nodes.push(block.node)
      at = block.next
    } else if (heading !== null) {
      nodes.push({ kind: 'heading', level: heading[1]?.length ?? 1, text: parseInline(heading[2] ?? '') })
      at++
    } else if (rulePattern.test(line)) {
      nodes.push({ kind: 'rule' })
      at++
    } else if (line.trim() === '') at++
    else {
      let end = at + 1
      while (end < lines.length && !endsParagraph(lines, end)) end++
      const text = lines.slice(at, end).map((one) => one.trim())
      nodes.push({ kind: 'paragraph', text: parseInline(text.join('\n')) })
      at = end
    }
  }
  return nodes
}

interface Block {
  readonly node: ReportNode
  readonly next: number
}

function endsParagraph(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? ''
  return (
    line.trim() === '' ||
    fencePattern.test(line) ||
    headingPattern.test(line) ||
    rulePattern.test(line) ||
    itemPattern.test(line) ||
    isTableHead(lines, at)
  )
}

/** A fence that is not closed goes to the end. */
function readFence(lines: readonly string[], at: number): Block | undefined {
  const fence = fencePattern.exec(lines[at] ?? '')?.[1]
  if (fence === undefined) return undefined
  let end = at + 1
  while (end < lines.length) {
    const closing = lines[end]?.trim() ?? ''
    if (closing.startsWith(fence) && closing.replaceAll(fence.charAt(0), '') === '') break
    end++
  }
  return { node: { kind: 'code', text: lines.slice(at + 1, end).join('\n') }, next: end + 1 }
}

function isTableHead(lines: readonly string[], at: number): boolean {
  const delimiter = lines[at + 1] ?? ''
  return (lines[at] ?? '').includes('|') && delimiter.includes('-') && delimiterPattern.test(delimiter)
}

function readTable(lines: readonly string[], at: number): Block | undefined {
  if (!isTableHead(lines, at)) return undefined
  const head = splitCells(lines[at] ?? '')
  let next = at + 2
  const rows: (readonly ReportText[])[] = []
  while (next < lines.length && (lines[next] ?? '').includes('|')) {
    const cells = splitCells(lines[next] ?? '')
    rows.push(head.map((_, column) => cells[column] ?? []))
    next++
  }
  return { node: { kind: 'table', head, rows }, next }
}

/** `\|` is a bar inside of a cell. */
function splitCells(line: string): ReportText[] {
  const inner = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
  return inner.split(/(?<!\\)\|/).map((cell) => parseInline(cell.trim().replaceAll('\\|', '|')))
}

/** Items of deeper lists become items of the one list; a line that is indented goes on with its item. */
function readList(lines: readonly string[], at: number): Block | undefined {
  const first = itemPattern.exec(lines[at] ?? '')
  if (first === null || rulePattern.test(lines[at] ?? '')) return undefined
  const items: string[] = []
  let next = at
  for (; next < lines.length; next++) {
    const line = lines[next] ?? ''
    const item = itemPattern.exec(line)
    if (item !== null) items.push(item[2] ?? '')
    else if (/^\s+\S/.test(line) && items.length > 0) items.push(`${items.pop() ?? ''} ${line.trim()}`)
    else break
  }
  return {
    node: { kind: 'list', ordered: first[1] !== undefined, items: items.map((item) => parseInline(item)) },
    next,
  }
}

const inlinePattern =
  /\\([!-/:-@[-`{-~])|(`{1,16})(?!`)([^]{0,500}?[^`])\2(?!`)|\*\*(?=\S)((?:`[^`]{0,300}`|\\[^]|[^\\`]){1,1000}?)(?<=\S)\*\*|(?<![\w*])([*_])(?=\S)([^*_\n]{0,500}?[^\s*_])\5(?![\w*])/g

/** Code, strong and emphasised text; a backslash takes the meaning of the mark after it. */
export function parseInline(text: string, depth = 0): ReportText {
  const parts: ReportInline[] = []
  const addText = (more: string): void => {
    if (more === '') return
    const last = parts.at(-1)
    if (last?.kind === 'text') parts[parts.length - 1] = { kind: 'text', text: last.text + more }
    else parts.push({ kind: 'text', text: more })
  }
  let from = 0
  for (const match of text.matchAll(inlinePattern)) {
    addText(text.slice(from, match.index))
    const [all, escaped, , code, strong, , emphasis] = match
    if (escaped !== undefined) addText(escaped)
    else if (code !== undefined) parts.push({ kind: 'code', text: code.replace(/^ (.*\S.*) $/, '$1') })
    else if (depth > 2) addText(all)
    else if (strong !== undefined) parts.push({ kind: 'strong', parts: parseInline(strong, depth + 1) })
    else if (emphasis !== undefined) parts.push({ kind: 'emphasis', parts: parseInline(emphasis, depth + 1) })
    from = match.index + all.length
  }
  addText(text.slice(from))
  return parts
}
