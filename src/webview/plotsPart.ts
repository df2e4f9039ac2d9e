// The numbers of the job: one chart a metric, which of them to show, and the same as a table for who cannot see a chart.
import { groupSeries, type PlotGroup } from '../core/followUps/plotGroups'
import { formatNumber } from '../core/followUps/quantities'
import type { PageResult, SeriesPart } from '../core/jobs/jobPage'
import { fill, type JobPageWords } from '../core/jobs/jobPageWords'
import { Chart, swatch } from './chart'
import { el, section, setText, syncChildren } from './dom'

/** Without a choice of the person so many charts are shown. */
const shownAtFirst = 4

/** What is kept over an unloading of the page. */
export interface PlotChoices {
  /** By group: shown or not. What is not in it was not chosen. */
  readonly shown: Readonly<Record<string, boolean>>
  readonly logScale: boolean
}

type Series = Omit<SeriesPart, 'from'>

interface Figure {
  readonly element: HTMLElement
  readonly caption: HTMLElement
  readonly chart: Chart
}

export class PlotsPart {
  readonly element: HTMLElement
  private readonly series = new Map<string, Series>()
  private readonly figures = new Map<string, Figure>()
  private readonly none: HTMLElement
  private readonly notes = el('div', { class: 'quiet' })
  private readonly choices = el('div', { class: 'choices' })
  private readonly fieldset: HTMLFieldSetElement
  private readonly logScale: HTMLInputElement
  private readonly charts = el('div', { class: 'charts' })
  private readonly rows = el('tbody')
  readonly details: HTMLDetailsElement
  private readonly results = el('div', { class: 'results' })
  private hasResults = false

  constructor(
    private readonly words: JobPageWords,
    private choice: PlotChoices,
    private readonly onChoice: (choice: PlotChoices) => void,
  ) {
    const { plots } = words
    this.none = el('p', { class: 'quiet' }, plots.none)
    this.logScale = checkbox(choice.logScale, (logScale) => this.choose({ ...this.choice, logScale }))
    const logLabel = el('label', { class: 'log-scale' }, this.logScale, plots.logScale)
    this.fieldset = el('fieldset', {}, el('legend', {}, plots.choose), this.choices, logLabel)
    this.details = el('details', {}, el('summary', {}, plots.table), this.renderTable())
    this.element = section(
      'plots',
      plots.title,
      this.none,
      this.notes,
      this.results,
      this.fieldset,
      this.charts,
      this.details,
    )
    new ResizeObserver(() => {
      for (const { chart } of this.figures.values()) chart.resize()
    }).observe(this.charts)
  }

  addSeries(reset: boolean, parts: readonly SeriesPart[], notes: readonly string[]): void {
    if (reset) this.series.clear()
    for (const { from, ...part } of parts) {
      const known = from === 0 ? undefined : this.series.get(part.id)
      const xs = [...(known?.xs.slice(0, from) ?? []), ...part.xs]
      const ys = [...(known?.ys.slice(0, from) ?? []), ...part.ys]
      this.series.set(part.id, { ...part, xs, ys })
    }
    syncChildren(this.notes, notes, (note) => el('p', {}, note))
    this.draw()
  }

  showResults(results: readonly PageResult[]): void {
    this.hasResults = results.length > 0
    syncChildren(this.results, results, (result) => this.renderResult(result))
    this.draw()
  }

  /** The theme has changed. */
  redraw(): void {
    for (const { chart } of this.figures.values()) chart.destroy()
    this.draw()
  }

  private choose(choice: PlotChoices): void {
    this.choice = choice
    this.onChoice(choice)
    this.draw()
  }

  private draw(): void {
    const series = [...this.series.values()]
    const groups = groupSeries(series)
    const preferred = groups.filter(({ telling }) => telling)
    const first = new Set((preferred.length > 0 ? preferred : groups).slice(0, shownAtFirst).map(({ id }) => id))
    const isShown = ({ id }: PlotGroup) => this.choice.shown[id] ?? first.has(id)
    this.none.hidden = series.length > 0 || this.hasResults
    this.fieldset.hidden = groups.length === 0
    this.details.hidden = series.length === 0
    this.drawChoices(groups, isShown)
    this.drawCharts(groups.filter(isShown))
    syncChildren(this.rows, series.map(tableRow), (row) => this.renderRow(row))
  }

  private drawChoices(groups: readonly PlotGroup[], isShown: (group: PlotGroup) => boolean): void {
    const items = groups.map((group) => ({ id: group.id, name: groupTitle(group) }))
    syncChildren(this.choices, items, ({ id, name }) => {
      const box = checkbox(false, (checked) =>
        this.choose({ ...this.choice, shown: { ...this.choice.shown, [id]: checked } }),
      )
      return el('label', {}, box, name)
    })
    // Without a choice of the person, what is shown may change with what there is.
    this.choices.querySelectorAll('input').forEach((box, index) => {
      const group = groups[index]
      if (group !== undefined) box.checked = isShown(group)
    })
  }

  private drawCharts(groups: readonly PlotGroup[]): void {
    for (const [id, { element, chart }] of this.figures) {
      if (groups.some((group) => group.id === id)) continue
      chart.destroy()
      element.remove()
      this.figures.delete(id)
    }
    for (const [index, group] of groups.entries()) {
      const figure = this.figures.get(group.id) ?? this.addFigure(group.id)
      if (this.charts.children[index] !== figure.element)
        this.charts.insertBefore(figure.element, this.charts.children[index] ?? null)
      this.drawFigure(figure, group)
    }
  }

  private addFigure(id: string): Figure {
    const host = el('div', { class: 'chart' })
    const caption = el('figcaption')
    // What is under the pointer is in the table, too: only who points needs it here.
    const readOut = el('p', { class: 'read-out', 'aria-hidden': 'true' })
    const figure = {
      element: el('figure', {}, caption, host, readOut),
      caption,
      chart: new Chart(host, (text) => setText(readOut, text)),
    }
    this.figures.set(id, figure)
    return figure
  }

  private drawFigure({ caption, chart }: Figure, group: PlotGroup): void {
    const { plots } = this.words
    const series = group.series.flatMap((id) => this.series.get(id) ?? [])
    const xName = series[0]?.xName ?? plots.index
    const name = groupTitle(group)
    const logScale = this.choice.logScale
    const lines = series.map((one, index) => ({ key: one.key, text: this.describe(one), index }))
    const hidesSome = logScale && series.some(({ min }) => min !== null && min.y <= 0)
    caption.replaceChildren(
      el('h3', {}, name),
      ...lines.map(({ key, text, index }) =>
        el('p', {}, ...(series.length === 1 ? [] : [swatch(index), el('strong', {}, `${key}: `)]), text),
      ),
      ...(hidesSome ? [el('p', {}, plots.notPositive)] : []),
    )
    chart.draw(
      {
        xName,
        logScale,
        series: series.map(({ id, key, xs, ys, ...one }) => ({ id, key, xs, ys, best: best(one) })),
      },
      name,
    )
  }

  private describe(series: Series): string {
    const { plots } = this.words
    const at = (x: number) => `${series.xName ?? plots.index} ${formatNumber(x)}`
    const { last, nonFinite, better, min, max } = series
    const top = best(series)
    const sentences = [
      top !== null
        ? `${fill(plots.best, formatNumber(top.y), at(top.x))} (${better === 'lower' ? plots.lower : plots.higher})`
        : min === null || max === null
          ? null
          : min.y === max.y
            ? fill(plots.constant, formatNumber(min.y))
            : fill(plots.range, formatNumber(min.y), formatNumber(max.y)),
      last === null || (min !== null && min.y === max?.y) ? null : fill(plots.last, last.text, at(last.x)),
      nonFinite === null ? null : fill(plots.nonFinite, nonFinite.count, at(nonFinite.firstX)),
    ]
    return `${sentences.filter((sentence) => sentence !== null).join(', ')}.`
  }

  private renderTable(): HTMLElement {
    const { plots } = this.words
    const columns = [plots.metric, plots.source, plots.first, plots.bestColumn, plots.lastColumn, plots.values]
    const head = el('thead', {}, el('tr', {}, ...columns.map((name) => el('th', { scope: 'col' }, name))))
    return el('div', { class: 'scroll' }, el('table', {}, head, this.rows))
  }

  private renderRow({ key, source, xName, first, top, low, high, last, count }: ReturnType<typeof tableRow>): Element {
    const { plots } = this.words
    const at = (point: { readonly x: number } | null, text: string) =>
      point === null ? '–' : `${text} (${xName ?? plots.index} ${formatNumber(point.x)})`
    const bestText =
      top !== null
        ? at(top, formatNumber(top.y))
        : low === null || high === null
          ? '–'
          : low === high
            ? formatNumber(low)
            : fill(plots.range, formatNumber(low), formatNumber(high))
    const cells = [
      source ?? plots.log,
      at(first, first?.text ?? ''),
      bestText,
      at(last, last?.text ?? ''),
      String(count),
    ]
    return el('tr', {}, el('th', { scope: 'row' }, key), ...cells.map((cell) => el('td', {}, cell)))
  }

  private renderResult({ path, rows, problems }: PageResult): Element {
    const { plots } = this.words
    const columns = [plots.metric, plots.value]
    return el(
      'div',
      { class: 'scroll' },
      el(
        'table',
        {},
        el('caption', {}, el('code', {}, path)),
        el('thead', {}, el('tr', {}, ...columns.map((name) => el('th', { scope: 'col' }, name)))),
        el(
          'tbody',
          {},
          ...rows.map(({ name, value, note }) =>
            el(
              'tr',
              {},
              el('th', { scope: 'row' }, name, note === null ? null : el('span', { class: 'quiet' }, ` (${note})`)),
              el('td', {}, value ?? plots.missing),
            ),
          ),
        ),
      ),
      ...problems.map((problem) => el('p', { class: 'bad' }, problem)),
    )
  }
}

/** Two files may tell of the same metric. */
function groupTitle({ name, source }: PlotGroup): string {
  return source === null ? name : `${name} (${source})`
}

/** The best value where the name or a result file says which way is better. */
function best({ better, min, max }: Pick<Series, 'better' | 'min' | 'max'>): { x: number; y: number } | null {
  return better === 'lower' ? min : better === 'higher' ? max : null
}

function tableRow(series: Series) {
  const { key, source, xName, first, last, count, min, max } = series
  return { key, source, xName, first, last, count, top: best(series), low: min?.y ?? null, high: max?.y ?? null }
}

function checkbox(checked: boolean, onChange: (checked: boolean) => void): HTMLInputElement {
  const box = el('input', { type: 'checkbox' })
  box.checked = checked
  box.addEventListener('change', () => onChange(box.checked))
  return box
}
