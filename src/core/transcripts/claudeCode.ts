// The transcripts of Claude Code: ~/.claude/projects/<folder>/<conversation>.jsonl, one record a line. Read as versions
// 2.0 to 2.1 write them; the format is private, so whatever is not known is passed over.
import * as z from 'zod'
import { parseJsonLine } from './jsonLine'
import { isConversationId, maxAnswerChars, type TranscriptReader, type Turn } from './turn'

const recordSchema = z.object({
  type: z.string(),
  subtype: z.string().optional().catch(undefined),
  isSidechain: z.boolean().optional().catch(undefined),
  isApiErrorMessage: z.boolean().optional().catch(undefined),
  message: z.unknown().optional(),
})

const placeSchema = z.object({
  uuid: z.string().min(1).max(200),
  sessionId: z.string().refine(isConversationId),
  cwd: z.string().startsWith('/'),
  timestamp: z.string(),
})

/** One record holds one piece of a message, with the message's id; the pieces come in order. */
const messageSchema = z.object({
  id: z.string(),
  model: z.string().optional().catch(undefined),
  stop_reason: z.string().nullish().catch(undefined),
  content: z.array(z.object({ type: z.string(), text: z.string().optional().catch(undefined) })),
})

/** The messages that the program itself puts in the place of an answer have this model. */
const synthetic = '<synthetic>'
/** Records that follow the end of a turn. They tell it where a message does not say why it stopped. */
const endsTurn = (type: string, subtype: string | undefined) =>
  type === 'last-prompt' || (type === 'system' && (subtype === 'turn_duration' || subtype === 'stop_hook_summary'))

interface Answer {
  readonly messageId: string
  readonly uuid: string
  readonly conversation: string
  readonly atMs: number
  readonly text: string
  readonly stop: 'end' | 'unknown' | 'other'
}

export class ClaudeCodeReader implements TranscriptReader {
  cwd: string | null = null
  /** The message that may be the last of the turn. */
  private last: Answer | null = null

  read(line: string): Turn | null {
    const value = parseJsonLine(line)
    const record = recordSchema.safeParse(value).data
    // A side chain is the talk with a subagent.
    if (record === undefined || record.isSidechain === true) return null
    const { type, subtype } = record
    const { last } = this
    switch (type) {
      case 'assistant':
        return this.readAnswer(value, record)
      case 'user':
        // A tool's result or a person's words: what was said before was not, or is no more, the last word.
        this.last = null
        return null
      default:
        if (!endsTurn(type, subtype)) return null
        this.last = null
        return last?.stop === 'unknown' ? this.turnOf(last) : null
    }
  }

  private readAnswer(value: unknown, { message, isApiErrorMessage }: z.infer<typeof recordSchema>): Turn | null {
    const said = messageSchema.safeParse(message).data
    const place = placeSchema.safeParse(value).data
    const before = this.last
    this.last = null
    if (said === undefined || place === undefined) return null
    this.cwd ??= place.cwd
    const atMs = Date.parse(place.timestamp)
    if (isApiErrorMessage === true || said.model === synthetic || Number.isNaN(atMs)) return null
    const isSame = before?.messageId === said.id
    const texts = said.content.flatMap(({ type, text }) => (type === 'text' && text !== undefined ? [text] : []))
    const text = [...(isSame && before.text !== '' ? [before.text] : []), ...texts].join('\n\n')
    if (text.length > maxAnswerChars) return null
    const callsTool = said.content.some(({ type }) => type.endsWith('tool_use'))
    this.last = {
      messageId: said.id,
      uuid: isSame ? before.uuid : place.uuid,
      conversation: place.sessionId,
      atMs,
      text,
      stop: callsTool || (isSame && before.stop === 'other') ? 'other' : stopOf(said.stop_reason),
    }
    return this.last.stop === 'end' ? this.turnOf(this.last) : null
  }

  private turnOf({ uuid, conversation, atMs, text }: Answer): Turn | null {
    if (text.trim() === '' || this.cwd === null) return null
    return { agent: 'claude', conversation, id: uuid, cwd: this.cwd, atMs, answer: text }
  }
}

function stopOf(reason: string | null | undefined): Answer['stop'] {
  switch (reason) {
    case 'end_turn':
    case 'stop_sequence':
      return 'end'
    case null:
    case undefined:
      return 'unknown'
    default:
      return 'other'
  }
}
