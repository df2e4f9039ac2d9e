// A model on loopback that says what a test wrote for it: Anthropic's Messages and OpenAI's Responses, both as streams of
// events. The agents that ask it are the real ones.
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** What the model does in answer to one request. */
export type ModelAnswer = (
  | { readonly kind: 'text'; readonly text: string }
  /** The agent is to run this in its shell; what it printed comes with the next request. */
  | { readonly kind: 'shell'; readonly command: string; readonly text?: string }
  /** The agent is to read this file, with the tool that it has for it. */
  | { readonly kind: 'read'; readonly file: string }
  /** An error of the service, 429 for instance; agents ask again. */
  | { readonly kind: 'error'; readonly status: number; readonly retryAfterSec: number }
  /** The limit of a subscription is reached, until then (seconds since the epoch). */
  | { readonly kind: 'limit'; readonly resetsAtSec: number }
) & { readonly delayMs?: number }

export interface ModelRequest {
  readonly protocol: 'messages' | 'responses'
  /** The whole body as it came. */
  readonly body: string
}

/** One event of a stream, named by its `type`. */
type StreamEvent = Readonly<Record<string, unknown>> & { readonly type: string }

/** What makes up an item of the answer in either protocol. */
type Content =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'shell'; readonly id: string; readonly command: string }
  | { readonly kind: 'read'; readonly id: string; readonly file: string }

export class ModelServer {
  /** Every request for an answer, in order. */
  readonly requests: ModelRequest[] = []
  /** What was asked of the server that no test wrote an answer for. */
  readonly unanswered: string[] = []
  private readonly answers: ModelAnswer[] = []

  private constructor(private readonly server: http.Server) {}

  static async start(): Promise<ModelServer> {
    const server = http.createServer()
    const model = new ModelServer(server)
    server.on('request', (request, response) => {
      model.serve(request, response).catch((error: unknown) => {
        model.unanswered.push(String(error)) // The agent went away while it was answered.
        response.destroy()
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return model
  }

  get url(): string {
    const { port } = this.server.address() as AddressInfo // A server that listens on a port, not on a pipe.
    return `http://127.0.0.1:${port}`
  }

  /** Adds answers for the next requests, in this order, whoever asks. */
  say(...answers: readonly (ModelAnswer | string)[]): void {
    this.answers.push(...answers.map((one) => (typeof one === 'string' ? ({ kind: 'text', text: one } as const) : one)))
  }

  /** Drops the answers that nobody has asked for. */
  forget(): void {
    this.answers.length = 0
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close')
    this.server.close()
    this.server.closeAllConnections()
    await closed
  }

  private async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer) // A request without an encoding yields buffers.
    const protocol = protocolOf(request)
    if (protocol === null) {
      response.writeHead(404).end('{}')
      return
    }
    this.requests.push({ protocol, body: Buffer.concat(chunks).toString('utf8') })
    const answer = this.answers.shift()
    if (answer === undefined) {
      this.unanswered.push(`${request.method ?? ''} ${request.url ?? ''}`)
      const error = { type: 'invalid_request_error', message: 'The test wrote no answer for this request.' }
      response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ type: 'error', error }))
      return
    }
    if (answer.delayMs !== undefined) await delay(answer.delayMs)
    if (answer.kind === 'error') {
      const error = { type: 'rate_limit_error', message: `The model refuses with ${answer.status}.` }
      response.writeHead(answer.status, {
        'content-type': 'application/json',
        'retry-after': String(answer.retryAfterSec),
      })
      response.end(JSON.stringify({ type: 'error', error }))
      return
    }
    if (answer.kind === 'limit') {
      const { resetsAtSec } = answer
      response.writeHead(429, {
        'content-type': 'application/json',
        'anthropic-ratelimit-unified-status': 'rejected',
        'anthropic-ratelimit-unified-reset': String(resetsAtSec),
        'anthropic-ratelimit-unified-representative-claim': 'five_hour',
      })
      const message = 'The usage limit has been reached'
      const type = protocol === 'messages' ? 'rate_limit_error' : 'usage_limit_reached'
      response.end(
        JSON.stringify({ type: 'error', error: { type, message, plan_type: 'plus', resets_at: resetsAtSec } }),
      )
      return
    }
    const number = this.requests.length
    const content = contentOf(answer, number)
    const events = protocol === 'messages' ? messageEvents(content, number) : responseEvents(content, number)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''))
  }
}

function protocolOf({ method, url }: http.IncomingMessage): ModelRequest['protocol'] | null {
  const path = new URL(url ?? '/', 'http://127.0.0.1').pathname
  if (method !== 'POST') return null
  return path === '/v1/messages' ? 'messages' : path === '/v1/responses' ? 'responses' : null
}

function contentOf(answer: Exclude<ModelAnswer, { kind: 'error' | 'limit' }>, number: number): readonly Content[] {
  if (answer.kind === 'text') return [{ kind: 'text', text: answer.text }]
  if (answer.kind === 'read') return [{ kind: 'read', id: `call_${number}`, file: answer.file }]
  const text = answer.text === undefined ? [] : [{ kind: 'text', text: answer.text } as const]
  return [...text, { kind: 'shell', id: `call_${number}`, command: answer.command }]
}

/** Anthropic's Messages: one message of several blocks, each with its start, its pieces and its end. */
function messageEvents(content: readonly Content[], number: number): StreamEvent[] {
  const message = {
    id: `msg_${number}`,
    type: 'message',
    role: 'assistant',
    model: 'loopback',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  }
  const blocks = content.flatMap((one, index): StreamEvent[] => {
    const toolUse = (id: string, name: string) => ({ type: 'tool_use', id, name, input: {} })
    const block =
      one.kind === 'text' ? { type: 'text', text: '' } : toolUse(one.id, one.kind === 'shell' ? 'Bash' : 'Read')
    const inputOf = (input: object) => [{ type: 'input_json_delta', partial_json: JSON.stringify(input) }]
    const pieces: readonly unknown[] =
      one.kind === 'text'
        ? halves(one.text).map((text) => ({ type: 'text_delta', text }))
        : inputOf(
            one.kind === 'shell' ? { command: one.command, description: 'As the model said' } : { file_path: one.file },
          )
    return [
      { type: 'content_block_start', index, content_block: block },
      ...pieces.map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]
  })
  const reason = content.some(({ kind }) => kind !== 'text') ? 'tool_use' : 'end_turn'
  return [
    { type: 'message_start', message },
    ...blocks,
    { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: 2 } },
    { type: 'message_stop' },
  ]
}

/** OpenAI's Responses: one response of several items. */
function responseEvents(content: readonly Content[], number: number): StreamEvent[] {
  const id = `resp_${number}`
  const items = content.map((one, index) =>
    one.kind === 'text'
      ? {
          type: 'message',
          id: `item_${number}_${index}`,
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: one.text, annotations: [] }],
        }
      : {
          type: 'function_call',
          id: `item_${number}_${index}`,
          call_id: one.id,
          name: 'exec_command',
          // It has no other tool to read with.
          arguments: JSON.stringify({ cmd: one.kind === 'shell' ? one.command : `cat '${one.file}'` }),
          status: 'completed',
        },
  )
  const pieces = content.map((one) => (one.kind === 'text' ? halves(one.text) : []))
  const events = items.flatMap((item, index): StreamEvent[] => [
    { type: 'response.output_item.added', output_index: index, item: { ...item, status: 'in_progress', content: [] } },
    ...(pieces[index] ?? []).map((delta) => ({
      type: 'response.output_text.delta',
      item_id: item.id,
      output_index: index,
      content_index: 0,
      delta,
    })),
    { type: 'response.output_item.done', output_index: index, item },
  ])
  const usage = {
    input_tokens: 1,
    output_tokens: 1,
    total_tokens: 2,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens_details: { reasoning_tokens: 0 },
  }
  return [
    { type: 'response.created', response: { id } },
    ...events,
    { type: 'response.completed', response: { id, output: items, usage } },
  ]
}

/** A text in two pieces, as models stream it. */
function halves(text: string): readonly string[] {
  const middle = Math.floor(text.length / 2)
  return [text.slice(0, middle), text.slice(middle)].filter((piece) => piece !== '')
}
