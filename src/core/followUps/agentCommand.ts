// How an agent is called for one turn: its words, never with the prompt among them, and how its output is read.
import type { Agent } from './agent'
import type { AgentStream } from './streams/agentStream'
import { ClaudeStream } from './streams/claudeStream'
import { CodexStream } from './streams/codexStream'
import { PlainStream } from './streams/plainStream'

/** Those that are started as a process of ours. */
export type ProcessAgent = Extract<Agent, { kind: 'claude' | 'codex' | 'command' }>

export interface AgentCall {
  readonly program: string
  readonly words: readonly string[]
  readonly stream: AgentStream
}

/** What `{…}` in a command of the person's own stands for. */
export interface CallFacts {
  readonly jobId: string
  readonly attempt: number
  readonly cwd: string
  /** Of the job that the task is about; empty if it is about none. */
  readonly log: string
  /** The same without links on its way: a home directory is often reached by one. */
  readonly realLog: string
}

/** The call that begins a conversation, or goes on with `conversation`. */
export function callAgent(agent: ProcessAgent, conversation: string | null, facts: CallFacts): AgentCall {
  switch (agent.kind) {
    case 'claude': {
      const words = [
        ...agent.args,
        '-p',
        ...['--output-format', 'stream-json', '--verbose', '--permission-mode', agent.permissionMode],
        ...(agent.model === undefined ? [] : ['--model', agent.model]),
        // The log lies outside of the workspace; this file and no other may be read without asking.
        ...(facts.log === '' || agent.args.includes('--settings') ? [] : ['--settings', allowReading(facts)]),
        ...(conversation === null ? [] : ['--resume', conversation]),
      ]
      return { program: agent.program, words, stream: new ClaudeStream() }
    }
    case 'codex': {
      // The sandbox is named before `resume`, which does not know that option.
      const words = [
        'exec',
        ...agent.args,
        ...['--json', '--skip-git-repo-check', '--sandbox', agent.permissionMode],
        ...(agent.model === undefined ? [] : ['--model', agent.model]),
        ...(conversation === null ? [] : ['resume', conversation]),
        '-',
      ]
      return { program: agent.program, words, stream: new CodexStream() }
    }
    case 'command': {
      const [program = '', ...words] = agent.argv.map((word) => fillIn(word, facts))
      return { program, words, stream: new PlainStream() }
    }
  }
}

function allowReading({ log, realLog }: CallFacts): string {
  return JSON.stringify({ permissions: { allow: [...new Set([log, realLog])].map((file) => `Read(/${file})`) } })
}

/** Plain names in braces; other braces stay as they are. */
function fillIn(word: string, { jobId, attempt, cwd, log }: CallFacts): string {
  const values: Readonly<Record<string, string>> = { job_id: jobId, attempt: String(attempt), cwd, log }
  return word.replace(/\{([a-z_]+)\}/g, (whole, name: string) => values[name] ?? whole)
}
