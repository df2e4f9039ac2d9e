// What people and agents ask of the supervisor: one file each, renamed into its inbox.
import fs from 'node:fs'
import * as z from 'zod'
import { watchSchema } from '../core/blocks/schema'
import { approvalSchema } from '../core/jobs/event'
import { jobIdSchema } from '../core/jobs/jobId'
import { followUpPlanSchema, watchPlanSchema } from '../core/jobs/plan'
import { jobSpecSchema } from '../core/jobs/spec'
import { undertakingSpecSchema } from '../core/undertakings/undertaking'
import { readIfExists, writeDurably } from './durableFile'
import { groupLimitSchema } from './jobs/groups'
import type { StateFolder } from './stateFolder'
import { watchDirectory } from './watchDirectory'

const requestId = z.string().regex(/^[a-z0-9-]{1,80}$/)
const environment = z.record(z.string(), z.string())

export const requestSchema = z.discriminatedUnion('kind', [
  /** The request's id is the job's id: asked twice, it is one job. */
  z.strictObject({
    v: z.literal(1),
    kind: z.literal('start'),
    id: jobIdSchema,
    spec: jobSpecSchema,
    approval: approvalSchema,
    env: environment,
    /** Jobs of the same digest that whoever asks knows to be running: of any other they are told first. */
    knows: z.array(jobIdSchema).readonly().optional(),
  }),
  z.strictObject({ v: z.literal(1), kind: z.literal('stop'), id: requestId, jobId: jobIdSchema }),
  z.strictObject({
    v: z.literal(1),
    kind: z.literal('restart'),
    id: requestId,
    jobId: jobIdSchema,
    approval: approvalSchema,
    env: environment,
  }),
  z.strictObject({ v: z.literal(1), kind: z.literal('remove'), id: requestId, jobId: jobIdSchema }),
  /** A job that waits is held back. */
  z.strictObject({ v: z.literal(1), kind: z.literal('hold'), id: requestId, jobId: jobIdSchema }),
  /** It is let go; of an ended job its follow-up is, made with `env` if it was promised and never made. */
  z.strictObject({ v: z.literal(1), kind: z.literal('release'), id: requestId, jobId: jobIdSchema, env: environment }),
  /** `key` is that of `groupKey`. */
  z.strictObject({
    v: z.literal(1),
    kind: z.literal('set_group'),
    id: requestId,
    key: z.string().max(5000),
    limit: groupLimitSchema.optional(),
    paused: z.boolean().optional(),
  }),
  /** `followUp` is what the patch makes of it; the approval is that of the whole patched plan. */
  z.strictObject({
    v: z.literal(1),
    kind: z.literal('patch_watch'),
    id: requestId,
    jobId: jobIdSchema,
    patch: watchSchema,
    watch: watchPlanSchema,
    followUp: followUpPlanSchema.nullable(),
    approval: approvalSchema,
  }),
  /** As `start`, for something that starts several jobs; the approval is that of its whole plan. */
  z.strictObject({
    v: z.literal(1),
    kind: z.literal('start_undertaking'),
    id: jobIdSchema,
    spec: undertakingSpecSchema,
    approval: approvalSchema,
    env: environment,
  }),
  z.strictObject({ v: z.literal(1), kind: z.literal('stop_undertaking'), id: requestId, undertaking: jobIdSchema }),
  /** What is at rest goes on, `word` says how; the approval is that of its plan, which is the same. */
  z.strictObject({
    v: z.literal(1),
    kind: z.literal('continue_undertaking'),
    id: requestId,
    undertaking: jobIdSchema,
    word: z.string().max(200),
    approval: approvalSchema,
    env: environment,
  }),
  /** A person's word about something that goes on: an alert is to be ignored. */
  z.strictObject({
    v: z.literal(1),
    kind: z.literal('tell_undertaking'),
    id: requestId,
    undertaking: jobIdSchema,
    word: z.string().max(200),
    detail: z.string().max(4000),
  }),
  z.strictObject({ v: z.literal(1), kind: z.literal('remove_undertaking'), id: requestId, undertaking: jobIdSchema }),
  /** From a newer build: let go of the lock and start that one. `supervisor` is its file. */
  z.strictObject({
    v: z.literal(1),
    kind: z.literal('hand_over'),
    id: requestId,
    build: z.string(),
    supervisor: z.string(),
  }),
])
export type Request = z.infer<typeof requestSchema>
export type UndertakingRequest = Extract<Request, { kind: `${string}_undertaking` }>
export type StartRequest = Extract<Request, { kind: 'start' }>

/** `running`: of `same_running`, the jobs that are meant. */
export const rejectionSchema = z.object({
  code: z.string(),
  message: z.string(),
  running: z.array(jobIdSchema).readonly().optional(),
})
export type Rejection = z.infer<typeof rejectionSchema>

/** Puts a request into the inbox of `host` (ours by default). It is there, whole, when this returns. */
export function submitRequest(state: StateFolder, request: Request, host: string = state.host): void {
  const file = host === state.host ? state.request(request.id) : state.foreignRequest(host, request.id)
  writeDurably(file, JSON.stringify(request))
}

export type RequestResult =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'waiting' }

/** What has become of a request. `waiting`: it lies in the inbox. A rejection is told once. */
export function readRequestResult(state: StateFolder, id: string): RequestResult {
  if (fs.existsSync(state.request(id))) return { kind: 'waiting' }
  const text = readIfExists(state.rejection(id))
  if (text === null) return { kind: 'accepted' }
  fs.rmSync(state.rejection(id), { force: true })
  return { kind: 'rejected', rejection: rejectionSchema.parse(JSON.parse(text)) }
}

/** Waits until the supervisor has taken a request, at most `timeoutMs`. */
export async function awaitRequest(state: StateFolder, id: string, timeoutMs: number): Promise<RequestResult> {
  return new Promise((resolve) => {
    const look = () => {
      const result = readRequestResult(state, id)
      if (result.kind !== 'waiting') finish(result)
    }
    const finish = (result: RequestResult) => {
      clearTimeout(timer)
      watch.close()
      resolve(result)
    }
    const timer = setTimeout(() => finish({ kind: 'waiting' }), timeoutMs)
    const watch = watchDirectory(state.inbox, look)
    look()
  })
}
