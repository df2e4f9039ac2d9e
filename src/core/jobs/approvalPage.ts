// What the extension and its approval page say to each other.
import type { PlanFact } from './renderPlan'

/** To the page. Everything is text, shown as text. */
export interface ApprovalQuestion {
  readonly title: string
  readonly facts: readonly PlanFact[]
  /** What the approval does not cover, and what may end the job although nobody asked for it. */
  readonly caveats: readonly string[]
  readonly buttons: { readonly once: string; readonly always: string; readonly cancel: string }
}

export type ApprovalAnswer = 'once' | 'always' | 'cancel'

/** From the page: `ready` asks for the question. */
export type ApprovalMessage = { readonly kind: 'ready' } | { readonly kind: 'answer'; readonly answer: ApprovalAnswer }
