// What the extension and its approval page say to each other.
import type { PlanFact } from './renderPlan'

/** To the page. Everything is text, shown as text. */
export interface ApprovalQuestion {
  readonly title: string
  /** What must not be missed, above everything else. */
  readonly warnings: readonly string[]
  readonly facts: readonly PlanFact[]
  /** What the approval does not cover, and what may end the job although nobody asked for it. */
  readonly caveats: readonly string[]
  readonly buttons: {
    readonly once: string
    /** Null: it cannot be approved for good here. */
    readonly always: string | null
    readonly cancel: string
  }
}

const approvalAnswers = ['once', 'always', 'cancel'] as const
export type ApprovalAnswer = (typeof approvalAnswers)[number]

/** From the page: `ready` asks for the question. */
export type ApprovalMessage = { readonly kind: 'ready' } | { readonly kind: 'answer'; readonly answer: ApprovalAnswer }

/** What the page said, or null if it is nothing that it can say. */
export function parseApprovalMessage(message: unknown): ApprovalMessage | null {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return null
  if (message.kind === 'ready') return { kind: 'ready' }
  if (message.kind !== 'answer' || !('answer' in message)) return null
  const answer = approvalAnswers.find((one) => one === message.answer)
  return answer === undefined ? null : { kind: 'answer', answer }
}
