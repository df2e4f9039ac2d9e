// What an agent says while it works, line by line as it prints it. The formats are the agents' own and change: what is not
// known is passed over, and a line that is no record is told as it stands.
import { parseJsonLine } from '../../transcripts/jsonLine'

export type StreamEvent =
  /** What it resumes this conversation by. */
  | { readonly kind: 'conversation'; readonly id: string }
  /** A whole message. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tool'; readonly name: string; readonly detail: string }
  /** What a tool gave back: a command what it printed, a file what stands in it. As the agent was told it, often cut. */
  | { readonly kind: 'output'; readonly text: string }
  /** Something that it tells of itself: a retry, a refusal, a warning. */
  | { readonly kind: 'note'; readonly text: string }

export interface Usage {
  readonly inputTokens: number
  readonly outputTokens: number
  /** As the agent counts it; null where it does not. */
  readonly costUsd: number | null
}

/** What the agent said went wrong. */
export interface StreamError {
  readonly message: string
  /** The HTTP status of its service; null if it named none. */
  readonly status: number | null
}

export interface StreamEnd {
  /** The final answer; null if it did not come to one. */
  readonly answer: string | null
  readonly error: StreamError | null
  /** When a limit is lifted, as its record says; ms since the epoch. */
  readonly resetsAtMs: number | null
  readonly usage: Usage | null
  /** Tools it called: whether anything may have been done. */
  readonly toolCalls: number
}

/** Reads the output of one process. Never throws. */
export interface AgentStream {
  read(line: string): readonly StreamEvent[]
  /** It has said that its turn is over; the process may be a while in going. */
  readonly isOver: boolean
  end(): StreamEnd
}

/** The record of a line; undefined for what is none. */
export function recordOf(line: string): Readonly<Record<string, unknown>> | undefined {
  const value = parseJsonLine(line)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
}

/** A line that is no record: a warning, or the output of somebody's own option. */
export function noteOf(line: string): readonly StreamEvent[] {
  return line.trim() === '' ? [] : [{ kind: 'note', text: line }]
}
