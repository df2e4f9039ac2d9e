// Transcripts as the agents write them, with nothing in them but what matters, and records of no interest between.
export interface Said {
  readonly text?: string
  readonly tool?: string
}

const at = '2026-11-20T12:00:00.000Z'

/** Records of a Claude Code conversation, one a line. */
export class ClaudeTranscript {
  readonly lines: string[] = []
  private count = 0

  constructor(
    private readonly conversation = 'c0ffee00-0000-4000-8000-000000000001',
    private readonly cwd = '/projects',
  ) {}

  person(text: string): this {
    return this.push({ type: 'user', message: { role: 'user', content: text } })
  }

  toolOutput(text: string): this {
    const content = [{ type: 'tool_result', tool_use_id: 'call_1', content: text, is_error: false }]
    return this.push({ type: 'user', message: { role: 'user', content }, toolUseResult: { stdout: text } })
  }

  /** One message of several pieces, each a record of its own, as the program writes them. */
  agent(pieces: readonly Said[], stop: string | null = 'end_turn', more: Readonly<Record<string, unknown>> = {}): this {
    const id = `msg_${++this.count}`
    for (const { text, tool } of pieces) {
      const piece =
        tool === undefined ? { type: 'text', text } : { type: 'tool_use', name: 'Bash', input: { command: tool } }
      const message = { id, role: 'assistant', model: 'a-model', content: [piece], stop_reason: stop }
      this.push({ type: 'assistant', message, ...more })
    }
    return this
  }

  push(record: Readonly<Record<string, unknown>>): this {
    const place = { uuid: `u-${this.lines.length}`, sessionId: this.conversation, cwd: this.cwd, timestamp: at }
    this.lines.push(
      JSON.stringify({ isSidechain: false, ...place, ...record }),
      JSON.stringify({ type: 'mode', mode: 1 }),
    )
    return this
  }
}

/** Records of a Codex conversation, one a line. */
export class CodexTranscript {
  readonly lines: string[] = []
  private count = 0

  constructor(
    conversation = '01a1fa71-ec4e-7f71-86fa-c58afbf907f2',
    cwd = '/projects',
    more: Readonly<Record<string, unknown>> = { source: 'exec' },
  ) {
    this.push('session_meta', { id: conversation, cwd, ...more })
  }

  person(text: string): this {
    const content = [{ type: 'input_text', text }]
    return this.push('response_item', { type: 'message', role: 'user', content })
  }

  toolOutput(output: string): this {
    return this.push('response_item', { type: 'function_call_output', call_id: 'call_1', output })
  }

  /** Words of the agent within a turn. */
  agent(text: string): this {
    const content = [{ type: 'output_text', text }]
    return this.push('response_item', { type: 'message', role: 'assistant', content })
  }

  end(last: string | null, more: Readonly<Record<string, unknown>> = {}): this {
    const turn_id = `turn-${++this.count}`
    return this.push('event_msg', { type: 'task_complete', turn_id, last_agent_message: last, ...more })
  }

  push(type: string, payload: unknown): this {
    this.lines.push(JSON.stringify({ timestamp: at, type, payload }))
    return this
  }
}
