// The transcripts of Codex: ~/.codex/sessions/<year>/<month>/<day>/rollout-<time>-<conversation>.jsonl, one record a line.
// Read as version 0.169 writes them; the format is private, so whatever is not known is passed over.
import * as z from 'zod'
import { parseJsonLine } from './jsonLine'
import { isConversationId, maxAnswerChars, type TranscriptReader, type Turn } from './turn'

const recordSchema = z.object({ timestamp: z.string(), type: z.string(), payload: z.unknown().optional() })

const id = z.string().refine(isConversationId)
const absolute = z.string().startsWith('/')

const metaSchema = z.object({
  id,
  cwd: absolute,
  /** An object that says so for a subagent's conversation. */
  source: z.unknown().optional(),
  thread_source: z.string().nullish().catch(undefined),
})
const endSchema = z.object({
  type: z.enum(['task_complete', 'turn_complete']),
  turn_id: z.string().min(1).max(200),
  last_agent_message: z.string().max(maxAnswerChars),
  error: z.unknown().optional(),
})

export class CodexReader implements TranscriptReader {
  /** The first record says whose transcript it is; one that was copied into it comes later. */
  private meta: z.infer<typeof metaSchema> | null = null

  get cwd(): string | null {
    return this.meta?.cwd ?? null
  }

  read(line: string): Turn | null {
    const record = recordSchema.safeParse(parseJsonLine(line)).data
    if (record === undefined) return null
    const { type, payload, timestamp } = record
    if (type === 'session_meta') this.meta ??= metaSchema.safeParse(payload).data ?? null
    if (type !== 'event_msg' || this.meta === null || isSubagent(this.meta)) return null
    const end = endSchema.safeParse(payload).data
    const atMs = Date.parse(timestamp)
    if (end === undefined || Number.isNaN(atMs)) return null
    if ((end.error !== undefined && end.error !== null) || end.last_agent_message.trim() === '') return null
    const { id: conversation, cwd } = this.meta
    return { agent: 'codex', conversation, id: end.turn_id, cwd, atMs, answer: end.last_agent_message }
  }
}

function isSubagent({ source, thread_source }: z.infer<typeof metaSchema>): boolean {
  const isObject = typeof source === 'object' && source !== null
  return (isObject && 'subagent' in source) || (thread_source ?? '').includes('subagent')
}
