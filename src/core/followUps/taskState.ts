// What a task is, and how it stands, in the words of whoever gave it: a task is a job that an agent does.
import type { Job } from '../jobs/job'
import { owesRetry } from '../jobs/owed'

/** In the order in which they are listed. */
export const taskStates = ['pending', 'running', 'blocked', 'done', 'failed', 'canceled'] as const
export type TaskState = (typeof taskStates)[number]

/** A follow-up, a task of a person's own, the answer to one: whatever an agent does. */
export function isTask({ spec }: Pick<Job, 'spec'>): boolean {
  return spec.plan.work.kind === 'agent'
}

/** `blocked`: it has answered that something is missing. What could not even be started has failed. */
export function taskStateOf(job: Job): TaskState {
  const { state } = job
  switch (state.kind) {
    case 'requested':
    case 'queued':
      return 'pending'
    case 'checking':
    case 'launching':
    case 'running':
    case 'settling':
      return 'running'
    case 'ended':
      break
  }
  // It is had once more at once.
  if (owesRetry(job)) return 'pending'
  switch (state.outcome) {
    case 'succeeded':
      return state.answer === 'blocked' ? 'blocked' : 'done'
    case 'stopped':
      return 'canceled'
    case 'failed':
    case 'lost':
    case 'blocked':
      return 'failed'
  }
}

/** Nothing more will come of it by itself. One that is blocked waits for its answer. */
export function isOver(state: TaskState): boolean {
  return state === 'done' || state === 'failed' || state === 'canceled'
}

const maxMissingChars = 600
const marker = /^\s*\[\[task:(?:done|blocked)\]\]\s*$/i

/** What a blocked answer says is missing: what stands behind its marker, or else its last paragraph before it. Data. */
export function readMissing(answer: string): string {
  const lines = answer.split(/\r?\n/)
  const at = lines.findLastIndex((line) => /^\s*\[\[task:blocked\]\]\s*$/i.test(line))
  const behind = at < 0 ? '' : lines.slice(at + 1).join('\n')
  const before = (at < 0 ? lines : lines.slice(0, at)).filter((line) => !marker.test(line)).join('\n')
  const text = behind.trim() === '' ? lastParagraph(before) : behind.trim()
  return text.length > maxMissingChars ? `${text.slice(0, maxMissingChars)}…` : text
}

function lastParagraph(text: string): string {
  const paragraphs = text.trim().split(/\n\s*\n/)
  const last = paragraphs.at(-1)?.trim() ?? ''
  // A list alone does not say what it lists.
  const isList = /^(?:[-*+]|\d+[.)])\s/.test(last)
  return isList ? paragraphs.slice(-2).join('\n').trim() : last
}
