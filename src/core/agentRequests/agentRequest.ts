// Something that an agent asked for at the end of a turn of its own conversation, and what has become of it.
import * as z from 'zod'
import { jobIdSchema } from '../jobs/jobId'
import { isConversationId, transcriptAgents } from '../transcripts/turn'

export const agentRequestIdSchema = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .brand<'AgentRequestId'>()
export type AgentRequestId = z.infer<typeof agentRequestIdSchema>

/** Who may ask: an agent in a conversation of its own, or whoever has answered as a follow-up. */
export const askingAgents = [...transcriptAgents, 'command', 'vscode'] as const
export type AskingAgent = (typeof askingAgents)[number]

/** What was asked, whole: written once. `text` is what an agent wrote, and data. */
export const agentRequestSchema = z.strictObject({
  v: z.literal(1),
  id: agentRequestIdSchema,
  agent: z.enum(askingAgents),
  /** Null: it answers without one. */
  conversation: z.string().refine(isConversationId).nullable(),
  turn: z.string(),
  /** Where the conversation began, and where the job is to run; a real path. */
  cwd: z.string(),
  /** The workspace folder it is in; a real path. */
  folder: z.string(),
  /** When the turn ended. */
  atMs: z.number(),
  kind: z.enum(['block', 'blocked']),
  text: z.string(),
  /** Asked by the answer of a follow-up that we have run: the next job of its chain, and why it did not start by itself. */
  answer: z
    .strictObject({
      parent: jobIdSchema,
      attempt: z.int().min(1),
      root: jobIdSchema,
      depth: z.int().min(1),
      /** The job that it leads to. */
      jobId: jobIdSchema,
      why: z.string(),
    })
    .optional(),
})
export type AgentRequest = z.infer<typeof agentRequestSchema>

/** A job that a request has led to, named before it is started, so that starting it twice is one job. */
export const requestedJobSchema = z.strictObject({
  v: z.literal(1),
  jobId: jobIdSchema,
  atMs: z.number(),
  /** Nobody clicked. */
  automatic: z.boolean(),
})
export type RequestedJob = z.infer<typeof requestedJobSchema>

export type AgentRequestState =
  | { readonly kind: 'open' }
  | { readonly kind: 'started'; readonly job: RequestedJob }
  | { readonly kind: 'dismissed' }
  /** Too old, or the conversation has gone on beyond it. */
  | { readonly kind: 'expired' }

/** What is older is not asked for any more. */
export const expiresAfterMs = 7 * 86_400_000
