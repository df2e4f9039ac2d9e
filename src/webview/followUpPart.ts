// The follow-up and its report. The report is Markdown by someone else: elements are made for its headings, lists, tables and
// code, never from its text, and nothing in it can be clicked.
import { parseReport, type ReportInline, type ReportNode, type ReportText } from '../core/followUps/reportNodes'
import type { PageFollowUp } from '../core/jobs/jobPage'
import type { JobPageWords } from '../core/jobs/jobPageWords'
import { el, section, setText } from './dom'

/** Below the `h3` that the report stands under. */
const firstLevel = 4

export class FollowUpPart {
  readonly element: HTMLElement
  private readonly heading: HTMLElement
  private readonly summary = el('p', { class: 'summary' })
  private readonly task = el('p', { class: 'quiet lines' })
  private readonly report = el('div')
  private shownReport: string | null = null

  constructor(words: JobPageWords) {
    this.element = section('follow-up', words.followUp.title, this.summary, this.task, this.report)
    this.heading = this.element.querySelector('h2') ?? this.element
  }

  /** Brings the report, or where it will be, into view, and a screen reader to it. */
  reveal(): void {
    const target = this.report.querySelector<HTMLElement>('h3') ?? this.element
    target.tabIndex = -1
    target.focus({ preventScroll: true })
    target.scrollIntoView({ block: 'start' })
  }

  show({ title, summary, tone, task, report }: PageFollowUp): void {
    setText(this.heading, title)
    const sign = tone === 'good' ? '✓ ' : tone === 'bad' ? '✗ ' : ''
    setText(this.summary, `${sign}${summary}`)
    this.summary.dataset['tone'] = tone
    setText(this.task, task ?? '')
    this.task.hidden = task === null
    const text = JSON.stringify(report)
    if (text === this.shownReport) return
    this.shownReport = text
    this.report.replaceChildren(
      ...(report === null
        ? []
        : [
            el('h3', {}, report.title),
            ...(report.note === null ? [] : [el('p', { class: 'quiet' }, report.note)]),
            el('article', { class: 'report' }, ...parseReport(report.markdown).map(renderNode)),
          ]),
    )
  }
}

function renderNode(node: ReportNode): HTMLElement {
  switch (node.kind) {
    case 'heading':
      return renderHeading(node.level, node.text)
    case 'paragraph':
      return el('p', {}, ...renderText(node.text))
    case 'list':
      return el(node.ordered ? 'ol' : 'ul', {}, ...node.items.map((item) => el('li', {}, ...renderText(item))))
    case 'code':
      return el('pre', { tabindex: '0' }, el('code', {}, node.text))
    case 'rule':
      return el('hr')
    case 'table':
      return el(
        'div',
        { class: 'scroll' },
        el(
          'table',
          {},
          el('thead', {}, el('tr', {}, ...node.head.map((cell) => el('th', { scope: 'col' }, ...renderText(cell))))),
          el(
            'tbody',
            {},
            ...node.rows.map((row) => el('tr', {}, ...row.map((cell) => el('td', {}, ...renderText(cell))))),
          ),
        ),
      )
  }
}

/** A report of ours begins with `##`; deeper ones than `h6` are not to be had. */
function renderHeading(level: number, text: ReportText): HTMLElement {
  const name = (['h4', 'h4', 'h5', 'h6'] as const)[level - 1] ?? 'h6'
  return el(name, { class: `level-${Math.max(firstLevel, level)}` }, ...renderText(text))
}

function renderText(text: ReportText): Node[] {
  return text.map(renderInline)
}

function renderInline(inline: ReportInline): Node {
  switch (inline.kind) {
    case 'text':
      return document.createTextNode(inline.text)
    case 'code':
      return el('code', {}, inline.text)
    case 'strong':
      return el('strong', {}, ...renderText(inline.parts))
    case 'emphasis':
      return el('em', {}, ...renderText(inline.parts))
  }
}
