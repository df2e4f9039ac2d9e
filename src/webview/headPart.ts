// The top of the page: what the job is, how it is, for how long, and what can be done with it.
import type { JobAction, PageHead } from '../core/jobs/jobPage'
import type { JobPageWords } from '../core/jobs/jobPageWords'
import { renderDuration } from '../core/jobs/jobWords'
import { el, setText } from './dom'

export class HeadPart {
  readonly element: HTMLElement
  private readonly title = el('h1')
  private readonly sign = el('span', { class: 'sign', 'aria-hidden': 'true' })
  private readonly word = el('span', { class: 'word' })
  private readonly elapsed = el('span', { class: 'elapsed' })
  private readonly toolbar: HTMLElement
  private readonly state: HTMLElement
  /** Tells a screen reader when the state has changed, and nothing else. */
  private readonly announcer = el('p', { role: 'status', class: 'unseen' })
  private counted: { readonly elapsedMs: number | null; readonly counting: boolean; readonly atMs: number } | null =
    null
  private lastState: string | null = null

  constructor(
    private readonly words: JobPageWords,
    private readonly run: (action: JobAction) => void,
  ) {
    this.toolbar = el('div', { class: 'toolbar', role: 'group', 'aria-label': words.page.toolbar })
    this.state = el('p', { class: 'state' }, this.sign, this.word, this.elapsed)
    this.element = el('header', {}, this.title, this.state, this.toolbar, this.announcer)
  }

  showHead({ title, state, sign, stateWord, actions }: PageHead): void {
    setText(this.title, title)
    setText(this.sign, sign)
    setText(this.word, stateWord)
    this.state.dataset['state'] = state
    if (this.lastState !== null && this.lastState !== state) setText(this.announcer, `${title}: ${stateWord}`)
    this.lastState = state
    this.showActions(actions)
  }

  showElapsed(elapsedMs: number | null, counting: boolean): void {
    this.counted = { elapsedMs, counting, atMs: performance.now() }
    this.tick()
  }

  /** Counts on between two messages. */
  tick(): void {
    if (this.counted === null) return
    const { elapsedMs, counting, atMs } = this.counted
    const text = elapsedMs === null ? '' : renderDuration(elapsedMs + (counting ? performance.now() - atMs : 0))
    setText(this.elapsed, text)
    if (text === '') this.elapsed.removeAttribute('title')
    else this.elapsed.title = this.words.page.elapsed
  }

  private showActions(actions: readonly JobAction[]): void {
    const buttons = [...this.toolbar.querySelectorAll('button')]
    if (buttons.map((button) => button.dataset['action']).join() === actions.join()) return
    const focused = buttons.find((button) => button === document.activeElement)?.dataset['action']
    const next = actions.map((action) => {
      const known = buttons.find((button) => button.dataset['action'] === action)
      if (known !== undefined) return known
      const button = el('button', { type: 'button', 'data-action': action }, this.words.actions[action])
      button.addEventListener('click', () => this.run(action))
      return button
    })
    this.toolbar.replaceChildren(...next)
    // The button somebody stood on may be gone: they stay in the toolbar.
    if (focused !== undefined) (next.find((button) => button.dataset['action'] === focused) ?? next[0])?.focus()
  }
}
