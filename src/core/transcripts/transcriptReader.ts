// The reader for an agent's transcripts.
import { ClaudeCodeReader } from './claudeCode'
import { CodexReader } from './codex'
import type { TranscriptAgent, TranscriptReader } from './turn'

/** For one transcript, from its first line on. */
export function transcriptReader(agent: TranscriptAgent): TranscriptReader {
  switch (agent) {
    case 'claude':
      return new ClaudeCodeReader()
    case 'codex':
      return new CodexReader()
  }
}
