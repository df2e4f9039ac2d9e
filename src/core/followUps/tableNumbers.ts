// Numbers out of the rows of a CSV or TSV file whose first row names the columns.
import { isIgnoredName } from './metricNames'
import type { LogNumber } from './metricSeries'

const maxColumns = 256
const maxNameChars = 120

export interface TableColumns {
  readonly separator: string
  readonly names: readonly string[]
}

/** The columns that the first row names, or null if it is no such row: one name only, or a number among the names. */
export function readTableColumns(row: string): TableColumns | null {
  const separator = [',', '\t', ';'].find((one) => row.includes(one))
  if (separator === undefined) return null
  const names = splitRow(row.replace(/^\ufeff/, ''), separator).map((name) => name.trim().slice(0, maxNameChars))
  return names.some((name) => name !== '' && Number.isFinite(Number(name))) ? null : { separator, names }
}

/** The numbers of one row, in the order of the columns; cells that are none are passed over. */
export function readTableRow({ separator, names }: TableColumns, row: string): LogNumber[] {
  return splitRow(row, separator).flatMap((cell, index) => {
    const key = names[index]
    const value = parseCell(cell.trim())
    return key === undefined || key === '' || value === undefined || isIgnoredName(key)
      ? []
      : [{ key, value, of: null }]
  })
}

function parseCell(cell: string): number | undefined {
  if (cell === '') return undefined
  if (/^nan$/i.test(cell)) return NaN
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(cell)
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity
  const value = Number(cell)
  return Number.isNaN(value) ? undefined : value
}

/** A cell in double quotes may hold the separator, and `""` for one quote. */
function splitRow(row: string, separator: string): string[] {
  const cells: string[] = []
  let cell = ''
  let quoted = false
  for (let at = 0; at < row.length && cells.length < maxColumns; at++) {
    const character = row[at] ?? ''
    if (character === '"') {
      if (quoted && row[at + 1] === '"') cell += row[at++] ?? ''
      else quoted = !quoted
    } else if (character === separator && !quoted) {
      cells.push(cell)
      cell = ''
    } else cell += character
  }
  if (cells.length < maxColumns) cells.push(cell)
  return cells
}
