// The series of several runs, by metric: what a comparison plots, and what the best and the last value of each run are.
import { formatNumber } from '../followUps/quantities'
import type { PlotPoint, PlotSeries } from '../followUps/seriesCollector'
import type { ComparedLine, ComparedSeries, RunCurves } from './experimentsPage'
import type { PrimaryResult } from './registryRecord'
import { thinLine } from './thinLine'

/** As many as a plot has pixels, about. */
export const maxLinePoints = 1_000

export interface RunSeries {
  readonly key: string
  readonly primary: Pick<PrimaryResult, 'name' | 'higherIsBetter'> | null
  readonly series: readonly PlotSeries[]
}

/** One a metric: the primary metrics first, then those that most of the runs have, then in their own order. */
export function compareSeries(runs: readonly RunSeries[]): readonly ComparedSeries[] {
  const metrics = new Map<string, { name: string; order: number; runs: { run: RunSeries; series: PlotSeries }[] }>()
  for (const run of runs)
    for (const series of run.series) {
      const id = series.key.toLowerCase()
      const known = metrics.get(id) ?? { name: series.key, order: metrics.size, runs: [] }
      known.runs.push({ run, series })
      metrics.set(id, known)
    }
  const primaries = new Set(runs.flatMap(({ primary }) => primary?.name.toLowerCase() ?? []))
  const rank = (id: string) => (primaries.has(id) ? 0 : 1)
  return [...metrics]
    .sort(
      ([a, left], [b, right]) => rank(a) - rank(b) || right.runs.length - left.runs.length || left.order - right.order,
    )
    .map(([id, { name, runs: own }]) => ({
      id,
      name,
      better: own.map(({ run, series }) => betterOf(series, run.primary)).find((better) => better !== null) ?? null,
      runs: own.map(({ run, series }) => ({
        key: run.key,
        count: series.count,
        best: bestOf(series, run.primary),
        last: series.last === null ? null : formatNumber(series.last.y),
        nonFinite: series.nonFinite?.count ?? 0,
      })),
    }))
}

/** The lines of one metric, thinned out. */
export function compareLines(runs: readonly RunSeries[], id: string): readonly ComparedLine[] {
  return runs.flatMap((run) => {
    const series = run.series.find(({ key }) => key.toLowerCase() === id)
    if (series === undefined) return []
    const { xs, ys } = thinLine(series, maxLinePoints)
    return { key: run.key, xName: series.xName, xs, ys, best: bestOf(series, run.primary) }
  })
}

export function curvesOf({ key, primary, series }: RunSeries): RunCurves {
  const metrics = series.map((one) => {
    const last = one.last === null || !Number.isFinite(one.last.y) ? null : one.last.y
    return [one.key.toLowerCase(), { best: bestOf(one, primary)?.y ?? null, last }] as const
  })
  return { key, metrics: Object.fromEntries(metrics) }
}

/** The run itself says of its primary metric which way is better; of others their names do, if they do. */
function betterOf({ key, better }: PlotSeries, primary: RunSeries['primary']): 'lower' | 'higher' | null {
  if (primary?.name.toLowerCase() === key.toLowerCase()) return primary.higherIsBetter ? 'higher' : 'lower'
  return better
}

function bestOf(series: PlotSeries, primary: RunSeries['primary']): PlotPoint | null {
  const better = betterOf(series, primary)
  return better === 'lower' ? series.min : better === 'higher' ? series.max : null
}
