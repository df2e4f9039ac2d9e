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
  const list = element('dl')
  for (const { label, value, isVerbatim } of facts) {
    const text = element('dd')
    text.append(element(isVerbatim === true ? 'pre' : 'p', value))
    list.append(element('dt', label), text)
  }
  const told = warnings.map((warning) => {
    const one = element('p', `⚠ ${warning}`)
    one.className = 'warning'
    return one
  })
  list.querySelector('pre')?.classList.add('command')
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
  main.append(heading, ...told, list, notes)
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
