// One more turn of the agent's own conversation, in which it is told what is wrong with its block.
import { showInvisible } from '../logs/plainText'
import { shellQuote } from '../shellQuote'
import type { TranscriptAgent } from '../transcripts/turn'

const maxProblems = 20
const maxProblemChars = 300

/** What the agent is told. */
export function renderRepairPrompt(problems: readonly string[]): string {
  const shown = problems.slice(0, maxProblems).map((problem) => {
    const line = showInvisible(problem).replaceAll(/\s+/g, ' ')
    return `- ${line.length > maxProblemChars ? `${line.slice(0, maxProblemChars)}…` : line}`
  })
  const rest = problems.length - shown.length
  return [
    'The [[relay-actions]] block at the end of your last answer cannot be started. Nothing runs.',
    'Line:column in the block, and what is wrong there:',
    ...shown,
    ...(rest > 0 ? [`- … and ${rest} more`] : []),
    '',
    'Answer with one corrected block and nothing behind it but [[task:done]]. Do not start the command yourself.',
    'If something is missing that you must not guess, answer [[task:blocked]] and say what.',
  ].join('\n')
}

/**
 * The command that resumes a conversation with `prompt` on its standard input. The agent has to ask for whatever it may not
 * do by itself, and nobody is there to be asked: it can read and answer.
 */
export function renderRepairCommand(agent: TranscriptAgent, conversation: string, prompt: string): string {
  const resume = {
    claude: `claude -p --resume ${shellQuote(conversation)}`,
    codex: `codex exec --skip-git-repo-check --sandbox read-only resume ${shellQuote(conversation)} -`,
  }[agent]
  const end = delimiterFor(prompt)
  return `${resume} <<'${end}'\n${prompt}\n${end}`
}

/** A line that the text does not have. */
function delimiterFor(text: string): string {
  const lines = new Set(text.split('\n'))
  let delimiter = 'RELAY_ERRORS'
  while (lines.has(delimiter)) delimiter += '_'
  return delimiter
}
