// Whether a step that is done may be ticked: something else than the word of whoever did it has to show it. Pure.
import type { Agent } from '../followUps/agent'
import type { PlannedAct, StepPlan } from './planStep'
import { isQualityOfChunk } from './qualityOfChunk'
import type { StepItem } from './stepRunState'

/** Whether an agent does the step, and nothing is planned that could show what it says: it would never be ticked. */
export function isTakenAtItsWord(plan: StepPlan): boolean {
  return isDoneByAgent(plan) && plan.requireFiles.length === 0 && !plan.acts.some(couldShow)
}

/** Why it cannot be ticked although all of it has passed, a sentence; null: it can. */
export function whyUnproved({ plan, acts }: StepItem): string | null {
  if (!isDoneByAgent(plan) || plan.requireFiles.length > 0) return null
  // Of checks that nobody could make, none has shown anything.
  const hasShown = acts.some(({ act, state }) => {
    const planned = plan.acts[act]
    return planned !== undefined && couldShow(planned) && state.kind === 'done' && state.outcome === 'passed'
  })
  if (hasShown) return null
  const what = plan.acts.some(({ phase }) => phase === 'POST-VALIDATION')
    ? 'nobody could make a check after it'
    : 'no check after it is defined'
  return `Nothing but the word of its agent shows that it is done, for no file is required and ${what}: ${howToProve}.`
}

/** In few words, for the line in the document. */
export const unprovedNote = 'done, but unproved: only its agent says so; add post_validation or required_files'
const howToProve = 'add post_validation or required_files to its definition, or look at it and tick it by hand'

/**
 * Whether what the tools of an agent gave back is known, so that a line that it quotes can be looked for there. Of a command of a
 * person's own nothing is: all that it prints is its answer, and may be made up.
 */
export function isToolOutputKnown(agent: Agent | null): boolean {
  return agent === null || agent.kind === 'claude' || agent.kind === 'codex'
}

/** What runs in the background, or by itself, has an exit status that no agent gives. */
export function isDoneByAgent({ acts }: StepPlan): boolean {
  const last = acts.findLast(
    ({ phase, onFailure, name }) => phase === 'MAIN' && onFailure !== true && !isQualityOfChunk(name),
  )
  return last?.doing.kind === 'agent'
}

function couldShow({ phase, name, doing }: PlannedAct): boolean {
  return doing.kind !== 'nothing' && (phase === 'POST-VALIDATION' || (phase === 'MAIN' && isQualityOfChunk(name)))
}
