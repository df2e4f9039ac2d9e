// Whether the job that the answer of a follow-up asks for starts by itself: the policy of chains. Pure. What does not start
// is left to a person with the reason, so nothing that an agent asked for is lost.
import type { JobId } from '../jobs/jobId'
import type { JobSpec } from '../jobs/spec'

export interface ChainLimits {
  /** How many jobs may follow one another without a person; 0: none. */
  readonly maxDepth: number
  /** How many start by themselves on this host within an hour. */
  readonly startsPerHour: number
}

export const defaultChainLimits: ChainLimits = { maxDepth: 3, startsPerHour: 6 }

/** What is asked for, and how the world is to it. */
export interface NextWish {
  /** How many blocks the answer ends with, from 1; `first` is what the first of them says. */
  readonly blocks: number
  readonly first:
    | { readonly kind: 'malformed'; readonly problems: readonly string[] }
    /** Something about jobs or tasks that are there. */
    | { readonly kind: 'act' }
    | {
        readonly kind: 'job'
        readonly warnings: readonly string[]
        readonly hasUnknownKeys: boolean
        /** Exactly this was approved for good in its folder. */
        readonly isApproved: boolean
        /** Jobs that do exactly the same and are not over. */
        readonly running: readonly JobId[]
      }
  /** The place of the next job in its chain: 1 follows the job that a person has started. */
  readonly depth: number
  readonly areChainsOn: boolean
  readonly startsLastHour: number
  readonly limits: ChainLimits
}

export type NextDecision =
  | { readonly kind: 'start' }
  /** A person is to decide; the sentence says why. */
  | { readonly kind: 'ask'; readonly why: string }
  | { readonly kind: 'refuse'; readonly why: string }

export function decideNext({ blocks, first, depth, areChainsOn, startsLastHour, limits }: NextWish): NextDecision {
  if (first.kind === 'malformed') return ask(`The block has errors: ${first.problems[0] ?? 'it cannot be read.'}`)
  if (first.kind === 'act') return ask('What it asks for is no new job, and is only done by a person.')
  const [twin] = first.running
  if (twin !== undefined) return { kind: 'refuse', why: `The same is running already, as ${twin}.` }
  if (blocks > 1) return ask(`The answer asks for ${blocks} jobs; only one can start by itself.`)
  const [warning] = first.warnings
  if (first.hasUnknownKeys) return ask(warning ?? 'The block has keys that are not known.')
  if (!first.isApproved) return ask('Exactly this was not approved before with “always”.')
  if (!areChainsOn) return ask('All chains are stopped.')
  if (depth > limits.maxDepth)
    return ask(`It would be job ${depth} of its chain, and ${limits.maxDepth} may follow one another without a person.`)
  if (startsLastHour >= limits.startsPerHour)
    return ask(
      `${startsLastHour} jobs have started by themselves in the last hour; the limit is ${limits.startsPerHour}.`,
    )
  return { kind: 'start' }
}

function ask(why: string): NextDecision {
  return { kind: 'ask', why }
}

/** Where a job stands in a chain: `root` began it, and `depth` jobs were started by answers up to this one. */
export interface ChainPlace {
  readonly root: JobId
  readonly depth: number
}

/** Longer ways back are no chain of ours, but a damaged spec. */
const maxSteps = 100

/**
 * The place of a job, or of the job that a follow-up or an answer to one belongs to. `find` gives the spec of another job;
 * where one is not there any more, the last that is counts as the root.
 */
export function chainPlace(spec: JobSpec, find: (id: JobId) => JobSpec | null): ChainPlace {
  let current = spec
  for (let step = 0; step < maxSteps; step++) {
    const { origin } = current
    if (origin.kind === 'answer') return { root: origin.root, depth: origin.depth }
    const before = origin.kind === 'follow_up' ? origin.parent : origin.kind === 'task' ? origin.answers : null
    const found = before === null ? null : find(before)
    if (found === null) return { root: before ?? current.id, depth: 0 }
    current = found
  }
  return { root: current.id, depth: maxSteps }
}
