// Some runs side by side: what was recorded of each, and one plot a metric with a line for each of them.
import type { ComparedLine, ComparedSeries, PageRun } from '../../core/experiments/experimentsPage'
import type { ExperimentsWords } from '../../core/experiments/experimentsWords'
import { type CellValue, cellText, type RunColumn } from '../../core/experiments/runColumns'
import { formatNumber } from '../../core/followUps/quantities'
import { fill } from '../../core/jobs/jobPageWords'
import { Chart, swatch } from '../chart'
import { el, section, setText, syncChildren } from '../dom'

/** Without a choice of the person so many plots are shown. */
const shownAtFirst = 4

export interface CompareActs {
  readonly cell: (run: PageRun, column: string) => CellValue
  readonly formatTime: (atMs: number) => string
  readonly wantPoints: (id: string) => void
  readonly leaveOut: (key: string) => void
  readonly close: () => void
}

interface Figure {
  readonly element: HTMLElement
  readonly caption: HTMLElement
  readonly chart: Chart
}

export class ComparePart {
  readonly element: HTMLElement
  private runs: readonly PageRun[] = []
  private columns: readonly RunColumn[] = []
  private series: readonly ComparedSeries[] | null = null
  private readonly points = new Map<string, readonly ComparedLine[]>()
  private readonly asked = new Set<string>()
  private readonly shown = new Map<string, boolean>()
  private readonly figures = new Map<string, Figure>()
  private readonly head = el('tr')
  private readonly rows = el('tbody')
  private readonly same: HTMLElement
  private readonly differing = el('input', { type: 'checkbox' })
  private readonly logScale = el('input', { type: 'checkbox' })
  private readonly note: HTMLElement
  private readonly choices = el('div', { class: 'choices' })
  private readonly fieldset: HTMLFieldSetElement
  private readonly charts = el('div', { class: 'charts' })
  private readonly drawing: (() => void)[] = []
  private frame = 0
  private readonly heading: HTMLElement

  constructor(
    private readonly words: ExperimentsWords,
    private readonly acts: CompareActs,
  ) {
    const { compare, page } = words
    this.heading = el('h2', { tabindex: '-1' }, compare.title)
    const back = el('button', { type: 'button', class: 'primary' }, `← ${page.closeCompare}`)
    back.addEventListener('click', () => acts.close())
    this.differing.checked = true
    this.differing.addEventListener('change', () => this.drawFacts())
    this.logScale.addEventListener('change', () => this.drawCharts())
    this.same = el('p', { class: 'quiet' }, compare.all)
    this.note = el('p', { class: 'quiet', role: 'status' })
    this.fieldset = el(
      'fieldset',
      {},
      el('legend', {}, compare.choose),
      this.choices,
      el('label', { class: 'log-scale' }, this.logScale, compare.logScale),
    )
    const facts = section(
      'facts',
      compare.facts,
      el('label', {}, this.differing, compare.differing),
      el('div', { class: 'scroll' }, el('table', {}, el('thead', {}, this.head), this.rows)),
      this.same,
    )
    const plots = section('plots', compare.plots, this.note, this.fieldset, this.charts)
    this.element = el('div', { class: 'compare' }, el('header', {}, back, this.heading), facts, plots)
    this.element.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') acts.close()
    })
    new ResizeObserver(() => {
      for (const { chart } of this.figures.values()) chart.resize()
    }).observe(this.charts)
  }

  /** Shows these runs; of others than before, nothing is known yet. */
  show(runs: readonly PageRun[], columns: readonly RunColumn[]): void {
    const isSame = runs.map(({ key }) => key).join('\n') === this.runs.map(({ key }) => key).join('\n')
    this.runs = runs
    this.columns = columns
    if (!isSame) {
      this.series = null
      this.points.clear()
      this.asked.clear()
      this.forgetFigures()
    }
    this.drawFacts()
    this.drawPlots()
  }

  focus(): void {
    this.heading.focus()
  }

  get keys(): readonly string[] {
    return this.runs.map(({ key }) => key)
  }

  setSeries(keys: readonly string[], series: readonly ComparedSeries[]): void {
    if (keys.join('\n') !== this.keys.join('\n')) return // They are of runs that were compared before.
    this.series = series
    // They may have grown since their points came.
    this.asked.clear()
    this.drawPlots()
  }

  setPoints(id: string, lines: readonly ComparedLine[]): void {
    this.points.set(id, lines)
    this.drawCharts()
  }

  redraw(): void {
    this.forgetFigures()
    this.drawFacts()
    this.drawPlots()
  }

  private forgetFigures(): void {
    this.drawing.splice(0)
    for (const { chart, element } of this.figures.values()) {
      chart.destroy()
      element.remove()
    }
    this.figures.clear()
  }

  private drawFacts(): void {
    const corner = el('th', { scope: 'col' })
    this.head.replaceChildren(corner, ...this.runs.map((run, index) => this.renderHead(run, index)))
    // Where all runs have one primary metric, the column of its value is called by it.
    const primary = this.columns.find(({ id }) => id === 'value')?.label
    const rows = this.columns
      .filter(({ id, label, group }) => id !== 'run' && !(group === 'metric' && label === primary))
      .map((column) => ({ column, values: this.runs.map((run) => this.acts.cell(run, column.id)) }))
      .filter(({ values }) => values.some((value) => value !== null))
      .filter(({ values }) => !this.differing.checked || values.some((value) => value !== values[0]))
    this.same.hidden = rows.length > 0
    this.rows.replaceChildren(
      ...rows.map(({ column, values }) =>
        el(
          'tr',
          {},
          el('th', { scope: 'row', 'data-group': column.group }, column.label),
          ...values.map((value) => el('td', { 'data-kind': column.kind }, this.textOf(value, column))),
        ),
      ),
    )
  }

  private textOf(value: CellValue, { kind }: RunColumn): string {
    if (value === null) return '–'
    return kind === 'time' && typeof value === 'number' ? this.acts.formatTime(value) : cellText(value, kind)
  }

  private renderHead({ key, runId, sign, isBest }: PageRun, index: number): HTMLElement {
    const { compare, page } = this.words
    const out = el('button', { type: 'button', class: 'quiet-button', 'aria-label': fill(compare.remove, runId) }, '✕')
    out.addEventListener('click', () => this.acts.leaveOut(key))
    const star = isBest ? el('span', { class: 'best', role: 'img', 'aria-label': page.isBest }, '★') : null
    return el(
      'th',
      { scope: 'col' },
      el(
        'span',
        { class: 'run' },
        swatch(index),
        star,
        el('span', { 'aria-hidden': 'true' }, sign),
        el('span', {}, runId),
        out,
      ),
    )
  }

  private drawPlots(): void {
    const { compare } = this.words
    setText(this.note, this.series === null ? compare.reading : this.series.length === 0 ? compare.none : '')
    const series = this.series ?? []
    this.fieldset.hidden = series.length === 0
    syncChildren(
      this.choices,
      series.map(({ id, name }) => ({ id, name })),
      ({ id, name }) => {
        const box = el('input', { type: 'checkbox' })
        box.addEventListener('change', () => {
          this.shown.set(id, box.checked)
          this.drawCharts()
        })
        return el('label', {}, box, name)
      },
    )
    this.choices.querySelectorAll('input').forEach((box, index) => {
      box.checked = this.isShown(series[index], index)
    })
    this.drawCharts()
  }

  private isShown(series: ComparedSeries | undefined, index: number): boolean {
    return series !== undefined && (this.shown.get(series.id) ?? index < shownAtFirst)
  }

  private drawCharts(): void {
    const wanted = (this.series ?? []).filter((series, index) => this.isShown(series, index))
    for (const [id, { chart, element }] of this.figures) {
      if (wanted.some((series) => series.id === id)) continue
      chart.destroy()
      element.remove()
      this.figures.delete(id)
    }
    this.drawing.splice(0)
    wanted.forEach((series, index) => {
      const figure = this.figures.get(series.id) ?? this.addFigure(series.id)
      if (this.charts.children[index] !== figure.element)
        this.charts.insertBefore(figure.element, this.charts.children[index] ?? null)
      if (!this.asked.has(series.id)) {
        this.asked.add(series.id)
        this.acts.wantPoints(series.id)
      }
      // One a frame: several large ones at once would be felt.
      this.drawing.push(() => this.drawFigure(figure, series))
    })
    this.drawNext()
  }

  private drawNext(): void {
    if (this.frame !== 0 || this.drawing.length === 0) return
    this.frame = requestAnimationFrame(() => {
      this.frame = 0
      this.drawing.shift()?.()
      this.drawNext()
    })
  }

  private addFigure(id: string): Figure {
    const host = el('div', { class: 'chart' })
    const caption = el('figcaption')
    // What is under the pointer is in the caption and the table, too: only who points needs it here.
    const readOut = el('p', { class: 'read-out', 'aria-hidden': 'true' })
    const chart = new Chart(host, (text) => setText(readOut, text))
    const figure = { element: el('figure', {}, caption, host, readOut), caption, chart }
    this.figures.set(id, figure)
    return figure
  }

  private drawFigure({ caption, chart }: Figure, series: ComparedSeries): void {
    const { compare } = this.words
    const lines = this.points.get(series.id) ?? []
    const xNames = [...new Set(lines.map(({ xName }) => xName ?? compare.index))]
    const xName = xNames.length === 0 ? compare.index : xNames.join(' / ')
    const better = series.better === null ? null : series.better === 'lower' ? compare.lower : compare.higher
    caption.replaceChildren(
      el('h3', {}, series.name, better === null ? null : el('span', { class: 'quiet' }, ` (${better})`)),
      el(
        'ul',
        { role: 'list' },
        ...this.runs.map((run, index) =>
          el('li', {}, swatch(index), el('strong', {}, run.runId), ' ', this.describe(series, run.key, xName)),
        ),
      ),
    )
    // A run without such numbers keeps its place, so that every run has one colour in all plots.
    chart.draw(
      {
        xName,
        logScale: this.logScale.checked,
        series: this.runs.map(({ key, runId }) => {
          const line = lines.find((one) => one.key === key)
          return { id: key, key: runId, xs: line?.xs ?? [], ys: line?.ys ?? [], best: line?.best ?? null }
        }),
      },
      series.name,
    )
  }

  private describe({ runs }: ComparedSeries, key: string, xName: string): string {
    const { compare } = this.words
    const own = runs.find((one) => one.key === key)
    if (own === undefined) return compare.missing
    const parts = [
      own.best === null ? null : fill(compare.best, formatNumber(own.best.y), `${xName} ${formatNumber(own.best.x)}`),
      own.last === null ? null : fill(compare.last, own.last),
      own.nonFinite === 0 ? null : fill(compare.nonFinite, own.nonFinite),
      fill(compare.points, own.count),
    ]
    return parts.filter((part) => part !== null).join(', ')
  }
}
