// The numbers that the page about a job shows: of its log, and of the required files that hold metrics. Files outside of the
// workspace, and those that are still what they were before the start, are not looked at.
import fs from 'node:fs/promises'
import path from 'node:path'
import { isMetricsFile, readResultMetrics, type ResultMetrics } from '../../core/followUps/resultMetrics'
import { formatNumber } from '../../core/followUps/quantities'
import type { PlotPoint, PlotSeries } from '../../core/followUps/seriesCollector'
import { currentAttempt, type Job, planOf } from '../../core/jobs/job'
import type { PagePoint, PageResult, SeriesPart, ToPage } from '../../core/jobs/jobPage'
import { fill, type JobPageWords } from '../../core/jobs/jobPageWords'
import { NumbersReader, seriesFormat } from '../logs/numbersReader'
import { openFile, readRange } from '../logs/openFile'

const maxResultBytes = 1024 * 1024
const maxFiles = 16
const budgetMs = 120

interface Source {
  /** As the block wrote it; null: the log. */
  readonly name: string | null
  readonly path: string
  readonly reader: NumbersReader
}

interface Sent {
  readonly version: number
  readonly xName: string | null
  readonly length: number
  readonly count: number
  readonly better: 'lower' | 'higher' | null
}

/** Reads for one attempt of one job. */
export class PageNumbers {
  private readonly sources: readonly Source[]
  private readonly results = new Map<string, { readonly print: string; readonly metrics: ResultMetrics | null }>()
  private readonly sent = new Map<string, Sent>()
  private readonly better = new Map<string, 'lower' | 'higher'>()
  /** Null: nothing was sent. */
  private sentNotes: string | null = null
  private sentStarts = ''

  constructor(
    private readonly job: Job,
    logPath: string,
    private readonly words: JobPageWords,
  ) {
    const { watch, cwd } = planOf(job)
    this.sources = [
      { name: null, path: logPath, reader: new NumbersReader(logPath, 'lines') },
      ...watch.requireFiles.slice(0, maxFiles).flatMap((name) => {
        const format = seriesFormat(name)
        const file = path.resolve(cwd, name)
        return format === null ? [] : [{ name, path: file, reader: new NumbersReader(file, format) }]
      }),
    ]
  }

  /** Everything is to be sent again. */
  forgetSent(): void {
    this.sent.clear()
    this.sentNotes = null
  }

  /** Reads what is new, for a bounded time. `last`: the job has ended. */
  async read(last: boolean, signal: AbortSignal): Promise<{ readonly more: boolean }> {
    let more = false
    for (const { name, path: file, reader } of this.sources) {
      if (name !== null && !(await this.isNew(name, file))) continue
      if ((await reader.read(budgetMs, last, signal)).more) more = true
    }
    return { more }
  }

  /** What the required files state once. */
  async readResults(): Promise<PageResult[]> {
    const { watch, cwd } = planOf(this.job)
    const shown: PageResult[] = []
    for (const name of watch.requireFiles.filter(isMetricsFile).slice(0, maxFiles)) {
      const metrics = await this.readResult(name, path.resolve(cwd, name))
      if (metrics === null || metrics.kind === 'meta') continue
      const { primary } = metrics
      if (primary !== null && primary.higherIsBetter !== null)
        this.better.set(primary.name.toLowerCase(), primary.higherIsBetter ? 'higher' : 'lower')
      // The last record of a file over time is the end of its lines on the plot.
      if (metrics.kind === 'record') continue
      shown.push(renderResult(metrics, this.words))
    }
    return shown
  }

  /** What has changed since the last call. `more`: not all was read yet, which is said. */
  takeChanges(more: boolean): ToPage[] {
    const starts = this.sources.map(({ reader }) => reader.series().start).join()
    if (starts !== this.sentStarts) this.forgetSent()
    this.sentStarts = starts
    const reset = this.sentNotes === null
    const parts: SeriesPart[] = []
    const notes: string[] = more ? [this.words.plots.reading] : []
    for (const { name, reader } of this.sources) {
      const { series, skippedBytes } = reader.series()
      if (skippedBytes > 0)
        notes.push(fill(this.words.plots.skipped, name ?? this.words.plots.log, Math.round(skippedBytes / 1048576)))
      for (const one of series) {
        const part = this.takePart(name, one)
        if (part !== null) parts.push(part)
      }
    }
    const allNotes = notes.join('\n')
    if (parts.length === 0 && this.sentNotes === allNotes) return []
    this.sentNotes = allNotes
    return [{ kind: 'series', reset, parts, notes }]
  }

  private takePart(source: string | null, series: PlotSeries): SeriesPart | null {
    const id = JSON.stringify([source, series.key.toLowerCase()])
    const { version, xName, count } = series
    const sent = this.sent.get(id)
    const better = this.better.get(series.key.toLowerCase()) ?? series.better
    if (sent?.count === count && sent.better === better) return null
    const from = sent?.version === version && sent.xName === xName ? sent.length : 0
    this.sent.set(id, { version, xName, count, better, length: series.xs.length })
    return {
      id,
      key: series.key,
      source,
      xName,
      from,
      xs: series.xs.slice(from),
      ys: series.ys.slice(from),
      count,
      first: tellPoint(series.first),
      last: tellPoint(series.last),
      min: series.min,
      max: series.max,
      nonFinite: series.nonFinite,
      better,
    }
  }

  private async readResult(name: string, file: string): Promise<ResultMetrics | null> {
    if (!(await this.isNew(name, file))) return null
    const opened = await openFile(file)
    if (opened.kind === 'problem') return null // The list of required files says it.
    try {
      const { size, mtimeMs, ino } = opened.stats
      const print = `${size} ${mtimeMs} ${ino}`
      const known = this.results.get(name)
      if (known?.print === print) return known.metrics
      const metrics =
        size > maxResultBytes
          ? null
          : readResultMetrics(name, (await readRange(opened.handle, 0, size)).toString('utf8'))
      this.results.set(name, { print, metrics })
      return metrics
    } finally {
      await opened.handle.close()
    }
  }

  /** Whether a required file is inside of the workspace and not the one of an earlier run. */
  private async isNew(name: string, file: string): Promise<boolean> {
    const { folder, plan } = this.job.spec
    try {
      const real = await fs.realpath(file)
      const roots = await Promise.all([folder, plan.cwd].map((root) => fs.realpath(root)))
      if (!roots.some((root) => real.startsWith(root.endsWith('/') ? root : `${root}/`))) return false
      const { size, mtimeMs, ino } = await fs.stat(file)
      const before = currentAttempt(this.job)?.before.find((one) => one.path === name)?.print ?? null
      return before === null || before.size !== size || before.mtimeMs !== mtimeMs || before.inode !== ino
    } catch {
      return false // Not there yet, or not to be read: the list of required files says it.
    }
  }
}

function tellPoint(point: PlotPoint | null): PagePoint | null {
  return point === null ? null : { x: point.x, text: formatNumber(point.y) }
}

function renderResult(metrics: ResultMetrics, { plots }: JobPageWords): PageResult {
  const { primary } = metrics
  const rows = metrics.numbers.map(({ key, value }) => ({ name: key, value: formatNumber(value), note: null }))
  if (primary === null) return { path: metrics.path, rows, problems: metrics.problems }
  const better = primary.higherIsBetter === null ? '' : `, ${primary.higherIsBetter ? plots.higher : plots.lower}`
  const first = {
    name: primary.name,
    value: primary.value === null ? null : formatNumber(primary.value),
    note: `${plots.primary}${better}`,
  }
  return { path: metrics.path, rows: [first, ...rows], problems: metrics.problems }
}
