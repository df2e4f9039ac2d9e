// One chart: the series of one metric over one axis, drawn by uPlot in the colours of the theme. What it shows is also said
// in text beside it; the drawing itself is an image to a screen reader.
import './charts.css'
import uPlot from 'uplot'
import { formatNumber } from '../core/followUps/quantities'

export interface ChartSeries {
  readonly id: string
  readonly key: string
  readonly xs: readonly number[]
  readonly ys: readonly number[]
  /** Marked on the line. */
  readonly best: { readonly x: number; readonly y: number } | null
}

export interface ChartInput {
  readonly xName: string
  readonly logScale: boolean
  readonly series: readonly ChartSeries[]
}

const height = 200
// uPlot declares it as a const enum, which cannot be used where files are compiled one by one.
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
const logarithmic = 3 as uPlot.Scale.Distr
/** No series is told by colour alone. */
const dashes = [[], [7, 4], [2, 3], [10, 3, 2, 3]] as const
const colorVariables = ['blue', 'orange', 'green', 'red', 'purple', 'yellow']

function seriesDash(index: number): readonly number[] {
  return dashes[index % dashes.length] ?? []
}

/** The colour of the `index`th series in this theme. */
function seriesColor(index: number): string {
  return opaque(
    variable(`--vscode-charts-${colorVariables[index % colorVariables.length] ?? 'blue'}`, variable('--text', 'gray')),
  )
}

/** Themes have orange with a third of its strength, in which a thin line is hardly seen. */
function opaque(color: string): string {
  return color
    .replace(/^(#[0-9a-f]{6})[0-9a-f]{2}$/i, '$1')
    .replace(/^rgba\(([^,)]+,[^,)]+,[^,)]+),[^)]*\)$/, 'rgb($1)')
}

export class Chart {
  private plot: uPlot | null = null
  private built = ''
  private input: ChartInput | null = null

  /** `readOut` is called with what is under the pointer, or an empty text. */
  constructor(
    private readonly host: HTMLElement,
    private readonly readOut: (text: string) => void,
  ) {}

  /** Draws; `label` is what a screen reader says of the image. */
  draw(input: ChartInput, label: string): void {
    this.input = input
    const width = this.host.clientWidth
    if (width === 0) return
    const key = JSON.stringify([input.xName, input.logScale, input.series.map(({ id }) => id)])
    if (this.plot === null || this.built !== key) {
      this.plot?.destroy()
      this.built = key
      this.plot = new uPlot(this.options(input, width), align(input), this.host)
    } else {
      if (this.plot.width !== width) this.plot.setSize({ width, height })
      this.plot.setData(align(input))
    }
    this.plot.root.setAttribute('role', 'img')
    this.plot.root.setAttribute('aria-label', label)
  }

  /** Its place has another width. */
  resize(): void {
    const width = this.host.clientWidth
    if (this.plot !== null && width > 0 && this.plot.width !== width) this.plot.setSize({ width, height })
  }

  destroy(): void {
    this.plot?.destroy()
    this.plot = null
  }

  private options({ xName, logScale, series }: ChartInput, width: number): uPlot.Options {
    const text = variable('--text', 'gray')
    const grid = { stroke: variable('--grid', 'gray'), width: 1 }
    const font = `${variable('--small-size', '11px')} ${variable('--vscode-font-family', 'sans-serif')}`
    const axis: uPlot.Axis = { stroke: text, grid, ticks: { ...grid, size: 4 }, font, labelFont: font }
    return {
      width,
      height,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: { x: { time: false }, y: logScale ? { distr: logarithmic } : {} },
      axes: [
        { ...axis, label: xName, labelSize: 16, size: 28, incrs: wholeSteps, values: (_, values) => values.map(tick) },
        { ...axis, values: (_, values) => values.map(tick), size: (_, values) => axisWidth(values) },
      ],
      series: [
        {},
        ...series.map(({ key }, index) => ({
          label: key,
          stroke: seriesColor(index),
          width: 1.5,
          dash: [...seriesDash(index)],
          points: { fill: seriesColor(index), size: 4 },
          spanGaps: true,
        })),
      ],
      hooks: {
        draw: [(plot) => this.markBest(plot)],
        setCursor: [(plot) => this.readOut(this.describeCursor(plot))],
      },
    }
  }

  /** A ring around the best point of every series. */
  private markBest(plot: uPlot): void {
    const { ctx } = plot
    this.input?.series.forEach(({ best }, index) => {
      if (best === null || (this.input?.logScale === true && best.y <= 0)) return
      const [x, y] = [plot.valToPos(best.x, 'x', true), plot.valToPos(best.y, 'y', true)]
      ctx.save()
      ctx.setLineDash([])
      ctx.beginPath()
      ctx.arc(x, y, 6 * devicePixelRatio, 0, 2 * Math.PI)
      ctx.lineWidth = 2 * devicePixelRatio
      ctx.strokeStyle = seriesColor(index)
      ctx.stroke()
      ctx.restore()
    })
  }

  private describeCursor(plot: uPlot): string {
    const index = plot.cursor.idx
    const x = index === null || index === undefined ? undefined : plot.data[0][index]
    if (index === null || index === undefined || x === undefined) return ''
    const values = (this.input?.series ?? []).flatMap(({ key }, at) => {
      const y = plot.data[at + 1]?.[index]
      return y === null || y === undefined ? [] : [`${key} ${formatNumber(y)}`]
    })
    return values.length === 0 ? '' : `${this.input?.xName ?? ''} ${formatNumber(x)}: ${values.join(', ')}`
  }
}

/** One column of x for all series. A logarithmic axis has no place for 0 and below. */
function align({ series, logScale }: ChartInput): uPlot.AlignedData {
  const tables = series.map(({ xs, ys }): uPlot.AlignedData => {
    const shown = logScale ? ys.map((y) => (y > 0 ? y : null)) : [...ys]
    return [[...xs], shown]
  })
  const [first] = tables
  return first === undefined ? [[]] : tables.length === 1 ? first : uPlot.join(tables)
}

/** Steps and epochs are whole. */
const wholeSteps = [1, 2, 5].flatMap((digit) => Array.from({ length: 12 }, (_, power) => digit * 10 ** power))
wholeSteps.sort((a, b) => a - b)

function tick(value: number | null): string {
  if (value === null) return ''
  const size = Math.abs(value)
  if (size >= 1e9) return value.toExponential(1).replace(/\.0(?=e)/, '')
  for (const [unit, of] of [
    ['M', 1e6],
    ['k', 1e3],
  ] as const)
    if (size >= of * 10) return `${formatNumber(value / of)}${unit}`
  return size !== 0 && size < 1e-3 ? value.toExponential(1).replace(/\.0(?=e)/, '') : formatNumber(value)
}

function axisWidth(values: readonly string[] | null): number {
  return 16 + 7 * Math.max(2, ...(values ?? []).map((value) => value.length))
}

function variable(name: string, otherwise: string): string {
  const value = getComputedStyle(document.body).getPropertyValue(name).trim()
  return value === '' ? otherwise : value
}

/** A piece of the line of a series: its colour and its dashes. */
export function swatch(index: number): Node {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'line')
  const attributes = { x1: '0', y1: '5', x2: '28', y2: '5', 'stroke-width': '2', stroke: seriesColor(index) }
  for (const [name, value] of Object.entries(attributes)) line.setAttribute(name, value)
  line.setAttribute('stroke-dasharray', seriesDash(index).join(' '))
  svg.setAttribute('class', 'swatch')
  svg.setAttribute('viewBox', '0 0 28 10')
  svg.setAttribute('aria-hidden', 'true')
  svg.append(line)
  return svg
}
