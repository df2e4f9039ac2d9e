// A turn as its log tells it: what the agent says, a line for each tool it calls, and what we did about it.
import { redactSecrets } from '../logs/redactSecrets'
import { maxLineChars, renderTerminalLines, sanitizeLine } from '../logs/terminalText'
import type { StreamEvent } from './streams/agentStream'

const toolChars = 200

/** The lines, without an escape sequence or a secret of a known shape. */
export function renderTurnEvent(event: StreamEvent): readonly string[] {
  switch (event.kind) {
    case 'text':
      return renderTerminalLines(redactSecrets(event.text), maxLineChars)
    case 'tool':
      return [`→ ${oneLine(event.detail === '' ? event.name : `${event.name}: ${event.detail}`, toolChars)}`]
    // It has a file of its own: the log is what the agent says.
    case 'output':
      return []
    case 'note':
      return [`· ${oneLine(event.text, 500)}`]
    case 'conversation':
      return [ourLine(`Conversation ${event.id}`)]
  }
}

/** A sentence of ours among an agent's lines. */
export function ourLine(sentence: string): string {
  return `[relay] ${oneLine(sentence, 1_000)}`
}

function oneLine(text: string, maxChars: number): string {
  return sanitizeLine(redactSecrets(text).replaceAll(/\s+/g, ' ').trim(), maxChars)
}
