// Which columns are shown, and which of them stay at the left.
import type { TableChoices } from '../../core/experiments/experimentsPage'
import type { ExperimentsWords } from '../../core/experiments/experimentsWords'
import type { RunColumn } from '../../core/experiments/runColumns'
import { fill } from '../../core/jobs/jobPageWords'
import { el, syncChildren } from '../dom'

const maxPinned = 6

export class ColumnsPart {
  readonly element: HTMLDetailsElement
  private readonly groups: Readonly<Record<'run' | 'param' | 'metric', { element: HTMLElement; list: HTMLElement }>>
  private choices: TableChoices | null = null

  constructor(
    private readonly words: ExperimentsWords,
    private readonly onChoice: (choices: TableChoices) => void,
  ) {
    const { page } = words
    const group = (title: string) => {
      const list = el('ul', { role: 'list' })
      return { list, element: el('fieldset', {}, el('legend', {}, title), list) }
    }
    this.groups = { run: group(page.ofRun), param: group(page.parameters), metric: group(page.metrics) }
    const usual = el('button', { type: 'button', class: 'quiet-button' }, page.usual)
    usual.addEventListener('click', () => {
      if (this.choices !== null) this.onChoice({ ...this.choices, columns: {}, pinned: [] })
    })
    this.element = el(
      'details',
      { class: 'columns' },
      el('summary', {}, page.columns),
      el('div', { class: 'panel' }, ...Object.values(this.groups).map(({ element }) => element), usual),
    )
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return
      this.element.open = false
      this.element.querySelector('summary')?.focus()
    })
  }

  show(columns: readonly RunColumn[], choices: TableChoices): void {
    this.choices = choices
    for (const name of ['run', 'param', 'metric'] as const) {
      const { element, list } = this.groups[name]
      const own = columns.filter(({ id, group }) => group === name && id !== 'run')
      element.hidden = own.length === 0
      syncChildren(
        list,
        own.map(({ id, label }) => ({ id, label })),
        ({ id, label }) => this.renderColumn(id, label),
      )
      own.forEach((column, index) => {
        const [shown, pinned] = list.children[index]?.querySelectorAll('input') ?? []
        if (shown !== undefined) shown.checked = choices.columns[column.id] ?? column.isUsual
        if (pinned !== undefined) pinned.checked = choices.pinned.includes(column.id)
      })
    }
  }

  private renderColumn(id: string, label: string): Element {
    const { page } = this.words
    const shown = el('input', { type: 'checkbox', 'aria-label': fill(page.show, label) })
    shown.addEventListener('change', () => {
      if (this.choices === null) return
      const pinned = shown.checked ? this.choices.pinned : this.choices.pinned.filter((one) => one !== id)
      this.onChoice({ ...this.choices, pinned, columns: { ...this.choices.columns, [id]: shown.checked } })
    })
    const pin = el('input', { type: 'checkbox', 'aria-label': fill(page.pin, label) })
    pin.addEventListener('change', () => {
      if (this.choices === null) return
      const others = this.choices.pinned.filter((one) => one !== id)
      const pinned = pin.checked ? [...others, id].slice(-maxPinned) : others
      const columns = pin.checked ? { ...this.choices.columns, [id]: true } : this.choices.columns
      this.onChoice({ ...this.choices, pinned, columns })
    })
    return el('li', {}, el('label', { class: 'show' }, shown, label), el('label', { class: 'pin' }, pin, page.pinned))
  }
}
