// The output of a command of the person's own: text, all of it the answer.
import type { AgentStream, StreamEnd, StreamEvent } from './agentStream'

const maxChars = 1_000_000

export class PlainStream implements AgentStream {
  readonly isOver = false
  private readonly lines: string[] = []
  private chars = 0
  private dropped = 0

  read(line: string): readonly StreamEvent[] {
    this.lines.push(line)
    this.chars += line.length + 1
    // The end of an answer says most of it.
    while (this.chars > maxChars && this.lines.length > 1) {
      this.chars -= (this.lines.shift() ?? '').length + 1
      this.dropped++
    }
    return [{ kind: 'text', text: line }]
  }

  end(): StreamEnd {
    const cut = this.dropped > 0 ? [`… (${this.dropped} lines left out)`] : []
    return { answer: [...cut, ...this.lines].join('\n'), error: null, resetsAtMs: null, usage: null, toolCalls: 0 }
  }
}
