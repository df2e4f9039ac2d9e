// The parts of the page that are lists: facts, timeline, required files.
import type { FactValue, PageFact, PageFile } from '../core/jobs/jobPage'
import type { JobId } from '../core/jobs/jobId'
import { fill, type JobPageWords } from '../core/jobs/jobPageWords'
import type { TimelineEntry } from '../core/jobs/jobTimeline'
import { renderDuration } from '../core/jobs/jobWords'
import type { PlanFact } from '../core/jobs/renderPlan'
import { el, section, syncChildren } from './dom'
import type { Clock } from './times'

export class FactsPart {
  readonly element: HTMLElement
  private readonly facts = el('dl')
  private readonly plan = el('dl')
  readonly details: HTMLDetailsElement

  constructor(
    words: JobPageWords,
    private readonly clock: Clock,
    private readonly showJob: (id: JobId) => void,
  ) {
    this.details = el('details', {}, el('summary', {}, words.page.plan), this.plan)
    this.element = section('facts', words.page.facts, this.facts, this.details)
  }

  show(facts: readonly PageFact[], plan: readonly PlanFact[]): void {
    syncChildren(this.facts, facts, ({ label, values }) =>
      el('div', {}, el('dt', {}, label), ...values.map((value) => el('dd', {}, this.renderValue(value)))),
    )
    syncChildren(this.plan, plan, ({ label, value }) =>
      el('div', {}, el('dt', {}, label), el('dd', {}, el('span', { class: 'lines' }, value))),
    )
  }

  private renderValue(value: FactValue): Node {
    switch (value.kind) {
      case 'text':
        return el('span', { class: 'lines' }, value.text)
      case 'bad':
        return el('span', { class: 'lines bad' }, value.text)
      case 'code':
        return el('code', { class: 'lines' }, value.text)
      case 'time':
        return el('span', {}, value.text === '' ? null : `${value.text} `, this.clock.full(value.atMs))
      case 'job': {
        const button = el('button', { class: 'link', type: 'button' }, value.text)
        button.addEventListener('click', () => this.showJob(value.jobId))
        return button
      }
    }
  }
}

const toneSigns = { plain: '•', good: '✓', bad: '✗' } as const

export class TimelinePart {
  readonly element: HTMLElement
  private readonly list = el('ol', { role: 'list' })
  private readonly none: HTMLElement

  constructor(
    words: JobPageWords,
    private readonly clock: Clock,
  ) {
    this.none = el('p', { class: 'quiet' }, words.timeline.empty)
    this.element = section('timeline', words.page.timeline, this.none, this.list)
  }

  show(entries: readonly TimelineEntry[]): void {
    this.none.hidden = entries.length > 0
    this.list.hidden = entries.length === 0
    const days = entries.map(({ atMs }) => this.clock.day(atMs))
    const items = entries.map((entry, index) => ({ ...entry, isNewDay: days[index] !== days[index - 1] }))
    syncChildren(this.list, items, ({ atMs, elapsedMs, tone, text, detail, isNewDay }) =>
      el(
        'li',
        { 'data-tone': tone },
        el('span', { class: 'sign', 'aria-hidden': 'true' }, toneSigns[tone]),
        el(
          'span',
          { class: 'told' },
          el('span', { class: 'text' }, text),
          detail === null ? null : el('span', { class: 'detail' }, ` — ${detail}`),
        ),
        el(
          'span',
          { class: 'when' },
          isNewDay ? this.clock.full(atMs) : this.clock.timeOfDay(atMs),
          el('span', { class: 'after' }, ` +${renderDuration(elapsedMs)}`),
        ),
      ),
    )
  }
}

const fileSigns = { awaited: '○', ready: '✓', bad: '✗', unknown: '?' } as const

export class FilesPart {
  readonly element: HTMLElement
  private readonly list = el('ul', { role: 'list' })
  private readonly none: HTMLElement

  constructor(words: JobPageWords) {
    this.none = el('p', { class: 'quiet' }, words.files.none)
    this.element = section('files', words.page.files, this.none, this.list)
  }

  show(files: readonly PageFile[]): void {
    this.none.hidden = files.length > 0
    this.list.hidden = files.length === 0
    syncChildren(this.list, files, ({ path, state, word, detail }) =>
      el(
        'li',
        { 'data-tone': state },
        el('span', { class: 'sign', 'aria-hidden': 'true' }, fileSigns[state]),
        el('code', {}, path),
        el('span', { class: 'told' }, detail === '' || detail === word ? word : fill('{0} ({1})', word, detail)),
      ),
    )
  }
}
