// The numbers of a growing log or metrics file as lines to plot, collected record by record in bounded memory: when a
// series is long, neighbours are summed up by their extremes, so that a spike is never lost. Exact are first, last and best.
import { betterDirection, isCounterName, isMetricName, nameParts } from './metricNames'
import type { LogNumber } from './metricSeries'

const maxKeys = 256
/** What `series` gives at most. */
const maxSeries = 32
export const maxPlotPoints = 5_000
const maxCounters = 3

/** `x` is what the counter said, or the number of the record in its file, from 1. */
export interface PlotPoint {
  readonly x: number
  readonly y: number
}

export interface PlotSeries {
  readonly key: string
  /** The counter that x is (`step`); null: the record's number. */
  readonly xName: string | null
  readonly xs: readonly number[]
  readonly ys: readonly number[]
  /** Changes whenever points that were given before are not a prefix of the points any more. */
  readonly version: number
  readonly count: number
  readonly first: PlotPoint | null
  readonly last: PlotPoint | null
  readonly min: PlotPoint | null
  readonly max: PlotPoint | null
  /** How many values were NaN or infinite, and where the first was. */
  readonly nonFinite: { readonly count: number; readonly firstX: number } | null
  readonly better: 'lower' | 'higher' | null
}

export class SeriesCollector {
  private readonly growing = new Map<string, GrowingSeries>()
  /** The last value of every counter: a record that has none of its own belongs to the one before. */
  private readonly counters = new Map<string, number>()
  private records = 0

  /** One line of a log, one object of a JSONL, one row of a table. */
  add(numbers: readonly LogNumber[]): void {
    this.records++
    for (const { key, value } of numbers)
      if (isCounterName(key) && Number.isFinite(value) && (this.counters.has(key) || this.counters.size < 16))
        this.counters.set(key, value)
    for (const { key, value } of numbers) {
      if (isCounterName(key)) continue
      const id = key.toLowerCase()
      let series = this.growing.get(id)
      if (series === undefined) {
        if (this.growing.size >= maxKeys) continue
        series = new GrowingSeries(key, preferredCounters([...this.counters.keys()]))
        this.growing.set(id, series)
      }
      series.add(value, this.records, this.counters)
    }
  }

  /** Those with telling names first, then the most frequent; at most 32. */
  series(): PlotSeries[] {
    return [...this.growing.values()]
      .map((series, order) => ({ series, order, telling: isMetricName(series.key) ? 0 : 1 }))
      .sort((a, b) => a.telling - b.telling || b.series.count - a.series.count || a.order - b.order)
      .slice(0, maxSeries)
      .map(({ series }) => series.snapshot())
  }
}

/** The finest counter first: `step` before `epoch`. Counters of a phase of its own (`best epoch`) tell of another time. */
function preferredCounters(names: readonly string[]): string[] {
  const rank = (name: string) => {
    const place = ['step', 'steps', 'iteration', 'iter', 'it', 'episode', 'batch', 'epoch'].indexOf(
      nameParts(name).at(-1) ?? '',
    )
    return place < 0 ? 8 : place
  }
  return names
    .filter((name) => !/^(?:best|final|total)\b/i.test(name))
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, maxCounters)
}

/** A possible x axis: its values at the kept points, and how often it did not grow from one value to the next. */
interface Axis {
  readonly name: string | null
  readonly xs: number[]
  last: number
  violations: number
}

interface Sample {
  readonly y: number
  /** One x for every axis. */
  readonly xs: readonly number[]
}

class GrowingSeries {
  count = 0
  private finite = 0
  private ys: number[] = []
  /** The last is the record's number; it always grows. */
  private axes: Axis[]
  private version = 0
  /** Every `bucketSize` finite values become two points. 1: every value is a point. */
  private bucketSize = 1
  private bucket: Sample[] = []
  private first: Sample | null = null
  private last: Sample | null = null
  private min: Sample | null = null
  private max: Sample | null = null
  private nonFinite: { count: number; readonly first: Sample } | null = null

  constructor(
    readonly key: string,
    counters: readonly string[],
  ) {
    this.axes = [...counters, null].map((name) => ({ name, xs: [], last: -Infinity, violations: 0 }))
  }

  add(y: number, record: number, counters: ReadonlyMap<string, number>): void {
    this.count++
    const xs = this.axes.map((axis) => advance(axis, axis.name === null ? record : (counters.get(axis.name) ?? NaN)))
    const sample = { y, xs }
    this.first ??= sample
    this.last = sample
    if (!Number.isFinite(y)) {
      this.nonFinite ??= { count: 0, first: sample }
      this.nonFinite.count++
    } else {
      this.finite++
      if (this.min === null || y < this.min.y) this.min = sample
      if (this.max === null || y > this.max.y) this.max = sample
      this.keep(sample)
    }
    this.dropBadAxes()
  }

  snapshot(): PlotSeries {
    const [axis] = this.axes
    const at = (sample: Sample | null) => (sample === null ? null : { x: sample.xs[0] ?? NaN, y: sample.y })
    const { key, ys, version, count, nonFinite } = this
    return {
      key,
      xName: axis?.name ?? null,
      xs: axis?.xs ?? [],
      ys,
      version,
      count,
      first: at(this.first),
      last: at(this.last),
      min: at(this.min),
      max: at(this.max),
      nonFinite: nonFinite === null ? null : { count: nonFinite.count, firstX: nonFinite.first.xs[0] ?? NaN },
      better: betterDirection(key),
    }
  }

  private keep(sample: Sample): void {
    this.bucket.push(sample)
    if (this.bucket.length < this.bucketSize) return
    for (const one of extremes(this.bucket)) {
      this.ys.push(one.y)
      this.axes.forEach((axis, index) => axis.xs.push(one.xs[index] ?? NaN))
    }
    this.bucket = []
    if (this.ys.length >= maxPlotPoints) this.thinOut()
  }

  /** Half of the points: of every four neighbours the two extremes. */
  private thinOut(): void {
    const kept: number[] = []
    for (let at = 0; at < this.ys.length; at += 4)
      kept.push(
        ...extremes(this.ys.slice(at, at + 4).map((y, index) => ({ y, index: at + index }))).map(({ index }) => index),
      )
    this.ys = kept.map((index) => this.ys[index] ?? NaN)
    this.axes = this.axes.map((axis) => ({ ...axis, xs: kept.map((index) => axis.xs[index] ?? NaN) }))
    this.bucketSize = this.bucketSize === 1 ? 4 : this.bucketSize * 2
    this.version++
  }

  /** A counter that begins again and again (`batch` of every epoch) is no axis. One repetition is forgiven: a summary line. */
  private dropBadAxes(): void {
    const allowed = 1 + this.count * 0.02
    while (this.axes.length > 1 && (this.axes[0]?.violations ?? 0) > allowed) {
      this.axes.shift()
      const drop = <T extends Sample | null>(sample: T) =>
        sample === null ? null : { ...sample, xs: sample.xs.slice(1) }
      this.bucket = this.bucket.map((sample) => ({ ...sample, xs: sample.xs.slice(1) }))
      this.first = drop(this.first)
      this.last = drop(this.last)
      this.min = drop(this.min)
      this.max = drop(this.max)
      if (this.nonFinite !== null)
        this.nonFinite = {
          count: this.nonFinite.count,
          first: { ...this.nonFinite.first, xs: this.nonFinite.first.xs.slice(1) },
        }
      this.version++
    }
  }
}

/** The x of a point: never before that of the point before. */
function advance(axis: Axis, x: number): number {
  if (x > axis.last) axis.last = x
  else axis.violations++
  return Math.max(x, axis.last)
}

/** The smallest and the largest of some neighbours, in their order; one if they are one. */
function extremes<T extends { readonly y: number }>(samples: readonly T[]): T[] {
  let [low, high] = [0, 0]
  samples.forEach(({ y }, index) => {
    if (y < (samples[low]?.y ?? y)) low = index
    if (y > (samples[high]?.y ?? y)) high = index
  })
  // All equal: the ends say where they were.
  if (low === high)
    return samples.length === 1 ? [...samples] : [samples[0], samples.at(-1)].filter((one) => one !== undefined)
  return [low, high].sort((a, b) => a - b).flatMap((index) => samples[index] ?? [])
}
