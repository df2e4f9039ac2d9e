// The text with which a person gives an agent the work of a skill: found in the skill itself, and filled in.
import { RelayError } from '../relayError'
import type { Skill } from './skill'

export interface TaskFacts {
  /** Where the work writes its log. */
  readonly logPath: string
  /** What is to be reported, in words. */
  readonly metrics: string
}

/** What stands for the metrics if nobody names one. */
export const anyMetrics = 'key metrics'

const section = /^## Ready-to-use task text\n[\s\S]*?^```text\n([\s\S]*?)^```$/im

/** The text with its placeholders, or null: this skill has none. */
export function taskTextOf({ body }: Skill): string | null {
  return section.exec(body)?.[1] ?? null
}

/** Throws RelayError if a fact is not one line, or would end the quotes around it. */
export function fillTaskText(text: string, { logPath, metrics }: TaskFacts): string {
  const facts = { LOG_PATH: logPath.trim(), METRICS: metrics.trim() || anyMetrics }
  for (const fact of Object.values(facts)) {
    const problem = whyNoFact(fact)
    if (problem !== null) throw new RelayError('not_a_fact', problem)
  }
  // Not as a pattern: a `$` in a path is only a letter of it.
  return text.replace(/<(LOG_PATH|METRICS)>/g, (_whole, name: keyof typeof facts) => facts[name])
}

/** Why this cannot be put into the text, as a sentence; null: it can. */
export function whyNoFact(fact: string): string | null {
  if (fact.trim() === '') return 'It must not be empty.'
  if (/[\p{Cc}\u2028\u2029]/u.test(fact)) return 'It must be one line.'
  if (/["<>]/.test(fact)) return 'It must not have quotes or angle brackets.'
  return null
}
