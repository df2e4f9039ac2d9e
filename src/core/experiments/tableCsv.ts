// Runs as a CSV file (RFC 4180). Texts of runs are others' words: none of them may become a formula in the program that opens it.
import type { CellValue, ColumnKind, RunColumn } from './runColumns'

export function renderCsv(columns: readonly RunColumn[], rows: readonly (readonly CellValue[])[]): string {
  const lines = [
    columns.map(({ label }) => quote(harmless(label))),
    ...rows.map((cells) => columns.map(({ kind }, index) => renderCell(cells[index] ?? null, kind))),
  ]
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('')
}

function renderCell(value: CellValue, kind: ColumnKind): string {
  if (value === null) return ''
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return quote(harmless(value))
  if (!Number.isFinite(value)) return ''
  if (kind === 'time') return new Date(value).toISOString()
  // Seconds, as other tools count them.
  return String(kind === 'duration' ? value / 1000 : value)
}

/** Spreadsheets run what begins with one of these; a quote in front makes it a text. */
function harmless(text: string): string {
  return /^[\s\0]*[=+\-@\t\r|%]/.test(text) ? `'${text}` : text
}

function quote(text: string): string {
  return /[",\r\n']/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text
}
