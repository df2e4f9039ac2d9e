// The output of `codex exec --json`, as version 0.169 writes it.
import * as z from 'zod'
import { isConversationId } from '../../transcripts/turn'
import { type AgentStream, noteOf, recordOf, type StreamEnd, type StreamError, type StreamEvent } from './agentStream'

const text = z.string().nullish().catch(undefined)
const count = z.number().catch(0)

const recordSchema = z.object({
  type: z.string(),
  thread_id: text,
  message: text,
  error: z.object({ message: text }).nullish().catch(undefined),
  usage: z.object({ input_tokens: count, output_tokens: count }).optional().catch(undefined),
  item: z
    .object({
      ...{ type: z.string(), text, message: text, command: text, query: text, server: text, tool: text },
      aggregated_output: text,
      result: z
        .object({ content: z.array(z.object({ text })) })
        .nullish()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
})
type Item = NonNullable<z.infer<typeof recordSchema>['item']>

export class CodexStream implements AgentStream {
  isOver = false
  private toolCalls = 0
  private last: string | null = null
  private isCompleted = false
  private error: StreamError | null = null
  private usage: StreamEnd['usage'] = null

  read(line: string): readonly StreamEvent[] {
    const value = recordOf(line)
    const record = recordSchema.safeParse(value).data
    if (record === undefined) return value === undefined ? noteOf(line) : []
    switch (record.type) {
      case 'thread.started':
        return typeof record.thread_id === 'string' && isConversationId(record.thread_id)
          ? [{ kind: 'conversation', id: record.thread_id }]
          : []
      case 'item.started':
        return record.item === undefined ? [] : this.readStarted(record.item)
      case 'item.completed':
        return record.item === undefined ? [] : this.readCompleted(record.item)
      case 'error':
        // Also what it tells of its retries; only the last one may be the reason why it failed.
        this.error = errorOf(record.message)
        return [{ kind: 'note', text: record.message ?? '' }]
      case 'turn.failed':
        this.error = errorOf(record.error?.message)
        this.isOver = true
        return []
      case 'turn.completed':
        this.isCompleted = true
        this.isOver = true
        if (record.usage !== undefined) {
          const { input_tokens, output_tokens } = record.usage
          this.usage = { inputTokens: input_tokens, outputTokens: output_tokens, costUsd: null }
        }
        return []
      default:
        return []
    }
  }

  end(): StreamEnd {
    const { isCompleted, last, error, usage, toolCalls } = this
    return {
      answer: isCompleted ? (last ?? '') : null,
      error: isCompleted ? null : error,
      resetsAtMs: null,
      usage,
      toolCalls,
    }
  }

  private readStarted(item: Item): readonly StreamEvent[] {
    switch (item.type) {
      case 'command_execution':
        this.toolCalls++
        return [{ kind: 'tool', name: 'shell', detail: item.command ?? '' }]
      case 'mcp_tool_call':
        this.toolCalls++
        return [{ kind: 'tool', name: `${item.server ?? ''} ${item.tool ?? ''}`.trim(), detail: '' }]
      default:
        return []
    }
  }

  private readCompleted(item: Item): readonly StreamEvent[] {
    switch (item.type) {
      case 'agent_message':
        this.last = item.text ?? ''
        return [{ kind: 'text', text: this.last }]
      case 'command_execution':
        return outputOf(item.aggregated_output ?? '')
      case 'mcp_tool_call':
        return outputOf((item.result?.content ?? []).map((one) => one.text ?? '').join('\n'))
      case 'file_change':
      case 'web_search':
        this.toolCalls++
        return [{ kind: 'tool', name: item.type.replace('_', ' '), detail: item.query ?? '' }]
      case 'error':
        return [{ kind: 'note', text: item.message ?? '' }]
      default:
        return []
    }
  }
}

function outputOf(told: string): readonly StreamEvent[] {
  return told === '' ? [] : [{ kind: 'output', text: told }]
}

function errorOf(message: string | null | undefined): StreamError {
  const said = message ?? 'It failed and did not say why.'
  const status = /\bstatus:? (\d{3})\b/.exec(said)?.[1]
  return { message: said, status: status === undefined ? null : Number(status) }
}
