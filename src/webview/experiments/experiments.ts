// The table of experiments. It shows what it is told, keeps what the person chose, and asks the editor for everything else.
import './experiments.css'
import {
  type FromExperiments,
  maxCompared,
  noChoices,
  type PageRun,
  type RunAction,
  runActions,
  type TableChoices,
  type ToExperiments,
} from '../../core/experiments/experimentsPage'
import type { ExperimentsWords } from '../../core/experiments/experimentsWords'
import { fill } from '../../core/jobs/jobPageWords'
import { el, setText, syncChildren } from '../dom'
import { ColumnsPart } from './columnsPart'
import { ComparePart } from './comparePart'
import { GridPart } from './gridPart'
import { maxShownColumns, RunView } from './runView'

interface PageState {
  readonly choices: TableChoices
  readonly compared: readonly string[]
}

declare function acquireVsCodeApi(): {
  postMessage(message: FromExperiments): void
  getState(): PageState | undefined
  setState(state: PageState): void
}

const editor = acquireVsCodeApi()
/** A key that is typed is not looked for at once: the next one comes soon. */
const typingMs = 150
/** The best and last values of a run that goes on are asked for again so long after they came, longer where that took long. */
const leastAgainMs = 5_000
const mostAgainMs = 60_000
const againTimes = 10

class ExperimentsPage {
  private readonly view: RunView
  private readonly grid: GridPart
  private readonly columns: ColumnsPart
  private readonly compare: ComparePart
  private readonly main: HTMLElement
  private readonly table: HTMLElement
  private readonly filter: HTMLInputElement
  private readonly differing = el('input', { type: 'checkbox' })
  private readonly curves = el('input', { type: 'checkbox' })
  private readonly compareButton: HTMLButtonElement
  private readonly clearButton: HTMLButtonElement
  private readonly counts = el('p', { role: 'status', class: 'counts' })
  private readonly notes = el('div', { class: 'notes' })
  private readonly none = el('p', { class: 'none' })
  private readonly active = el('div', { class: 'active-run', role: 'group' })
  private readonly activeName = el('span', { class: 'name' })
  private readonly actions: ReadonlyMap<RunAction, HTMLButtonElement>
  private readonly chosen = new Set<string>()
  private shownKeys: readonly string[] = []
  private shownColumns: readonly string[] = []
  private told: readonly string[] = []
  private isComplete = false
  private choices: TableChoices
  private compared: readonly string[]
  private frame = 0
  private typing: ReturnType<typeof setTimeout> | undefined
  /** Whose best and last values are known or on their way, and when they were asked for. */
  private readonly asked = new Map<string, number>()
  private readonly resting = new Set<string>()

  constructor(
    private readonly words: ExperimentsWords,
    locale: string,
    choices: TableChoices,
    restricted: boolean,
  ) {
    const kept = editor.getState()
    this.choices = { ...noChoices, ...choices, ...kept?.choices }
    this.compared = kept?.compared ?? []
    const { page } = words
    const times = createTimes(locale)
    this.view = new RunView(words)
    const shared = { cell: (run: PageRun, column: string) => this.view.cell(run, column), formatTime: times }
    this.grid = new GridPart(words, {
      ...shared,
      isRead: ({ key }) => this.view.hasCurves(key),
      sort: (sort) => this.choose({ ...this.choices, sort }),
      choose: (key, isChosen) => {
        if (isChosen) this.chosen.add(key)
        else this.chosen.delete(key)
        this.drawSoon()
      },
      activate: () => this.drawActive(),
      open: (key) => this.run('openReport', key),
      seen: (runs) => this.wantCurves(runs),
    })
    this.columns = new ColumnsPart(words, (next) => this.choose(next))
    this.compare = new ComparePart(words, {
      ...shared,
      wantPoints: (id) => editor.postMessage({ kind: 'points', id, keys: this.compare.keys }),
      leaveOut: (key) => {
        this.chosen.delete(key)
        this.startCompare(this.compared.filter((one) => one !== key))
      },
      close: () => this.startCompare([]),
    })
    this.filter = el('input', {
      type: 'search',
      placeholder: page.filterHint,
      'aria-label': page.filter,
      spellcheck: 'false',
    })
    this.filter.value = this.choices.filter
    this.filter.addEventListener('input', () => {
      clearTimeout(this.typing)
      this.typing = setTimeout(() => this.choose({ ...this.choices, filter: this.filter.value }), typingMs)
    })
    this.differing.addEventListener('change', () => this.choose({ ...this.choices, differing: this.differing.checked }))
    this.curves.addEventListener('change', () => this.choose({ ...this.choices, curves: this.curves.checked }))
    this.compareButton = this.button(fill(page.compare, 0), () => this.startCompare([...this.chosen]))
    this.clearButton = this.button(page.clear, () => {
      this.chosen.clear()
      this.drawSoon()
    })
    const exportButton = this.button(page.export, () =>
      editor.postMessage({ kind: 'export', keys: this.shownKeys, columns: this.shownColumns }),
    )
    const runButton = this.button(page.runExperiment, () => editor.postMessage({ kind: 'runExperiment' }))
    runButton.className = 'primary'
    for (const one of [exportButton, runButton]) one.hidden = restricted
    this.actions = new Map(
      runActions.map((action) => [
        action,
        this.button(words.actions[action], () => {
          const key = this.grid.activeKey
          if (key !== null) this.run(action, key)
        }),
      ]),
    )
    this.active.append(this.activeName, ...this.actions.values())
    this.table = el(
      'div',
      { class: 'table' },
      el(
        'header',
        {},
        el('h1', {}, page.title),
        el('div', { class: 'tools' }, this.filter, runButton, this.compareButton, this.clearButton, exportButton),
        el(
          'div',
          { class: 'tools' },
          el('label', {}, this.differing, page.differing),
          el('label', { title: page.curvesHint }, this.curves, page.curves),
          this.columns.element,
          this.counts,
        ),
        this.notes,
        this.active,
      ),
      this.none,
      this.grid.element,
    )
    this.main = el('main', {}, this.table, this.compare.element)
    document.documentElement.lang = locale
    document.title = page.title
    document.body.replaceChildren(this.main)
    this.draw()
  }

  show(message: Exclude<ToExperiments, { kind: 'words' }>): void {
    switch (message.kind) {
      case 'columns':
        this.view.setColumns(message.columns)
        this.drawSoon()
        return
      case 'rows':
        this.view.setRows(message.rows, message.removed)
        for (const { key } of message.rows) this.asked.delete(key)
        this.told = message.notes
        this.isComplete = message.done
        this.drawSoon()
        return
      case 'curves':
        this.view.addCurves(message.curves)
        // Their order may be another now, or the columns that differ.
        if (this.choices.sort?.column.includes(':') === true || this.choices.filter !== '' || this.choices.differing)
          this.drawSoon()
        this.grid.redrawRuns(message.curves.map(({ key }) => key))
        this.askAgainLater(message.curves.map(({ key }) => key))
        return
      case 'series':
        this.compare.setSeries(message.keys, message.series)
        return
      case 'points':
        this.compare.setPoints(message.id, message.lines)
        return
      case 'compare':
        this.chosen.clear()
        for (const key of message.keys) this.chosen.add(key)
        this.startCompare(message.keys)
        return
    }
  }

  themeChanged(): void {
    if (this.compared.length > 0) this.compare.redraw()
  }

  private button(text: string, act: () => void): HTMLButtonElement {
    const button = el('button', { type: 'button' }, text)
    button.addEventListener('click', act)
    return button
  }

  private run(action: RunAction, key: string): void {
    if (this.view.run(key)?.actions.includes(action) === true) editor.postMessage({ kind: 'run', action, key })
  }

  private choose(choices: TableChoices): void {
    this.choices = choices
    editor.setState({ choices, compared: this.compared })
    editor.postMessage({ kind: 'choices', choices })
    this.draw()
  }

  private startCompare(keys: readonly string[]): void {
    const wasOpen = this.compared.length > 0
    this.compared = keys.length < 2 ? [] : keys.slice(0, maxCompared)
    editor.setState({ choices: this.choices, compared: this.compared })
    // Told of leaving, too: the editor need not follow these runs any more.
    if (this.compared.length > 0 || wasOpen) editor.postMessage({ kind: 'compare', keys: this.compared })
    this.draw()
    if (this.compared.length > 0) this.compare.focus()
    else if (wasOpen) this.grid.focusActive()
  }

  private drawSoon(): void {
    if (this.frame === 0)
      this.frame = requestAnimationFrame(() => {
        this.frame = 0
        this.draw()
      })
  }

  private draw(): void {
    const { page } = this.words
    const compared = this.compared.flatMap((key) => this.view.run(key) ?? [])
    const isComparing = compared.length > 1
    this.table.hidden = isComparing
    this.compare.element.hidden = !isComparing
    if (isComparing) {
      const wasShown = this.compare.keys.length > 0
      this.compare.show(compared, this.view.columns)
      // A page that was loaded again has kept which runs were compared, and nothing of them.
      if (!wasShown) editor.postMessage({ kind: 'compare', keys: this.compare.keys })
    }
    const shown = this.view.shown(this.choices)
    this.shownKeys = shown.rows.map(({ key }) => key)
    this.shownColumns = shown.columns.map(({ id }) => id)
    this.differing.checked = this.choices.differing
    this.curves.checked = this.choices.curves
    const count = this.chosen.size
    this.compareButton.disabled = count < 2 || count > maxCompared
    this.compareButton.title = fill(page.compareHint, maxCompared)
    setText(this.compareButton, fill(page.compare, count))
    this.clearButton.hidden = count === 0
    const isEmpty = this.view.count === 0
    setText(
      this.counts,
      isEmpty
        ? ''
        : shown.rows.length === this.view.count
          ? fill(page.counts, this.view.count)
          : fill(page.countsOf, shown.rows.length, this.view.count),
    )
    const unknown = shown.unknown.map(({ name, meant }) =>
      meant === null ? fill(page.unknown, name) : fill(page.unknownMeant, name, meant),
    )
    const many = shown.hasTooMany ? [fill(page.tooMany, maxShownColumns)] : []
    syncChildren(this.notes, [...unknown, ...many, ...this.told], (note) => el('p', {}, note))
    this.none.hidden = shown.rows.length > 0
    setText(this.none, isEmpty ? (this.isComplete ? page.none : page.reading) : page.noneFound)
    this.grid.element.hidden = isEmpty
    this.columns.show(this.view.columns, this.choices)
    this.grid.show(shown, this.choices.sort, this.chosen)
    this.drawActive()
    // To sort by the best or last value, all of them have to be read.
    if (this.choices.curves && /^(?:best|last):/.test(this.choices.sort?.column ?? '')) this.wantCurves(shown.rows)
  }

  private drawActive(): void {
    const key = this.grid.activeKey
    const run = key === null ? undefined : this.view.run(key)
    this.active.hidden = run === undefined
    if (run === undefined) return
    setText(this.activeName, run.runId)
    this.active.setAttribute('aria-label', fill(this.words.page.toolbar, run.runId))
    for (const [action, button] of this.actions) button.hidden = !run.actions.includes(action)
  }

  private wantCurves(runs: readonly PageRun[]): void {
    if (!this.choices.curves || this.table.hidden) return
    const keys = runs.map(({ key }) => key).filter((key) => !this.asked.has(key))
    if (keys.length === 0) return
    for (const key of keys) this.asked.set(key, performance.now())
    editor.postMessage({ kind: 'curves', keys })
  }

  /** A run that goes on gets other values; it is asked for them once it is in sight. */
  private askAgainLater(came: readonly string[]): void {
    const keys = came.filter((key) => this.view.run(key)?.state === 'live' && !this.resting.has(key))
    if (keys.length === 0) return
    for (const key of keys) this.resting.add(key)
    const tookMs = Math.max(...keys.map((key) => performance.now() - (this.asked.get(key) ?? performance.now())))
    setTimeout(
      () => {
        for (const key of keys) {
          this.resting.delete(key)
          this.asked.delete(key)
        }
        this.drawSoon()
      },
      Math.min(mostAgainMs, Math.max(leastAgainMs, againTimes * tookMs)),
    )
  }
}

function createTimes(locale: string): (atMs: number) => string {
  const options = { dateStyle: 'medium', timeStyle: 'short' } as const
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat(locale, options)
  } catch {
    format = new Intl.DateTimeFormat(undefined, options) // A language that the browser does not know.
  }
  return (atMs) => (Number.isFinite(atMs) ? format.format(atMs) : '')
}

let page: ExperimentsPage | null = null

window.addEventListener('message', ({ data }: MessageEvent<readonly ToExperiments[]>) => {
  for (const message of data) {
    if (message.kind === 'words')
      page = new ExperimentsPage(message.words, message.locale, message.choices, message.restricted)
    else page?.show(message)
  }
})
// The editor changes its theme by the attributes of these two.
const themes = new MutationObserver(() => page?.themeChanged())
for (const element of [document.documentElement, document.body])
  themes.observe(element, { attributes: true, attributeFilter: ['class', 'style'] })
const loading = el('p', { class: 'loading' })
// Said without words until they arrive.
setText(loading, '…')
document.body.append(loading)
editor.postMessage({ kind: 'ready' })
