// The page that shows one job. It shows what it is told, keeps what the person chose, and asks the editor for everything else.
import './jobDetails.css'
import type { FromPage, ToPage } from '../core/jobs/jobPage'
import type { JobPageWords } from '../core/jobs/jobPageWords'
import { el, setText } from './dom'
import { FactsPart, FilesPart, TimelinePart } from './factParts'
import { FollowUpPart } from './followUpPart'
import { HeadPart } from './headPart'
import { LogPart } from './logPart'
import { PlotsPart, type PlotChoices } from './plotsPart'
import { createClock } from './times'

interface PageState {
  /** The window reopens the page of this job after a reload. */
  readonly jobId: string
  readonly plots: PlotChoices
  readonly open: { readonly plan: boolean; readonly table: boolean }
}

declare function acquireVsCodeApi(): {
  postMessage(message: FromPage): void
  getState(): PageState | undefined
  setState(state: PageState): void
}

const editor = acquireVsCodeApi()

class JobPage {
  private readonly head: HeadPart
  private readonly facts: FactsPart
  private readonly timeline: TimelinePart
  private readonly plots: PlotsPart
  private readonly log: LogPart
  private readonly files: FilesPart
  private readonly followUp: FollowUpPart
  private readonly gone: HTMLElement
  private readonly main: HTMLElement
  private state: PageState

  constructor(jobId: string, words: JobPageWords, locale: string) {
    this.state = editor.getState() ?? {
      jobId,
      plots: { shown: {}, logScale: false },
      open: { plan: false, table: false },
    }
    this.keep({ jobId })
    const clock = createClock(locale)
    this.head = new HeadPart(words, (action) => editor.postMessage({ kind: 'run', action }))
    this.facts = new FactsPart(words, clock, (id) => editor.postMessage({ kind: 'show', jobId: id }))
    this.timeline = new TimelinePart(words, clock)
    this.plots = new PlotsPart(words, this.state.plots, (plots) => this.keep({ plots }))
    this.log = new LogPart(words)
    this.files = new FilesPart(words)
    this.followUp = new FollowUpPart(words)
    this.keepOpen(this.facts.details, 'plan')
    this.keepOpen(this.plots.details, 'table')
    this.gone = el('p', { role: 'status' }, words.page.gone)
    const parts = [this.facts, this.timeline, this.plots, this.log, this.files, this.followUp]
    this.main = el('main', {}, this.head.element, ...parts.map(({ element }) => element))
    document.documentElement.lang = locale
    document.body.replaceChildren(this.main)
  }

  show(message: Exclude<ToPage, { kind: 'words' }>): void {
    switch (message.kind) {
      case 'head':
        document.title = message.title
        this.head.showHead(message)
        return
      case 'elapsed':
        this.head.showElapsed(message.elapsedMs, message.counting)
        return
      case 'facts':
        this.facts.show(message.facts, message.plan)
        return
      case 'timeline':
        this.timeline.show(message.entries)
        return
      case 'series':
        this.plots.addSeries(message.reset, message.parts, message.notes)
        return
      case 'results':
        this.plots.showResults(message.results)
        return
      case 'log':
        this.log.show(message.change, message.note)
        return
      case 'files':
        this.files.show(message.files)
        return
      case 'followUp':
        this.followUp.show(message.followUp)
        return
      case 'showReport':
        this.followUp.reveal()
        return
      case 'gone':
        this.main.replaceChildren(this.gone)
        return
    }
  }

  tick(): void {
    this.head.tick()
  }

  themeChanged(): void {
    this.plots.redraw()
  }

  private keepOpen(details: HTMLDetailsElement, name: keyof PageState['open']): void {
    details.open = this.state.open[name]
    details.addEventListener('toggle', () => this.keep({ open: { ...this.state.open, [name]: details.open } }))
  }

  private keep(change: Partial<PageState>): void {
    this.state = { ...this.state, ...change }
    editor.setState(this.state)
  }
}

let page: JobPage | null = null

window.addEventListener('message', ({ data }: MessageEvent<readonly ToPage[]>) => {
  for (const message of data) {
    if (message.kind === 'words') page = new JobPage(message.jobId, message.words, message.locale)
    else page?.show(message)
  }
})
// The editor changes its theme by the attributes of these two.
const themes = new MutationObserver(() => page?.themeChanged())
for (const element of [document.documentElement, document.body])
  themes.observe(element, { attributes: true, attributeFilter: ['class', 'style'] })
setInterval(() => page?.tick(), 1_000)
const loading = el('p', { class: 'loading' })
// Said without words until they arrive.
setText(loading, '…')
document.body.append(loading)
editor.postMessage({ kind: 'ready' })
