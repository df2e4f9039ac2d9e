// The page on which a person sees everything that a job can make happen, and says yes or no.
import './approval.css'
import type { ApprovalAnswer, ApprovalMessage, ApprovalQuestion } from '../core/jobs/approvalPage'

/** A click that was meant for what stood here before must not start a job. */
const armedAfterMs = 400

declare function acquireVsCodeApi(): { postMessage(message: ApprovalMessage): void }
const editor = acquireVsCodeApi()

window.addEventListener('message', ({ data }: MessageEvent<ApprovalQuestion>) => show(data))
editor.postMessage({ kind: 'ready' })

function show({ title, warnings, facts, caveats, buttons }: ApprovalQuestion): void {
  const heading = element('h1', title)
  heading.tabIndex = -1
  const parts: HTMLElement[] = []
  let list = element('dl')
  for (const { label, value, isVerbatim, below, isHead } of facts) {
    if (isHead === true) {
      parts.push(element('h2', `${label} ${value}`))
      list = element('dl')
    }
    if (parts.at(-1) !== list) parts.push(list)
    if (isHead === true) continue
    const text = element('dd')
    text.append(element(isVerbatim === true ? 'pre' : 'p', value))
    if (below !== undefined) text.append(element('pre', below))
    list.append(element('dt', label), text)
  }
  const told = warnings.map((warning) => {
    const one = element('p', `⚠ ${warning}`)
    one.className = 'warning'
    return one
  })
  if (parts.length === 1) list.querySelector('pre')?.classList.add('command')
  const notes = element('ul')
  notes.append(...caveats.map((caveat) => element('li', caveat)))
  const row = element('div')
  row.className = 'buttons'
  row.append(
    button(buttons.once, 'once', 'primary'),
    ...(buttons.always === null ? [] : [button(buttons.always, 'always', 'secondary')]),
    button(buttons.cancel, 'cancel', 'secondary'),
  )
  const main = element('main')
  main.append(heading, ...told, ...parts, notes)
  document.body.replaceChildren(main, row)
  heading.focus()
  setTimeout(() => {
    for (const one of row.querySelectorAll('button')) one.disabled = false
  }, armedAfterMs)
}

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') answer('cancel')
})

function button(text: string, meaning: ApprovalAnswer, className: string): HTMLButtonElement {
  const one = element('button', text)
  one.className = className
  one.disabled = meaning !== 'cancel'
  one.addEventListener('click', () => answer(meaning))
  return one
}

function answer(meaning: ApprovalAnswer): void {
  editor.postMessage({ kind: 'answer', answer: meaning })
}

function element<Name extends keyof HTMLElementTagNameMap>(name: Name, text = ''): HTMLElementTagNameMap[Name] {
  const one = document.createElement(name)
  one.textContent = text
  return one
}
