// Which series belong on one chart: the phases of one metric (`train_loss`, `val_loss`) over the same axis.
import { isMetricName, nameParts } from './metricNames'

const phases = new Set('train training val valid validation test eval dev best avg average mean final'.split(' '))

export interface Plottable {
  readonly id: string
  readonly key: string
  /** Null: the log. */
  readonly source: string | null
  readonly xName: string | null
  readonly count: number
}

export interface PlotGroup {
  /** The same as long as the metric is there. */
  readonly id: string
  readonly name: string
  readonly source: string | null
  readonly series: readonly string[]
  /** Its name says that it is a metric. */
  readonly telling: boolean
}

/** Groups in the order of their first series. A series of one value is no line and is in none. */
export function groupSeries(series: readonly Plottable[]): PlotGroup[] {
  const groups = new Map<string, { name: string; source: string | null; telling: boolean; series: string[] }>()
  for (const { id, key, source, xName, count } of series) {
    if (count < 2) continue
    const metric = nameParts(key)
      .filter((part) => !phases.has(part))
      .join('_')
    const name = metric === '' ? key : metric
    const groupId = JSON.stringify([source, xName, name])
    const group = groups.get(groupId)
    if (group === undefined) groups.set(groupId, { name, source, telling: isMetricName(key), series: [id] })
    else group.series.push(id)
  }
  return [...groups].map(([id, group]) => {
    const [only] = group.series
    const alone = group.series.length === 1 ? series.find((one) => one.id === only)?.key : undefined
    return { id, ...group, name: alone ?? group.name }
  })
}
