// The table of runs: only the rows that are in sight are in the document. One row can be reached by Tab, the others by arrow keys.
import type { PageRun, TableChoices } from '../../core/experiments/experimentsPage'
import type { ExperimentsWords } from '../../core/experiments/experimentsWords'
import { type CellValue, cellText, type RunColumn } from '../../core/experiments/runColumns'
import { fill } from '../../core/jobs/jobPageWords'
import { el } from '../dom'
import type { ShownTable } from './runView'

/** As experiments.css has it. */
const rowHeight = 26
const headHeight = 30
const chooseWidth = 30
/** Rows above and below what is in sight. */
const spareRows = 8

export interface GridActs {
  readonly cell: (run: PageRun, column: string) => CellValue
  /** Whether the best and last values of a run were read. */
  readonly isRead: (run: PageRun) => boolean
  readonly formatTime: (atMs: number) => string
  readonly sort: (sort: TableChoices['sort']) => void
  readonly choose: (key: string, chosen: boolean) => void
  readonly activate: (key: string) => void
  readonly open: (key: string) => void
  /** These rows are in sight. */
  readonly seen: (runs: readonly PageRun[]) => void
}

export class GridPart {
  readonly element: HTMLElement
  private readonly table: HTMLTableElement
  private readonly columnWidths = el('colgroup')
  private readonly head = el('tr', { 'aria-rowindex': '1' })
  private readonly body = el('tbody')
  private readonly above = spacer()
  private readonly below = spacer()
  private shown: ShownTable = { rows: [], columns: [], pinned: 0, unknown: [], hasTooMany: false }
  private sort: TableChoices['sort'] = null
  private chosen: ReadonlySet<string> = new Set()
  private active: string | null = null
  private activeHead = 'run'
  private readonly drawn = new Map<string, { readonly run: PageRun; readonly row: HTMLTableRowElement }>()
  private headText = ''
  private frame = 0

  constructor(
    private readonly words: ExperimentsWords,
    private readonly acts: GridActs,
  ) {
    this.table = el(
      'table',
      { role: 'grid', 'aria-label': words.page.table },
      this.columnWidths,
      el('thead', {}, this.head),
      this.body,
    )
    this.body.append(this.above, this.below)
    this.element = el('div', { class: 'grid', tabindex: '-1' }, this.table)
    this.element.addEventListener('scroll', () => this.drawSoon(), { passive: true })
    this.element.addEventListener('keydown', (event) => this.key(event))
    new ResizeObserver(() => this.drawSoon()).observe(this.element)
  }

  show(shown: ShownTable, sort: TableChoices['sort'], chosen: ReadonlySet<string>): void {
    const hadColumns = this.shown.columns
    this.shown = shown
    this.sort = sort
    this.chosen = chosen
    if (this.active === null || !shown.rows.some(({ key }) => key === this.active))
      this.active = shown.rows[0]?.key ?? null
    this.table.setAttribute('aria-rowcount', String(shown.rows.length + 1))
    this.table.setAttribute('aria-colcount', String(shown.columns.length + 1))
    if (hadColumns.map(({ id }) => id).join('\n') !== shown.columns.map(({ id }) => id).join('\n')) this.forgetRows()
    this.drawHead()
    this.draw()
  }

  get activeKey(): string | null {
    return this.active
  }

  /** What is shown in the cells of this run is other than before. */
  redrawRuns(keys: Iterable<string>): void {
    for (const key of keys) {
      const known = this.drawn.get(key)
      if (known === undefined) continue
      this.drawn.delete(key)
      const hadFocus = known.row.contains(document.activeElement)
      const row = this.renderRow(known.run, Number(known.row.getAttribute('aria-rowindex')))
      known.row.replaceWith(row)
      this.drawn.set(key, { run: known.run, row })
      if (hadFocus) row.focus({ preventScroll: true })
    }
  }

  focusActive(): void {
    if (this.active === null) return
    this.bringIntoView(this.active)
    this.draw()
    this.drawn.get(this.active)?.row.focus({ preventScroll: true })
  }

  private drawSoon(): void {
    if (this.frame === 0)
      this.frame = requestAnimationFrame(() => {
        this.frame = 0
        this.draw()
      })
  }

  private forgetRows(): void {
    for (const { row } of this.drawn.values()) row.remove()
    this.drawn.clear()
  }

  private drawHead(): void {
    const { columns, pinned } = this.shown
    const text = JSON.stringify([columns, pinned, this.sort])
    if (text === this.headText) return
    const hadFocus = this.head.contains(document.activeElement)
    this.headText = text
    const widths = columns.map(widthOf)
    this.columnWidths.replaceChildren(
      ...[chooseWidth, ...widths].map((width) => {
        const column = el('col')
        column.style.width = `${width}px`
        return column
      }),
    )
    this.table.style.width = `${[chooseWidth, ...widths].reduce((sum, width) => sum + width, 0)}px`
    const corner = el('th', { scope: 'col', class: 'pinned', 'aria-colindex': '1' })
    corner.style.insetInlineStart = '0px'
    this.head.replaceChildren(corner, ...columns.map((column, index) => this.renderHead(column, index)))
    this.placeHeadFocus()
    if (hadFocus) this.head.querySelector<HTMLElement>('button[tabindex="0"]')?.focus()
  }

  private renderHead({ id, label, kind, group }: RunColumn, index: number): HTMLElement {
    const { sort } = this
    const direction = sort?.column === id ? (sort.descending ? 'descending' : 'ascending') : 'none'
    const sign = direction === 'none' ? '' : direction === 'descending' ? '▼' : '▲'
    const button = el(
      'button',
      { type: 'button', 'data-column': id, title: fill(this.words.page.sortBy, label) },
      el('span', { class: 'label' }, label),
      el('span', { class: 'sort', 'aria-hidden': 'true' }, sign),
    )
    button.addEventListener('click', () => {
      this.activeHead = id
      this.acts.sort(nextSort(sort, id, kind))
    })
    const cell = el(
      'th',
      {
        scope: 'col',
        'aria-sort': direction,
        'aria-colindex': String(index + 2),
        'data-kind': kind,
        'data-group': group,
      },
      button,
    )
    this.pin(cell, index)
    return cell
  }

  private placeHeadFocus(): void {
    const buttons = [...this.head.querySelectorAll('button')]
    const active = buttons.find((button) => button.dataset['column'] === this.activeHead) ?? buttons[0]
    for (const button of buttons) button.tabIndex = button === active ? 0 : -1
  }

  /** Pinned columns stay, one beside the other. */
  private pin(cell: HTMLElement, index: number): void {
    const { columns, pinned } = this.shown
    if (index >= pinned) return
    const before = columns.slice(0, index).reduce((sum, column) => sum + widthOf(column), chooseWidth)
    cell.classList.add('pinned')
    if (index === pinned - 1) cell.classList.add('last-pinned')
    cell.style.insetInlineStart = `${before}px`
  }

  private draw(): void {
    const { rows } = this.shown
    const { scrollTop, clientHeight } = this.element
    const from = Math.max(0, Math.floor(scrollTop / rowHeight) - spareRows)
    const to = Math.min(rows.length, Math.ceil((scrollTop + clientHeight) / rowHeight) + spareRows)
    const wanted = rows.slice(from, to)
    const keys = new Set(wanted.map(({ key }) => key))
    let lostFocus = false
    for (const [key, { row }] of this.drawn) {
      if (keys.has(key)) continue
      lostFocus ||= row.contains(document.activeElement)
      row.remove()
      this.drawn.delete(key)
    }
    let before: Element = this.above
    wanted.forEach((run, index) => {
      const number = from + index + 2
      let known = this.drawn.get(run.key)
      if (known?.run !== run) {
        const hadFocus = known?.row.contains(document.activeElement) === true
        known?.row.remove()
        known = { run, row: this.renderRow(run, number) }
        this.drawn.set(run.key, known)
        before.after(known.row)
        if (hadFocus) known.row.focus({ preventScroll: true })
      } else if (known.row.previousElementSibling !== before) before.after(known.row)
      this.mark(run.key, known.row, number)
      before = known.row
    })
    setHeight(this.above, from * rowHeight)
    setHeight(this.below, (rows.length - to) * rowHeight)
    // Keys go on working though the row that had the focus is out of sight.
    if (lostFocus) this.element.focus({ preventScroll: true })
    this.acts.seen(wanted)
  }

  private mark(key: string, row: HTMLTableRowElement, number: number): void {
    const isChosen = this.chosen.has(key)
    row.setAttribute('aria-rowindex', String(number))
    row.setAttribute('aria-selected', String(isChosen))
    this.markActive(key, row)
    const box = row.querySelector('input')
    if (box !== null) box.checked = isChosen
  }

  private markActive(key: string, row: HTMLTableRowElement): void {
    row.classList.toggle('active', key === this.active)
    row.tabIndex = key === this.active ? 0 : -1
  }

  private renderRow(run: PageRun, number: number): HTMLTableRowElement {
    const box = el('input', { type: 'checkbox', tabindex: '-1', 'aria-label': fill(this.words.page.choose, run.runId) })
    box.addEventListener('change', () => this.acts.choose(run.key, box.checked))
    const corner = el('td', { class: 'pinned choose', 'aria-colindex': '1' }, box)
    corner.style.insetInlineStart = '0px'
    const row = el(
      'tr',
      { 'data-state': run.state },
      corner,
      ...this.shown.columns.map((column, index) => this.renderCell(run, column, index)),
    )
    row.addEventListener('click', (event) => {
      this.activate(run.key)
      if (event.target !== box) row.focus({ preventScroll: true })
    })
    row.addEventListener('dblclick', (event) => {
      if (event.target !== box) this.acts.open(run.key)
    })
    this.mark(run.key, row, number)
    return row
  }

  private renderCell(run: PageRun, column: RunColumn, index: number): HTMLElement {
    const value = this.acts.cell(run, column.id)
    const text =
      column.group === 'curve' && value === null
        ? this.acts.isRead(run)
          ? ''
          : '…'
        : column.kind === 'time' && typeof value === 'number'
          ? this.acts.formatTime(value)
          : cellText(value, column.kind)
    const isRun = column.id === 'run'
    const cell = el(isRun ? 'th' : 'td', { 'data-kind': column.kind, 'aria-colindex': String(index + 2) })
    if (isRun) {
      cell.setAttribute('scope', 'row')
      if (run.isBest) {
        const star = el('span', { class: 'best', role: 'img', 'aria-label': this.words.page.isBest }, '★')
        cell.append(star, ' ')
      }
    }
    if (column.id === 'status') cell.append(el('span', { class: 'sign', 'aria-hidden': 'true' }, run.sign), ' ')
    cell.append(text)
    if (text.length > 12) cell.title = typeof value === 'string' ? value : text
    this.pin(cell, index)
    return cell
  }

  private activate(key: string): void {
    const before = this.active
    this.active = key
    for (const one of [before ?? key, key]) {
      const known = this.drawn.get(one)
      if (known !== undefined) this.markActive(one, known.row)
    }
    this.acts.activate(key)
  }

  private key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const isHandled = this.head.contains(document.activeElement) ? this.headKey(event.key) : this.rowKey(event.key)
    if (isHandled) event.preventDefault()
  }

  private headKey(key: string): boolean {
    const buttons = [...this.head.querySelectorAll('button')]
    const at = buttons.findIndex((button) => button === document.activeElement)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[key]
    if (key === 'ArrowDown') {
      this.focusActive()
      return true
    }
    const next = to === undefined ? undefined : buttons[to]
    if (next === undefined) return false
    this.activeHead = next.dataset['column'] ?? 'run'
    this.placeHeadFocus()
    next.focus()
    return true
  }

  private rowKey(key: string): boolean {
    const { rows } = this.shown
    const at = rows.findIndex((run) => run.key === this.active)
    const page = Math.max(1, Math.floor((this.element.clientHeight - headHeight) / rowHeight) - 1)
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    }
    const active = rows[at]
    if (key === ' ' && active !== undefined) {
      this.acts.choose(active.key, !this.chosen.has(active.key))
      return true
    }
    if (key === 'Enter' && active !== undefined) {
      this.acts.open(active.key)
      return true
    }
    const to = moves[key]
    if (to === undefined) return false
    if (key === 'ArrowUp' && at <= 0) {
      this.head.querySelector<HTMLElement>('button[tabindex="0"]')?.focus()
      return true
    }
    const next = rows[Math.min(rows.length - 1, Math.max(0, to))]
    if (next === undefined) return false
    this.activate(next.key)
    this.focusActive()
    return true
  }

  private bringIntoView(key: string): void {
    const at = this.shown.rows.findIndex((run) => run.key === key)
    if (at < 0) return
    const { scrollTop, clientHeight } = this.element
    const top = at * rowHeight
    if (top < scrollTop) this.element.scrollTop = top
    else if (top + rowHeight + headHeight > scrollTop + clientHeight)
      this.element.scrollTop = top + rowHeight + headHeight - clientHeight
  }
}

/** Up, down, and as at first. Of numbers the large ones are looked for first. */
function nextSort(sort: TableChoices['sort'], column: string, kind: RunColumn['kind']): TableChoices['sort'] {
  const first = kind !== 'text'
  if (sort?.column !== column) return { column, descending: first }
  return sort.descending === first ? { column, descending: !first } : null
}

function widthOf({ id, label, kind }: RunColumn): number {
  if (id === 'run') return 210
  const least = { text: 110, number: 92, time: 182, duration: 88, delta: 88 }[kind]
  return Math.min(240, Math.max(least, 40 + Math.ceil(label.length * 7.5)))
}

function spacer(): HTMLTableRowElement {
  const row = el('tr', { class: 'spacer', 'aria-hidden': 'true' })
  row.append(el('td'))
  return row
}

function setHeight(row: HTMLTableRowElement, height: number): void {
  row.hidden = height === 0
  row.style.height = `${height}px`
}
