// Which runs and which columns are shown, in which order: what the person chose, applied to what is known. Knows no DOM.
import type { PageRun, RunCurves, TableChoices } from '../../core/experiments/experimentsPage'
import type { ExperimentsWords } from '../../core/experiments/experimentsWords'
import { type CellValue, compareCells, type RunColumn } from '../../core/experiments/runColumns'
import { parseFilter, passes, type RunFilter } from '../../core/experiments/runFilter'

/** More columns make a table that nobody reads, and that is slow to scroll. */
export const maxShownColumns = 60

export interface ShownTable {
  readonly rows: readonly PageRun[]
  /** The run itself first, then what is pinned, then the others. */
  readonly columns: readonly RunColumn[]
  /** How many of them, from the left, stay where they are. */
  readonly pinned: number
  readonly unknown: RunFilter['unknown']
  readonly hasTooMany: boolean
}

export class RunView {
  private given: readonly RunColumn[] = []
  private all: readonly RunColumn[] = []
  private readonly places = new Map<string, number>()
  private readonly rows = new Map<string, PageRun>()
  private readonly curves = new Map<string, RunCurves['metrics']>()
  private readonly searched = new Map<string, string>()

  constructor(private readonly words: ExperimentsWords) {}

  get count(): number {
    return this.rows.size
  }

  /** Those that can be chosen. */
  get columns(): readonly RunColumn[] {
    return this.given
  }

  setColumns(columns: readonly RunColumn[]): void {
    this.given = columns
    this.places.clear()
    columns.forEach(({ id }, index) => this.places.set(id, index))
    this.all = columns.flatMap((column) => [column, ...this.curveColumns(column)])
    this.searched.clear()
  }

  setRows(rows: readonly PageRun[], removed: readonly string[]): void {
    for (const key of removed) this.rows.delete(key)
    for (const row of rows) {
      this.rows.set(row.key, row)
      this.searched.delete(row.key)
    }
  }

  addCurves(curves: readonly RunCurves[]): void {
    for (const { key, metrics } of curves) this.curves.set(key, metrics)
  }

  run(key: string): PageRun | undefined {
    return this.rows.get(key)
  }

  hasCurves(key: string): boolean {
    return this.curves.has(key)
  }

  cell(run: PageRun, column: string): CellValue {
    const place = this.places.get(column)
    if (place !== undefined) return run.cells[place] ?? null
    const [which, name] = splitCurve(column)
    return name === null ? null : (this.curves.get(run.key)?.[name]?.[which] ?? null)
  }

  shown({ columns, pinned, sort, filter, differing, curves }: TableChoices): ShownTable {
    const known = curves ? this.all : this.given
    const parsed = parseFilter(filter, this.all)
    const rows = [...this.rows.values()].filter((run) =>
      passes(parsed, (column) => this.cell(run, column), this.wordsOf(run)),
    )
    const sorted = sort === null ? undefined : known.find(({ id }) => id === sort.column)
    rows.sort((a, b) => {
      const order =
        sorted === undefined
          ? 0
          : compareCells(this.cell(a, sorted.id), this.cell(b, sorted.id), sort?.descending === true)
      return order === 0 ? newestFirst(a, b) : order
    })
    const metrics = this.given.filter(({ group }) => group === 'metric')
    const isShown = (column: RunColumn): boolean => {
      if (column.group !== 'curve') return columns[column.id] ?? column.isUsual
      const own = metrics.find(({ id }) => nameOfMetric(id) === splitCurve(column.id)[1])
      // With the metric that it is of; that of the first, which is the primary one and has a column of another name, always.
      return own !== undefined && (own === metrics[0] || isShown(own))
    }
    const atLeft = ['run', ...pinned.filter((id) => id !== 'run')].flatMap(
      (id) => known.find((column) => column.id === id) ?? [],
    )
    const others = known.filter(
      (column) => !atLeft.includes(column) && isShown(column) && (!differing || this.differs(column, rows)),
    )
    return {
      rows,
      columns: [...atLeft, ...others].slice(0, maxShownColumns),
      pinned: atLeft.length,
      unknown: parsed.unknown,
      hasTooMany: atLeft.length + others.length > maxShownColumns,
    }
  }

  private differs({ id }: RunColumn, rows: readonly PageRun[]): boolean {
    const [first, ...others] = rows
    if (first === undefined || others.length === 0) return true
    const value = this.cell(first, id)
    return others.some((run) => this.cell(run, id) !== value)
  }

  private curveColumns({ id, label, group }: RunColumn): RunColumn[] {
    if (group !== 'metric') return []
    const name = nameOfMetric(id)
    return (['best', 'last'] as const).map((which) => ({
      id: `${which}:${name}`,
      label: `${label} ${this.words.page[which]}`,
      group: 'curve',
      kind: 'number',
      isUsual: false,
    }))
  }

  /** All that a word of the filter is looked for in. */
  private wordsOf(run: PageRun): string {
    const known = this.searched.get(run.key)
    if (known !== undefined) return known
    const texts = this.given.flatMap(({ group, kind, label }, index) => {
      const value = run.cells[index] ?? null
      if (value === null || kind !== 'text') return []
      return group === 'param' ? `${label}=${String(value)}` : String(value)
    })
    const words = texts.join('\n').toLowerCase()
    this.searched.set(run.key, words)
    return words
  }
}

/** Those that go on come first, then by the time of the start. */
function newestFirst(a: PageRun, b: PageRun): number {
  if ((a.state === 'live') !== (b.state === 'live')) return a.state === 'live' ? -1 : 1
  return a.atMs === b.atMs ? b.order - a.order : b.atMs - a.atMs
}

/** `best:val_acc` → best, val_acc. */
function splitCurve(column: string): ['best' | 'last', string | null] {
  if (column.startsWith('best:')) return ['best', column.slice('best:'.length)]
  return column.startsWith('last:') ? ['last', column.slice('last:'.length)] : ['best', null]
}

function nameOfMetric(column: string): string {
  return column.slice('metric:'.length).toLowerCase()
}
