// Runs as lines for a terminal, as Markdown for a chat, and as CSV for other programs.
import { formatNumber } from '../followUps/quantities'
import { renderDuration } from '../jobs/jobWords'
import { showInvisible } from '../logs/plainText'
import type { ParamValue } from './registryRecord'
import type { RunRow, RunTable } from './runTable'

const signs: Readonly<Record<RunRow['status'], string>> = { success: '✓', failed: '✗', canceled: '■' }
/** How many columns of parameters a terminal shows. */
const maxParamColumns = 4

/** The head and a row for each run, as cells. The best of its metric is marked with ★. */
export function runCells(table: RunTable, rows: readonly RunRow[] = table.rows): readonly (readonly string[])[] {
  // What is the same in all rows is not worth a column.
  const names = table.differing.filter((name) => name !== 'seed').slice(0, maxParamColumns)
  const hasSeeds = rows.some(({ seed }) => seed !== null)
  const head = ['', 'run', 'metric', 'value', 'to best', ...names, ...(hasSeeds ? ['seed'] : []), 'took', 'template']
  return [
    head,
    ...rows.map((row) => [
      row.isBest ? '★' : signs[row.status],
      plain(row.runId),
      plain(row.primary?.name ?? ''),
      row.primary === null ? '' : row.primary.value === null ? 'missing' : formatNumber(row.primary.value),
      row.deltaToBest === null || row.isBest ? '' : signed(row.deltaToBest),
      ...names.map((name) => plain(String(row.params[name] ?? ''))),
      ...(hasSeeds ? [row.seed === null ? '' : String(row.seed)] : []),
      row.durationMs === null ? '' : renderDuration(row.durationMs),
      plain(row.template ?? ''),
    ]),
  ]
}

/** The best first where `bestOnTop`, then the newest; no more than `last` of these. */
export function chooseRows({ rows }: RunTable, last: number): readonly RunRow[] {
  const newest = rows.slice(0, last)
  const best = rows.filter(({ isBest }) => isBest)
  return [...best, ...newest.filter(({ isBest }) => !isBest)]
}

export function alignCells(cells: readonly (readonly string[])[]): readonly string[] {
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)))
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

export function runsMarkdown(table: RunTable, rows: readonly RunRow[]): string {
  const [head = [], ...body] = runCells(table, rows)
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n')
}

/** RFC 4180, every parameter and metric a column; what a spreadsheet would take for a formula is a text. */
export function runsCsv(table: RunTable, rows: readonly RunRow[] = table.rows): string {
  const { paramNames, metricNames } = table
  const fixed = [
    'run_id',
    'status',
    'best',
    'started_at',
    'seconds',
    'template',
    'primary',
    'value',
    'to_best',
    'seed',
    'run_dir',
  ]
  const head = [...fixed, ...paramNames.map((name) => `param:${name}`), ...metricNames.map((name) => `metric:${name}`)]
  const body = rows.map((row) => [
    row.runId,
    row.status,
    row.isBest ? 'yes' : '',
    row.record.startedAt ?? '',
    row.durationMs === null ? '' : String(row.durationMs / 1000),
    row.template ?? '',
    row.primary?.name ?? '',
    numberText(row.primary?.value),
    numberText(row.deltaToBest),
    numberText(row.seed),
    row.record.paths.runDir ?? '',
    ...paramNames.map((name) => paramText(row.params[name])),
    ...metricNames.map((name) => numberText(row.metrics[name])),
  ])
  return `${[head, ...body].map((cells) => cells.map(csvCell).join(',')).join('\r\n')}\r\n`
}

/** A cell that holds a number is written as one; no other may begin as a formula does. */
function csvCell(text: string): string {
  const isNumber = text !== '' && Number.isFinite(Number(text))
  const safe = !isNumber && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function numberText(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : String(value)
}

function paramText(value: ParamValue | undefined): string {
  return value === null || value === undefined ? '' : String(value)
}

function signed(value: number): string {
  return value > 0 ? `+${formatNumber(value)}` : formatNumber(value)
}

function plain(text: string): string {
  return showInvisible(text.replace(/\s+/g, ' ')).slice(0, 80)
}
