// The numbers of one growing log, JSONL or table, read as they are appended, in slices that leave time for others.
import { setImmediate } from 'node:timers/promises'
import { readNumbers } from '../../core/followUps/metricSeries'
import { type PlotSeries, SeriesCollector } from '../../core/followUps/seriesCollector'
import { readTableColumns, readTableRow, type TableColumns } from '../../core/followUps/tableNumbers'
import { sanitizeLine } from '../../core/logs/terminalText'
import { readAppended, startPosition } from './readAppended'

/** After this long others get their turn. */
const sliceMs = 4

export class NumbersReader {
  private position = startPosition
  private collector = new SeriesCollector()
  private columns: TableColumns | null = null
  /** How often the file was begun anew. */
  private start = 0

  constructor(
    private readonly path: string,
    private readonly format: 'lines' | 'table',
  ) {}

  /**
   * Reads on for about `budgetMs`; `more`: there is more. `last`: nothing will be appended any more. A file that cannot be
   * read has no numbers. Ends early when `signal` is aborted.
   */
  async read(budgetMs: number, last: boolean, signal: AbortSignal): Promise<{ more: boolean }> {
    const deadline = performance.now() + budgetMs
    for (;;) {
      const { lines, position, restarted, more } = await readAppended(this.path, this.position, last)
      this.position = position
      if (restarted) {
        this.collector = new SeriesCollector()
        this.columns = null
        this.start++
      }
      let slice = performance.now() + sliceMs
      for (const line of lines) {
        this.add(line)
        if (performance.now() < slice) continue
        await setImmediate()
        slice = performance.now() + sliceMs
      }
      if (!more) return { more: false }
      if (signal.aborted || performance.now() > deadline) return { more: true }
    }
  }

  series(): { readonly start: number; readonly series: readonly PlotSeries[]; readonly skippedBytes: number } {
    return { start: this.start, series: this.collector.series(), skippedBytes: this.position.skippedBytes }
  }

  private add(line: Buffer): void {
    const text = sanitizeLine(line.toString('utf8'))
    if (text.trim() === '') return
    if (this.format === 'lines') this.collector.add(readNumbers(text))
    else if (this.columns === null) this.columns = readTableColumns(text) ?? { separator: ',', names: [] }
    else this.collector.add(readTableRow(this.columns, text))
  }
}

/** How to read the numbers of a file over time, by its name; null: it has none, or is no such file. */
export function seriesFormat(path: string): 'lines' | 'table' | null {
  if (/\.(?:jsonl|ndjson)$/i.test(path)) return 'lines'
  return /\.(?:csv|tsv)$/i.test(path) ? 'table' : null
}
