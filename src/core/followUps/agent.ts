// Who does a follow-up, whole: everything that decides what is run and what it may do, for it is a part of the plan and so
// of what is approved. Fields may be added as optional ones, never removed or given a new meaning.
import * as z from 'zod'
import { isConversationId } from '../transcripts/turn'
import { otherwiseChoices } from './otherwise'

/** How it came to be this one: the setting names it, the block came from its conversation, or it was the first found. */
export const agentReasons = ['setting', 'origin', 'found'] as const
export type AgentReason = (typeof agentReasons)[number]

const limits = {
  /** Time for its work; what is waited for a rate limit is not counted. After it everything that the turn started is ended. */
  timeLimitSec: z.int().min(1),
  /** How long it is waited for when it cannot be reached: a rate limit, an outage, and with `wait` also a log-in. */
  waitLimitSec: z.int().min(0),
  otherwise: z.enum(otherwiseChoices),
  reason: z.enum(agentReasons),
}

const conversational = {
  /** Absolute, as it was found; its bare name if it was not, to be looked for when it is its turn. */
  program: z.string().min(1),
  /** Its own name for a model; absent: its default. */
  model: z.string().optional(),
  /** Further words of its command line, before ours. */
  args: z.array(z.string()).readonly(),
  /**
   * The conversation from which the block came goes on. Which one that is stands in the origin of the job and, in the plan of
   * the follow-up itself, in `conversation`: so an approval for good holds for the same block in another conversation.
   */
  resumes: z.literal(true).optional(),
  /** The conversation that is gone on with. */
  conversation: z.string().refine(isConversationId).optional(),
}

export const agentSchema = z.discriminatedUnion('kind', [
  /** Reads the log and the result files itself; it needs no account. */
  z.strictObject({ kind: z.literal('builtin') }),
  /** `permissionMode`: the value of `--permission-mode`. */
  z.strictObject({ kind: z.literal('claude'), ...conversational, permissionMode: z.string(), ...limits }),
  /** `permissionMode`: the value of `--sandbox`. */
  z.strictObject({ kind: z.literal('codex'), ...conversational, permissionMode: z.string(), ...limits }),
  /** The prompt comes on standard input, the answer on standard output. Words may hold `{job_id}`, `{cwd}` and `{log}`. */
  z.strictObject({ kind: z.literal('command'), argv: z.array(z.string()).min(1).readonly(), ...limits }),
  /** A language model of VS Code, asked through a window that has the folder open. `model`: its id or family. */
  z.strictObject({ kind: z.literal('vscode'), model: z.string().optional(), ...limits }),
])
export type Agent = z.infer<typeof agentSchema>
export type AgentKind = Agent['kind']
/** Those that are programs with conversations of their own. */
export type ConversationAgent = Extract<Agent, { kind: 'claude' | 'codex' }>

export const builtinAgent: Agent = { kind: 'builtin' }

export const agentKindNames: Readonly<Record<AgentKind, string>> = {
  builtin: 'the built-in analyst',
  claude: 'Claude Code',
  codex: 'Codex',
  command: 'a command of your own',
  vscode: 'a language model of VS Code',
}

/** How long the follow-up's job may take in all; the rest is the turn's own limit, which is told in words when it is reached. */
export function jobLimitSec(agent: Agent): number {
  return agent.kind === 'builtin' ? 3600 : agent.timeLimitSec + agent.waitLimitSec + 120
}

/** The agent as it goes on with that conversation, if it is planned to go on with the one from which its block came. */
export function resuming(agent: Agent, conversation: string | null): Agent {
  if (agent.kind !== 'claude' && agent.kind !== 'codex') return agent
  return agent.resumes === true && conversation !== null && isConversationId(conversation)
    ? { ...agent, conversation }
    : agent
}
