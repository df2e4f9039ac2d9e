// What a turn tells of itself while it goes on and after it: `turn.json` in the directory of its attempt, made anew at every
// change by its one writer, the process that runs the turn. Fields may be added, never removed or given a new meaning.
import * as z from 'zod'
import { agentReasons } from './agent'

export const turnRecordSchema = z.object({
  v: z.literal(1),
  /** Who does it now: `builtin` from the moment at which it fell back. */
  agent: z.enum(['builtin', 'claude', 'codex', 'command', 'vscode']),
  /** Absolute, as it was planned; null for those that are no program. */
  program: z.string().nullable(),
  model: z.string().nullable(),
  /** How the plan came to name this agent; null for the built-in one. */
  reason: z.enum(agentReasons).nullable(),
  /**
   * - `running`: a call of the agent is under way. Found so when no process of the job is alive, it was interrupted.
   * - `waiting`: until `waitingUntilMs` nothing is asked.
   * - `answered`: `answer.md` is whole, whatever its marker says.
   * - `failed`: `answer.md` says in a sentence why there is no answer.
   */
  state: z.enum(['running', 'waiting', 'answered', 'failed']),
  waitingUntilMs: z.number().nullable(),
  /** What the agent resumes the conversation by, from the moment at which it is known. */
  conversation: z.string().nullable(),
  /** The conversation that was there before and was gone on with; null if the turn began a new one. */
  resumed: z.string().nullable(),
  /** Why another than the planned agent answered, in a sentence. */
  fellBack: z.string().nullable(),
  /** How often a malformed block was sent back. */
  repairs: z.int().min(0),
  /** What was out of the ordinary, in sentences, oldest first. */
  notes: z.array(z.string()).readonly(),
  usage: z.object({ inputTokens: z.number(), outputTokens: z.number(), costUsd: z.number().nullable() }).nullable(),
  startedAtMs: z.number(),
  endedAtMs: z.number().nullable(),
})
export type TurnRecord = z.infer<typeof turnRecordSchema>
