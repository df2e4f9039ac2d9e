// The output of `claude -p --output-format stream-json --verbose`, as version 2.1 writes it.
import * as z from 'zod'
import { isConversationId } from '../../transcripts/turn'
import { type AgentStream, noteOf, recordOf, type StreamEnd, type StreamError, type StreamEvent } from './agentStream'

const number = z.number().nullish().catch(undefined)
const text = z.string().nullish().catch(undefined)

const recordSchema = z.object({
  type: z.string(),
  subtype: text,
  session_id: text,
  parent_tool_use_id: text,
  message: z.unknown().optional(),
  attempt: number,
  max_retries: number,
  error_status: number,
  error: text,
  tool_name: text,
  isSynthetic: z.boolean().optional().catch(undefined),
  is_api_error_message: z.boolean().optional().catch(undefined),
  rate_limit_info: z.object({ status: text, resetsAt: number }).optional().catch(undefined),
})

const messageSchema = z.object({
  content: z.array(z.object({ type: z.string(), text, name: text, input: z.unknown().optional() })),
})

/** What tools gave back comes as a message of the user. */
const toldSchema = z.object({
  content: z.array(z.object({ type: z.string(), content: z.unknown().optional() })),
})
const piecesSchema = z.array(z.object({ text }))

const resultSchema = z.object({
  type: z.literal('result'),
  is_error: z.boolean().catch(false),
  result: text,
  errors: z.array(z.string()).optional().catch(undefined),
  api_error_status: number,
  total_cost_usd: number,
  usage: z.object({ input_tokens: number, output_tokens: number }).optional().catch(undefined),
})

export class ClaudeStream implements AgentStream {
  isOver = false
  private conversation: string | null = null
  private toolCalls = 0
  private resetsAtMs: number | null = null
  private result: z.infer<typeof resultSchema> | null = null

  read(line: string): readonly StreamEvent[] {
    const value = recordOf(line)
    const record = recordSchema.safeParse(value).data
    if (record === undefined) return value === undefined ? noteOf(line) : []
    const begun = this.readConversation(record.session_id)
    switch (record.type) {
      case 'assistant':
        // The words of a subagent are told to the agent; those of an error are in the result.
        if (typeof record.parent_tool_use_id === 'string' || record.is_api_error_message === true) return begun
        return [...begun, ...this.readMessage(record.message)]
      case 'user':
        return [...begun, ...readTold(record.message)]
      case 'system':
        return [...begun, ...readSystem(record)]
      case 'rate_limit_event':
        if (record.rate_limit_info?.status === 'rejected' && typeof record.rate_limit_info.resetsAt === 'number')
          this.resetsAtMs = record.rate_limit_info.resetsAt * 1000
        return begun
      case 'result': {
        this.result = resultSchema.safeParse(value).data ?? null
        this.isOver = this.result !== null
        return begun
      }
      default:
        return begun
    }
  }

  end(): StreamEnd {
    const { result, resetsAtMs, toolCalls } = this
    const isAnswer = result !== null && !result.is_error && typeof result.result === 'string'
    return {
      answer: isAnswer ? (result.result ?? null) : null,
      error: result?.is_error === true ? errorOf(result) : null,
      resetsAtMs: isAnswer ? null : resetsAtMs,
      usage: usageOf(result),
      toolCalls,
    }
  }

  private readConversation(id: string | null | undefined): readonly StreamEvent[] {
    if (typeof id !== 'string' || id === this.conversation || !isConversationId(id)) return []
    this.conversation = id
    return [{ kind: 'conversation', id }]
  }

  private readMessage(message: unknown): readonly StreamEvent[] {
    const content = messageSchema.safeParse(message).data?.content ?? []
    return content.flatMap((piece): StreamEvent[] => {
      if (piece.type === 'text') return [{ kind: 'text', text: piece.text ?? '' }]
      if (!piece.type.endsWith('tool_use')) return []
      this.toolCalls++
      return [{ kind: 'tool', name: piece.name ?? 'a tool', detail: detailOf(piece.input) }]
    })
  }
}

function readTold(message: unknown): readonly StreamEvent[] {
  const content = toldSchema.safeParse(message).data?.content ?? []
  return content.flatMap((piece): StreamEvent[] => {
    if (piece.type !== 'tool_result') return []
    const pieces = piecesSchema.safeParse(piece.content).data ?? []
    const told = typeof piece.content === 'string' ? piece.content : pieces.map((one) => one.text ?? '').join('\n')
    return told === '' ? [] : [{ kind: 'output', text: told }]
  })
}

function readSystem({ subtype, attempt, max_retries, error_status, error, tool_name }: z.infer<typeof recordSchema>) {
  if (subtype === 'api_retry') {
    const why = [error_status, error].filter((one) => one !== null && one !== undefined).join(' ')
    return [
      { kind: 'note', text: `Claude Code tries again (${attempt ?? '?'} of ${max_retries ?? '?'}): ${why}` },
    ] as const
  }
  if (subtype === 'permission_denied')
    return [
      { kind: 'note', text: `Not allowed without asking, and nobody is there to be asked: ${tool_name ?? ''}` },
    ] as const
  return []
}

/** The one thing of a tool's input that says most of it. */
function detailOf(input: unknown): string {
  const fields = new Map(Object.entries(typeof input === 'object' && input !== null ? input : {}))
  for (const name of ['command', 'file_path', 'path', 'pattern', 'url', 'query', 'description']) {
    const value: unknown = fields.get(name)
    if (typeof value === 'string') return value
  }
  return ''
}

function errorOf({ result, errors, api_error_status }: z.infer<typeof resultSchema>): StreamError {
  const message = [result ?? '', ...(errors ?? [])].filter((one) => one !== '').join(' ')
  return {
    message: message === '' ? 'It ended with an error that it did not name.' : message,
    status: api_error_status ?? null,
  }
}

function usageOf(result: z.infer<typeof resultSchema> | null): StreamEnd['usage'] {
  if (result?.usage === undefined) return null
  const { input_tokens, output_tokens } = result.usage
  return { inputTokens: input_tokens ?? 0, outputTokens: output_tokens ?? 0, costUsd: result.total_cost_usd ?? null }
}
