// What a person types to see some runs only: words that a run has to contain, and comparisons like `val_acc>0.9`.
import { nearestName } from '../blocks/nearestName'
import type { CellValue, ColumnKind, RunColumn } from './runColumns'

type Operator = '>' | '>=' | '<' | '<=' | '=' | '!='

export type FilterTerm =
  /** In small letters. */
  | { readonly kind: 'word'; readonly word: string }
  | {
      readonly kind: 'compare'
      readonly column: string
      readonly operator: Operator
      readonly number: number | null
      readonly text: string
    }

export interface RunFilter {
  readonly terms: readonly FilterTerm[]
  /** Names that no column has; their terms are left out. `meant`: the nearest that there is. */
  readonly unknown: readonly { readonly name: string; readonly meant: string | null }[]
}

const maxTerms = 32
const termPattern = /^(.+?)(>=|<=|!=|==|=|>|<)(.*)$/s

/** Never throws; an empty text has no terms, and all runs pass. */
export function parseFilter(text: string, columns: readonly RunColumn[]): RunFilter {
  const terms: FilterTerm[] = []
  const unknown: { name: string; meant: string | null }[] = []
  for (const word of splitWords(text).slice(0, maxTerms)) {
    const match = termPattern.exec(word)
    if (match === null) {
      terms.push({ kind: 'word', word: unquote(word).toLowerCase() })
      continue
    }
    const name = unquote(match[1] ?? '')
    const value = unquote(match[3] ?? '')
    const column = findColumn(name, columns)
    if (column === undefined) {
      unknown.push({
        name,
        meant:
          nearestName(
            name,
            columns.map(({ label }) => label),
          ) ?? null,
      })
      continue
    }
    // A comparison that is still being typed hides nothing.
    if (value === '') continue
    const operator = (match[2] === '==' ? '=' : match[2]) as Operator // One of the pattern's.
    terms.push({ kind: 'compare', column: column.id, operator, number: readNumber(value, column.kind), text: value })
  }
  return { terms, unknown }
}

/** Whether a run passes; `cellOf` gives its cells by column, `words` all that a word is looked for in, in small letters. */
export function passes(filter: RunFilter, cellOf: (column: string) => CellValue, words: string): boolean {
  return filter.terms.every((term) => {
    if (term.kind === 'word') return words.includes(term.word)
    const value = cellOf(term.column)
    // Of what is missing nothing is known: it is neither above nor below.
    if (value === null) return false
    const equal =
      typeof value === 'number' && term.number !== null
        ? value === term.number
        : String(value).toLowerCase() === term.text.toLowerCase()
    if (term.operator === '=') return equal
    if (term.operator === '!=') return !equal
    if (typeof value !== 'number' || term.number === null) return false
    switch (term.operator) {
      case '>':
        return value > term.number
      case '>=':
        return value >= term.number
      case '<':
        return value < term.number
      case '<=':
        return value <= term.number
    }
  })
}

/** By its label, its id, or `param.lr` and `metric.lr` where both have the name. */
function findColumn(name: string, columns: readonly RunColumn[]): RunColumn | undefined {
  const wanted = name.toLowerCase()
  const id = wanted.replace(/^(param|metric|best|last)[.:]/, '$1:')
  return (
    columns.find((column) => column.id.toLowerCase() === id) ??
    columns.find((column) => column.label.toLowerCase() === wanted)
  )
}

function readNumber(text: string, kind: ColumnKind): number | null {
  if (kind === 'time') {
    const ms = Date.parse(text)
    return Number.isNaN(ms) ? null : ms
  }
  if (kind === 'duration') {
    const match = /^(\d+(?:\.\d+)?)\s*(s|sec|m|min|h|d)?$/i.exec(text)
    const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }
    const unit = units[(match?.[2] ?? 's').slice(0, 1).toLowerCase()] ?? 1
    return match === null ? null : Number(match[1]) * unit * 1000
  }
  const value = Number(text.replace('−', '-'))
  return text.trim() === '' || !Number.isFinite(value) ? null : value
}

/** Blanks part words, not those in quotes and not those around an operator. */
function splitWords(text: string): string[] {
  const joined = text.replace(
    /("[^"]*")|\s*(>=|<=|!=|==|=|>|<)\s*/g,
    (_, quoted: string | undefined, operator: string) => (quoted === undefined ? operator : quoted),
  )
  return joined.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []
}

function unquote(word: string): string {
  return word.replaceAll('"', '')
}
