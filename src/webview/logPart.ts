// The end of the log. It follows while its end is in view. It is not read out by itself: a log may print without a pause.
import type { JobPageWords } from '../core/jobs/jobPageWords'
import { fill } from '../core/jobs/jobPageWords'
import { applyTailChange, type TailChange } from '../core/logs/tailChange'
import { el, section, setText, syncChildren } from './dom'

/** So near to its end it counts as read to the end, in CSS pixels. */
const nearEnd = 24

export class LogPart {
  readonly element: HTMLElement
  private readonly box: HTMLElement
  private readonly note = el('p', { class: 'quiet' })
  private lines: readonly string[] = []

  constructor(private readonly words: JobPageWords) {
    this.box = el('div', { class: 'log', role: 'log', 'aria-live': 'off', tabindex: '0', 'aria-label': words.page.log })
    this.element = section('end-of-log', words.page.log, this.note, this.box)
  }

  show(change: TailChange, note: string | null): void {
    const { box } = this
    const follows = box.scrollHeight - box.scrollTop - box.clientHeight < nearEnd
    // As many lines go at the start as the change says, so that the others stay the elements they are.
    for (let dropped = 0; dropped < change.drop; dropped++) box.firstElementChild?.remove()
    this.lines = applyTailChange(this.lines, change)
    box.hidden = this.lines.length === 0
    syncChildren(box, this.lines, (line) => el('div', {}, line))
    setText(this.note, note ?? fill(this.words.log.lines, this.lines.length))
    if (follows) box.scrollTop = box.scrollHeight
  }
}
