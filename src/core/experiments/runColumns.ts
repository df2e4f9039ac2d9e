// The columns that a table of runs can have, what a cell of each holds, and in which order rows with such cells stand.
import { formatNumber } from '../followUps/quantities'
import { renderDuration } from '../jobs/jobWords'
import type { ParamValue } from './registryRecord'

export type CellValue = ParamValue

/** `time` is in ms since 1970, `duration` in ms, `delta` the distance to the best run. */
export type ColumnKind = 'text' | 'number' | 'time' | 'duration' | 'delta'

export interface RunColumn {
  readonly id: string
  /** As it is to be read; names of parameters and metrics are as they were written. */
  readonly label: string
  readonly group: 'run' | 'param' | 'metric' | 'curve'
  readonly kind: ColumnKind
  /** Shown as long as nobody has chosen. */
  readonly isUsual: boolean
}

/** The columns that tell of the run itself, in their order. */
export const ownColumns = [
  'run',
  'status',
  'metric',
  'value',
  'delta',
  'started',
  'duration',
  'template',
  'seed',
  'commit',
  'folder',
] as const
export type OwnColumn = (typeof ownColumns)[number]

const kinds: Readonly<Partial<Record<OwnColumn, ColumnKind>>> = {
  value: 'number',
  delta: 'delta',
  started: 'time',
  duration: 'duration',
  seed: 'number',
}
const seldom: readonly OwnColumn[] = ['template', 'seed', 'commit']
const usualParams = 6
const usualMetrics = 4

export interface ColumnNames {
  readonly params: readonly string[]
  /** Those that differ between runs. */
  readonly differing: readonly string[]
  readonly metrics: readonly string[]
  readonly primaries: readonly string[]
  readonly hasFolders: boolean
}

export function runColumns(names: ColumnNames, labels: Readonly<Record<OwnColumn, string>>): readonly RunColumn[] {
  const { params, differing, metrics, primaries, hasFolders } = names
  const [only, ...more] = primaries
  const isOnly = only !== undefined && more.length === 0
  const shownParams = new Set((differing.length > 0 ? differing : params).slice(0, usualParams))
  // The primary metric has a column of its own as long as it is the only one.
  const others = metrics.filter((name) => !isOnly || name !== only)
  const shownMetrics = new Set(others.slice(0, usualMetrics))
  const hidden = new Set<OwnColumn>([...seldom, ...(isOnly ? (['metric'] as const) : [])])
  if (differing.includes('seed')) hidden.delete('seed')
  return [
    ...ownColumns
      .filter((id) => (id !== 'folder' || hasFolders) && (id !== 'seed' || !params.includes('seed')))
      .map((id): RunColumn => ({
        id,
        label: id === 'value' && isOnly ? only : labels[id],
        group: 'run',
        kind: kinds[id] ?? 'text',
        isUsual: !hidden.has(id),
      })),
    ...params.map((name): RunColumn => ({
      id: `param:${name}`,
      label: name,
      group: 'param',
      kind: 'text',
      isUsual: shownParams.has(name),
    })),
    ...metrics.map((name): RunColumn => ({
      id: `metric:${name}`,
      label: name,
      group: 'metric',
      kind: 'number',
      isUsual: shownMetrics.has(name),
    })),
  ]
}

/** A cell as it is to be read; nothing for what is missing. Times are for the page, which knows the zone. */
export function cellText(value: CellValue, kind: ColumnKind): string {
  if (value === null) return ''
  if (typeof value !== 'number') return String(value)
  switch (kind) {
    case 'text':
    case 'number':
      return formatNumber(value)
    case 'duration':
      return renderDuration(value)
    case 'delta':
      return signed(value)
    case 'time':
      return Number.isFinite(value) ? new Date(value).toISOString() : ''
  }
}

/** `+0.02`, `−0.02`, `0`: with a minus as wide as the plus. */
export function signed(value: number): string {
  if (value === 0) return '0'
  return `${value > 0 ? '+' : '−'}${formatNumber(Math.abs(value))}`
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** Whether `a` stands before `b`: negative. Numbers come before texts; what is missing is last, whatever the direction. */
export function compareCells(a: CellValue, b: CellValue, descending: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  const direction = descending ? -1 : 1
  if (typeof a === 'number' && typeof b === 'number') return a === b ? 0 : (a < b ? -1 : 1) * direction
  if (typeof a === 'number' || typeof b === 'number') return typeof a === 'number' ? -1 : 1
  return collator.compare(String(a), String(b)) * direction
}
