// Numbers over time out of log lines: `loss=0.1`, `loss: 0.1`, `epoch 3 loss 0.1`, `step 100/2000`, JSON lines.
// Times, dates, versions, addresses and progress percentages are left alone. All is bounded: keys, points, pattern lengths.
import type { LogLine } from './evidence'
import { flattenNumbers } from './flattenNumbers'
import { betterDirection, isCounterName, isIgnoredName, isMetricName } from './metricNames'

const maxSeries = 64
const maxPoints = 512
/** Keys that are looked at before the best `maxSeries` are chosen: a printed configuration must not crowd out the loss. */
const maxCandidates = 1_024

export interface MetricPoint {
  readonly value: number
  /** Line number in the log, as far as it is known. */
  readonly line: number | null
  /** Index into the lines the series was read from. */
  readonly index: number
}

/**
 * How a series went. `non_finite`: the last value is NaN or infinite. `single`: one finite value. Otherwise the median
 * of the first quarter of the finite values is compared with the median of the last quarter: `flat` when they differ by
 * no more than 2 % of the larger magnitude; `diverged` when the name says lower is better and the last median is above
 * twice the magnitude of the first; else `falling` or `rising`.
 */
export type Trend = 'falling' | 'rising' | 'flat' | 'diverged' | 'non_finite' | 'single'

export interface MetricSeries {
  /** As first written; spelling in other letter case is the same series. */
  readonly key: string
  /** A counter says how far the job got (`epoch`, `step`). */
  readonly role: 'metric' | 'counter'
  readonly count: number
  readonly first: MetricPoint
  readonly last: MetricPoint
  /** The extremes of the finite values, their first occurrence; null without any. */
  readonly min: MetricPoint | null
  readonly max: MetricPoint | null
  readonly firstNonFinite: MetricPoint | null
  readonly trend: Trend
  /** What a counter last said it goes up to (`step 100/2000`). */
  readonly of: number | null
  /** The finite values, evenly thinned out to at most 512. */
  readonly points: readonly MetricPoint[]
}

/** The series found in the lines, those with telling names first, then the most frequent; at most 64. */
export function readMetricSeries(lines: readonly LogLine[]): MetricSeries[] {
  const growing = new Map<string, GrowingSeries>()
  lines.forEach((line, index) => {
    for (const { key, value, of } of readNumbers(line.text)) {
      const id = key.toLowerCase()
      let series = growing.get(id)
      if (series === undefined) {
        if (growing.size >= maxCandidates) continue
        series = { key, count: 0, finite: 0, stride: 1, points: [], of: null, ...noPoints }
        growing.set(id, series)
      }
      addPoint(series, { value, line: line.number, index }, of)
    }
  })
  return [...growing.values()]
    .map(finishSeries)
    .filter((series) => series !== undefined)
    .map((series, order) => ({ series, order, telling: isCounterName(series.key) || isMetricName(series.key) ? 0 : 1 }))
    .sort((a, b) => a.telling - b.telling || b.series.count - a.series.count || a.order - b.order)
    .slice(0, maxSeries)
    .map(({ series }) => series)
}

export interface LogNumber {
  readonly key: string
  readonly value: number
  readonly of: number | null
}

const keyPattern = /(?<![\w./@-])[A-Za-z_][\w./@-]{0,63}/g
/** The rest of a pair, from the end of its key: `=` or `:` or blanks, an opening bracket or quote, a number. */
const valuePattern =
  /["']?(?:(\s{0,4}[=:]\s{0,8})|\s{1,4})(tensor\(|[[(])?["']?([+-]?(?:(?:\d{1,30}(?:\.\d{0,40})?|\.\d{1,40})(?:e[+-]?\d{1,4})?|nan\b|inf(?:inity)?\b))/iy
const thousands = /(?:,\d{3}){1,6}(?![\d.=])/y
const total = /\s?\/\s?(\d{1,15})(?![\w./])/y
const phasePattern =
  /\b(?:train|training|val|valid|validation|test|eval|dev|best|avg|average|mean|total|final)[ \t]{1,2}$/i

/** The numbers with names in one line, in order. */
export function readNumbers(text: string): LogNumber[] {
  const trimmed = text.trim()
  if (trimmed.startsWith('{') && trimmed.endsWith('}')) {
    const record = readJsonLine(trimmed)
    if (record !== undefined) return record
  }
  const found: LogNumber[] = []
  keyPattern.lastIndex = 0
  for (let match = keyPattern.exec(text); match !== null; match = keyPattern.exec(text)) {
    valuePattern.lastIndex = keyPattern.lastIndex
    const pair = valuePattern.exec(text)
    if (pair === null) continue
    const number = acceptPair(text, match[0], pair, valuePattern.lastIndex)
    if (number === undefined) continue
    const phase = phasePattern.exec(text.slice(Math.max(0, match.index - 14), match.index))
    found.push(phase === null ? number : { ...number, key: `${phase[0].trim()} ${number.key}` })
    keyPattern.lastIndex = valuePattern.lastIndex
  }
  return found
}

function readJsonLine(text: string): LogNumber[] | undefined {
  try {
    return flattenNumbers(JSON.parse(text))
      .numbers.filter(({ key }) => !isIgnoredName(key))
      .map(({ key, value }) => ({ key, value, of: null }))
  } catch {
    // Not JSON after all (Python prints NaN and single quotes): its pairs are read like those of any line.
    return undefined
  }
}

/** Whether a key, a separator and a number are a metric, judged by the key's name and by what follows the number. */
function acceptPair(text: string, key: string, pair: RegExpExecArray, end: number): LogNumber | undefined {
  const [, separator, bracket, digits = ''] = pair
  if (!/\w$/.test(key) || isIgnoredName(key)) return undefined
  const counter = isCounterName(key)
  const telling = counter || isMetricName(key)
  const integer = /^[+-]?\d+$/.test(digits)
  if (separator === undefined && !telling) return undefined
  // `Error 404` is a status; an error rate has a fraction.
  if (integer && /error$/i.test(key)) return undefined
  // `localhost:8080`, `train.py:12`
  if (separator === ':' && integer && !telling) return undefined
  // `size=(3,4)` is a shape; `Epoch [3/10]` and `loss=tensor(0.1)` are numbers.
  if (bracket !== undefined && !counter && bracket.length === 1) return undefined
  let value = parseNumber(digits)
  let after = end
  if (integer) {
    thousands.lastIndex = end
    const groups = thousands.exec(text)
    if (groups !== null) {
      value = Number(digits + groups[0].replaceAll(',', ''))
      after = thousands.lastIndex
    }
  }
  const next = text[after] ?? ''
  const second = text[after + 1] ?? ''
  if (/\w/.test(next)) return undefined
  if (/[.:]/.test(next) && /\d/.test(second)) return undefined
  if (next === '-' && /\w/.test(second)) return undefined
  if (next === '%' && (!telling || counter || /^\s?\|/.test(text.slice(after + 1, after + 3)))) return undefined
  total.lastIndex = after
  const of = total.exec(text)
  if (of !== null) return counter ? { key, value, of: Number(of[1]) } : undefined
  return next === '/' ? undefined : { key, value, of: null }
}

function parseNumber(digits: string): number {
  if (/nan/i.test(digits)) return NaN
  if (/inf/i.test(digits)) return digits.startsWith('-') ? -Infinity : Infinity
  return Number(digits)
}

interface GrowingSeries {
  readonly key: string
  count: number
  finite: number
  stride: number
  points: MetricPoint[]
  of: number | null
  first: MetricPoint | null
  last: MetricPoint | null
  min: MetricPoint | null
  max: MetricPoint | null
  firstNonFinite: MetricPoint | null
}

const noPoints = { first: null, last: null, min: null, max: null, firstNonFinite: null }

function addPoint(series: GrowingSeries, point: MetricPoint, of: number | null): void {
  series.count++
  series.first ??= point
  series.last = point
  if (of !== null) series.of = of
  if (!Number.isFinite(point.value)) {
    series.firstNonFinite ??= point
    return
  }
  if (series.min === null || point.value < series.min.value) series.min = point
  if (series.max === null || point.value > series.max.value) series.max = point
  if (series.finite % series.stride === 0) series.points.push(point)
  series.finite++
  if (series.points.length >= maxPoints) {
    series.points = series.points.filter((_, index) => index % 2 === 0)
    series.stride *= 2
  }
}

function finishSeries(series: GrowingSeries): MetricSeries | undefined {
  const { key, count, first, last, min, max, firstNonFinite, of, points } = series
  if (first === null || last === null) return undefined
  const role = isCounterName(key) ? 'counter' : 'metric'
  const trend = Number.isFinite(last.value) ? trendOf(key, points) : 'non_finite'
  return { key, role, count, first, last, min, max, firstNonFinite, trend, of, points }
}

function trendOf(key: string, points: readonly MetricPoint[]): Trend {
  if (points.length < 2) return 'single'
  const quarter = Math.max(1, Math.floor(points.length / 4))
  const before = median(points.slice(0, quarter))
  const after = median(points.slice(-quarter))
  if (Math.abs(after - before) <= 0.02 * Math.max(Math.abs(after), Math.abs(before))) return 'flat'
  if (betterDirection(key) === 'lower' && after > 2 * Math.abs(before)) return 'diverged'
  return after < before ? 'falling' : 'rising'
}

function median(points: readonly MetricPoint[]): number {
  const values = points.map((point) => point.value).sort((a, b) => a - b)
  return values[Math.floor(values.length / 2)] ?? NaN
}
