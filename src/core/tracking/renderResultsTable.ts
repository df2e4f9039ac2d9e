// A table of results in Markdown. Names are anybody's, so they stand in code spans; numbers are ours.
import { formatNumber } from '../followUps/quantities'
import { codeSpan, plainProse } from './harmless'
import {
  hasEnded,
  type MetricCell,
  type ResultColumn,
  type ResultRow,
  type ResultsTable,
  type Spread,
} from './resultsTable'

export interface TableLimits {
  readonly rows: number
  readonly columns: number
}

export const documentLimits: TableLimits = { rows: 500, columns: 24 }

/** Lines of Markdown, without a line end behind the last. What is left out is said. */
export function renderResultsTable(table: ResultsTable, limits: TableLimits = documentLimits): string {
  const columns = table.metrics.slice(0, limits.columns)
  const rows = table.rows.slice(0, limits.rows)
  const names = columns.length === 0 ? ['Metrics'] : columns.map(renderColumn)
  const lines = [
    ['Job', 'State', ...names],
    ['---', '---', ...names.map(() => '---:')],
    ...rows.map((row) => [codeSpan(row.label), renderState(row), ...renderCells(row, columns)]),
  ].map((cells) => `| ${cells.join(' | ')} |`)
  return [lines.join('\n'), ...renderNotes(table, rows, columns)].join('\n\n')
}

/** Whether every number that can be there is there, and at least one is. */
export function isFilledIn({ metrics, rows }: ResultsTable): boolean {
  const cells = rows.flatMap((row) => metrics.map(({ name }) => cellOf(row, name)))
  return cells.some(isNumber) && !cells.some(({ kind }) => kind === 'pending') && rows.every(isWhole)
}

/** Nothing of it may still come. */
function isWhole({ state, isPartial }: ResultRow): boolean {
  return hasEnded(state) && isPartial !== true
}

function renderColumn({ name, better }: ResultColumn): string {
  const arrow = better === null ? '' : better === 'higher' ? ' ↑' : ' ↓'
  return codeSpan(name, 80) + arrow
}

function renderState({ state, note }: ResultRow): string {
  const shown = hasEnded(state) ? state : state.toUpperCase()
  return note === null || note.trim() === '' ? shown : `${shown} (${plainProse(note, 120)})`
}

function renderCells(row: ResultRow, columns: readonly ResultColumn[]): readonly string[] {
  // Which metrics there are is known when there are some.
  if (columns.length === 0) return [isWhole(row) ? 'none found' : 'PENDING']
  return columns.map(({ name }) => renderCell(cellOf(row, name)))
}

function cellOf(row: ResultRow, name: string): MetricCell {
  const cell = Object.hasOwn(row.cells, name) ? row.cells[name] : undefined
  return cell ?? { kind: isWhole(row) ? 'missing' : 'pending' }
}

/** `0.93 (0.91)`: the best and the last; one number where both are the same, or no way is better. */
export function renderCell(cell: MetricCell): string {
  switch (cell.kind) {
    case 'pending':
      return 'PENDING'
    case 'missing':
      return 'missing'
    case 'value':
      return bestAndLast(cell.best === null ? null : formatNumber(cell.best), formatNumber(cell.last))
    case 'seeds':
      return bestAndLast(cell.best === null ? null : renderSpread(cell.best), renderSpread(cell.last))
  }
}

function bestAndLast(best: string | null, last: string): string {
  return best === null || best === last ? last : `${best} (${last})`
}

function renderSpread({ mean, sd, runs }: Spread): string {
  return `${formatNumber(mean)} ± ${formatNumber(Number(sd.toPrecision(2)))}, n = ${runs}`
}

function isNumber({ kind }: MetricCell): boolean {
  return kind === 'value' || kind === 'seeds'
}

function renderNotes(
  table: ResultsTable,
  rows: readonly ResultRow[],
  columns: readonly ResultColumn[],
): readonly string[] {
  const cells = rows.flatMap((row) => columns.map(({ name }) => cellOf(row, name)))
  const notes: string[] = []
  if (cells.some((cell) => isNumber(cell) && renderCell(cell).includes('(')))
    notes.push('Each cell: the best value, and the last in brackets.')
  if (cells.some(({ kind }) => kind === 'seeds')) notes.push('± is the standard deviation over n seeds.')
  if (cells.some(({ kind }) => kind === 'missing')) notes.push('Missing: no finite number was found.')
  const hiddenRows = table.rows.length - rows.length
  const hiddenColumns = table.metrics.length - columns.length
  if (hiddenRows > 0) notes.push(`${hiddenRows} more ${hiddenRows === 1 ? 'row is' : 'rows are'} not shown.`)
  if (hiddenColumns > 0)
    notes.push(`${hiddenColumns} more ${hiddenColumns === 1 ? 'metric is' : 'metrics are'} not shown.`)
  return notes.length === 0 ? [] : [notes.join(' ')]
}
