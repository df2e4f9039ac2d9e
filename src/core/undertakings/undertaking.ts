// Something that was approved once, starts several jobs one after the other and waits for them: a run of steps, a tracked job.
// As a job it is a directory with a journal. What kind it is decides what happens; what all kinds share is here.
import * as z from 'zod'
import { approvalSchema, type Approval } from '../jobs/event'
import type { Job } from '../jobs/job'
import { type JobId, jobIdSchema } from '../jobs/jobId'
import { canonicalJson, type Plan } from '../jobs/plan'
import type { Origin } from '../jobs/spec'

/** What every plan of an undertaking has; the rest is its kind's. All of it is approved. */
export type UndertakingPlan = Readonly<Record<string, unknown>> & { readonly kind: string }

export interface UndertakingSpec<P extends UndertakingPlan = UndertakingPlan> {
  readonly v: 1
  /** As that of a job; those of its jobs begin with it. */
  readonly id: JobId
  readonly createdAtMs: number
  /** The only host whose supervisor may act on it. */
  readonly host: string
  /** Real path of the workspace folder. */
  readonly folder: string
  readonly plan: P
}

export const undertakingSpecSchema = z.strictObject({
  v: z.literal(1),
  id: jobIdSchema,
  createdAtMs: z.number(),
  host: z.string(),
  folder: z.string(),
  plan: z.looseObject({ kind: z.string() }),
})

/** What can happen to an undertaking of any kind. `request` makes what is taken twice happen once. */
export const commonEventSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('approved'), approval: approvalSchema }),
  /** That job exists now. Should it be removed, it is not made again. */
  z.strictObject({ type: z.literal('job_started'), job: jobIdSchema }),
  z.strictObject({ type: z.literal('stop_requested'), request: z.string() }),
  /** It is at rest, and goes on; `word` says how, if its kind knows several ways. */
  z.strictObject({
    type: z.literal('continue_requested'),
    request: z.string(),
    word: z.string(),
    approval: approvalSchema,
  }),
  /** A person's word that its kind understands, and by which nothing can run that was not approved. */
  z.strictObject({ type: z.literal('told'), request: z.string(), word: z.string(), detail: z.string() }),
])
export type CommonEvent = z.infer<typeof commonEventSchema>

export interface Undertaking<P extends UndertakingPlan, State> {
  readonly spec: UndertakingSpec<P>
  readonly approval: Approval | null
  /** The jobs that it has started, oldest first. */
  readonly jobs: readonly JobId[]
  /** Since it began, or was continued last. */
  readonly stopRequestedAtMs: number | null
  /** How often it was begun or continued. */
  readonly run: number
  /** Requests that were taken. */
  readonly requests: readonly string[]
  readonly state: State
  readonly updatedAtMs: number
}

/** What is seen of a job. `removed`: it was started, and somebody has deleted it since. */
export type JobSeen =
  | { readonly kind: 'absent' }
  | { readonly kind: 'known'; readonly job: Job }
  | { readonly kind: 'removed' }
  | { readonly kind: 'unreadable'; readonly problem: string }

export interface UndertakingSeen {
  readonly nowMs: number
  job(id: JobId): JobSeen
  /** How long ago the act with this key was done by this supervisor; null: it was not. */
  sinceActMs(key: string): number | null
}

/** `Act` is what its kind can do besides jobs; acts are done at least once, so that each has to look whether it was done. */
export type UndertakingEffect<Own, Act> =
  | { readonly kind: 'record'; readonly event: Own }
  /** `id` is derived from the undertaking, what it is for, and how often that was tried: asked for twice, it is one job. */
  | {
      readonly kind: 'start_job'
      readonly id: JobId
      readonly plan: Plan
      readonly description: string | null
      readonly origin: Origin
    }
  | { readonly kind: 'stop_job'; readonly id: JobId }
  /** Acts of one key are done one after the other; the answer of each is events. */
  | { readonly kind: 'act'; readonly key: string; readonly act: Act }
  | { readonly kind: 'look_again'; readonly afterMs: number }

/** A request that concerns one undertaking. */
export interface AskedOf {
  readonly kind: 'stop' | 'continue' | 'tell'
  readonly word: string
  readonly detail: string
}

/** A kind of undertaking: all pure. `Own` are its own events, besides the common ones. */
export interface UndertakingKind<P extends UndertakingPlan, Own, State, Act> {
  readonly name: P['kind']
  readonly planSchema: z.ZodType<P>
  readonly eventSchema: z.ZodType<Own>
  initial(spec: UndertakingSpec<P>): State
  /** Never throws, and accepts events in any order. */
  reduce(state: State, atMs: number, event: CommonEvent | Own, spec: UndertakingSpec<P>): State
  /** Records are durable before any other effect is carried out; it is asked again after each. */
  decide(undertaking: Undertaking<P, State>, seen: UndertakingSeen): readonly UndertakingEffect<Own, Act>[]
  /** Nothing will happen to it unless a person says so. */
  isAtRest(undertaking: Undertaking<P, State>): boolean
  /** Why that cannot be done as things are, a sentence; null: it can. */
  refusal(undertaking: Undertaking<P, State>, asked: AskedOf): string | null
  /** Why another with this plan must not begin in the same folder while this one goes on; null: it may. */
  conflict?(undertaking: Undertaking<P, State>, other: P): string | null
  /** What of its plan would be done if it went on: what must not be in conflict with others then. Without it: all. */
  openPlan?(undertaking: Undertaking<P, State>): P
}

/** The undertaking as its journal tells it. */
export function replayUndertaking<P extends UndertakingPlan, Own, State, Act>(
  kind: UndertakingKind<P, Own, State, Act>,
  spec: UndertakingSpec<P>,
  events: readonly { readonly atMs: number; readonly event: CommonEvent | Own }[],
): Undertaking<P, State> {
  const initial: Undertaking<P, State> = {
    spec,
    approval: null,
    jobs: [],
    stopRequestedAtMs: null,
    run: 0,
    requests: [],
    state: kind.initial(spec),
    updatedAtMs: spec.createdAtMs,
  }
  return events.reduce((before, { atMs, event }) => reduceUndertaking(kind, before, atMs, event), initial)
}

export function reduceUndertaking<P extends UndertakingPlan, Own, State, Act>(
  kind: UndertakingKind<P, Own, State, Act>,
  before: Undertaking<P, State>,
  atMs: number,
  event: CommonEvent | Own,
): Undertaking<P, State> {
  const common = commonEventSchema.safeParse(event)
  const after = common.success ? { ...before, ...commonChanges(before, atMs, common.data) } : before
  return { ...after, state: kind.reduce(before.state, atMs, event, before.spec), updatedAtMs: atMs }
}

type Common = Pick<
  Undertaking<UndertakingPlan, unknown>,
  'approval' | 'jobs' | 'stopRequestedAtMs' | 'run' | 'requests'
>

function commonChanges(before: Common, atMs: number, event: CommonEvent): Partial<Common> {
  switch (event.type) {
    case 'approved':
      return { approval: event.approval, run: 1 }
    case 'job_started':
      return before.jobs.includes(event.job) ? {} : { jobs: [...before.jobs, event.job] }
    case 'stop_requested':
      return {
        stopRequestedAtMs: before.stopRequestedAtMs ?? atMs,
        requests: [...before.requests, event.request],
      }
    case 'continue_requested':
      return {
        approval: event.approval,
        stopRequestedAtMs: null,
        run: before.run + 1,
        requests: [...before.requests, event.request],
      }
    case 'told':
      return { requests: [...before.requests, event.request] }
  }
}

/** The id of a job of an undertaking; `act` are lower-case words, as short as can be. */
export function childJobId(undertaking: JobId, act: string): JobId {
  return jobIdSchema.parse(`${undertaking}-${act}`)
}

/** The digest of an approval is the SHA-256 of this text in UTF-8. */
export function canonicalUndertaking(plan: UndertakingPlan): string {
  return canonicalJson(plan)
}
