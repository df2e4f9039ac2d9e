// One turn of an agent's conversation that has come to its end, as far as a transcript tells it.

export const transcriptAgents = ['claude', 'codex'] as const
export type TranscriptAgent = (typeof transcriptAgents)[number]

export const transcriptAgentNames: Readonly<Record<TranscriptAgent, string>> = {
  claude: 'Claude Code',
  codex: 'Codex',
}

export interface Turn {
  readonly agent: TranscriptAgent
  /** What the agent resumes the conversation by. */
  readonly conversation: string
  /** A copy of the conversation has the same. */
  readonly id: string
  /** Where the conversation began, absolute. */
  readonly cwd: string
  /** When the answer was written; ms since the epoch. */
  readonly atMs: number
  /** The agent's last words of the turn, as it wrote them: no output of its tools, and nothing that a person said. */
  readonly answer: string
}

/** Reads one transcript line by line. What it does not know it passes over: these formats are private to the agents. */
export interface TranscriptReader {
  /** Where the conversation began; null until a line has told it. */
  readonly cwd: string | null
  /** The turn that this line ends, or tells again; null for all other lines. Never throws. */
  read(line: string): Turn | null
}

/** Longer ones are nobody's answer to read. */
export const maxAnswerChars = 200_000

/** Goes into a command line, so what looks like an option is none. */
const conversationPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/

export function isConversationId(text: string): boolean {
  return conversationPattern.test(text)
}
