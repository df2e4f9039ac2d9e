// The turn in which a person answers an agent that was blocked, or goes on with its conversation. Pure.
import type { Agent } from './agent'
import { isConversationId } from '../transcripts/turn'
import type { Plan } from '../jobs/plan'
import { planTask } from './planTask'

/** The turn that is gone on with: its plan, the conversation that it had, and what it said was missing. */
export interface EarlierTurn {
  readonly plan: Plan
  /** Null: its agent answers without one, or it never began. */
  readonly conversation: string | null
  /** Who answered in the end; it may have fallen back to another. */
  readonly agent: Agent['kind'] | null
  readonly missing: string
}

export type AnswerPlan = { readonly plan: Plan } | { readonly refusals: readonly string[] }

/** The plan of a turn that answers what was missing with `words`. */
export function planAnswer(earlier: EarlierTurn, words: string): AnswerPlan {
  const { work } = earlier.plan
  if (work.kind !== 'agent') return { refusals: ['It is the work of no agent: there is nobody to be answered.'] }
  const agent = goingOn(work.agent, earlier)
  if (agent !== null) return planOn(earlier.plan, agent, renderAnswer(words), null)
  if (work.agent.kind === 'builtin' || earlier.agent === 'builtin')
    return {
      refusals: [
        'The built-in analyst did it, and has no conversation that an answer could go on with. Put it right in the workspace and retry the task, or add one of your own.',
      ],
    }
  // Without a conversation everything is said anew.
  const task = [
    work.task,
    '',
    'An earlier turn said that this is missing:',
    '',
    earlier.missing,
    '',
    renderAnswer(words),
  ]
  return planOn(earlier.plan, work.agent, task.join('\n'), work.about)
}

/** The plan of a further task in the conversation of an earlier one. */
export function planContinued(earlier: EarlierTurn, task: string): AnswerPlan {
  const { work } = earlier.plan
  const agent = work.kind === 'agent' ? goingOn(work.agent, earlier) : null
  if (agent === null) return { refusals: ['It has no conversation that could be gone on with.'] }
  return planOn(earlier.plan, agent, task, null)
}

/** The agent in the conversation of that turn, or null if there is none. */
function goingOn(agent: Agent, { conversation, agent: answered }: EarlierTurn): Agent | null {
  if (agent.kind !== 'claude' && agent.kind !== 'codex') return null
  if (conversation === null || !isConversationId(conversation) || answered !== agent.kind) return null
  return { ...agent, conversation }
}

function planOn(
  plan: Plan,
  agent: Agent,
  task: string,
  about: Extract<Plan['work'], { kind: 'agent' }>['about'],
): AnswerPlan {
  const planned = planTask({ task, agent, cwd: plan.cwd, ...limitOf(plan) })
  if ('refusals' in planned) return planned
  const { work } = planned.plan
  return work.kind === 'agent' ? { plan: { ...planned.plan, env: plan.env, work: { ...work, about } } } : planned
}

function limitOf({ timeLimitSec }: Plan): { readonly timeLimitSec?: number } {
  return timeLimitSec === null ? {} : { timeLimitSec }
}

function renderAnswer(words: string): string {
  return [
    'Your last turn ended with [[task:blocked]]: something was missing. A person answers:',
    '',
    words.trim(),
    '',
    'Go on with the task.',
  ].join('\n')
}
