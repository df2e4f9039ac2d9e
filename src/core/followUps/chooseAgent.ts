// Who does a follow-up: the one that the setting names, else the one in whose conversation the block was written, else the
// first that was found. What was found and why it was chosen is said.
import type { TranscriptAgent } from '../transcripts/turn'
import { transcriptAgentNames, transcriptAgents } from '../transcripts/turn'
import { type Agent, type AgentReason, builtinAgent } from './agent'
import type { AgentSettings } from './agentSettings'

/** The programs that were found on this machine, absolute. */
export type FoundAgents = Readonly<Record<TranscriptAgent, string | null>>

export interface ChosenAgent {
  readonly agent: Agent
  /** A sentence for a person. */
  readonly why: string
}

/** `origin`: the agent of the conversation from which the block came; null if it came from none. */
export function chooseAgent(settings: AgentSettings, found: FoundAgents, origin: TranscriptAgent | null): ChosenAgent {
  const limits = {
    timeLimitSec: settings['relay.followUps.timeLimitMinutes'] * 60,
    waitLimitSec: settings['relay.followUps.rateLimitWaitMinutes'] * 60,
    otherwise: settings['relay.followUps.otherwise'],
  }
  const choice = settings['relay.followUps.agent']
  switch (choice) {
    case 'builtin':
      return { agent: builtinAgent, why: 'The built-in analyst does the follow-up, as relay.followUps.agent says.' }
    case 'claude':
    case 'codex': {
      const name = transcriptAgentNames[choice]
      const program = found[choice]
      if (program !== null) return named(program, 'as relay.followUps.agent says')
      // It may be there by then, and the person wants no other.
      if (limits.otherwise === 'wait')
        return named(choice, 'as relay.followUps.agent says, although it was not found yet')
      return {
        agent: builtinAgent,
        why: `The built-in analyst does the follow-up: relay.followUps.agent says ${name}, which was not found.`,
      }
      function named(where: string, how: string): ChosenAgent {
        const agent = agentOf(choice as TranscriptAgent, where, 'setting', origin === choice)
        return { agent, why: `${name} does the follow-up, ${how}.` }
      }
    }
    case 'command': {
      const argv = settings['relay.followUps.command']
      const [program] = argv
      if (program === undefined || program === '')
        return {
          agent: builtinAgent,
          why: 'The built-in analyst does the follow-up: relay.followUps.agent says command, and relay.followUps.command is empty.',
        }
      return {
        agent: { kind: 'command', argv, ...limits, reason: 'setting' },
        why: 'Your own command does the follow-up, as relay.followUps.agent says.',
      }
    }
    case 'vscode': {
      const model = settings['relay.followUps.vscode.model']
      return {
        agent: { kind: 'vscode', ...(model === '' ? {} : { model }), ...limits, reason: 'setting' },
        why: 'A language model of VS Code does the follow-up, as relay.followUps.agent says.',
      }
    }
    case 'auto':
      return chooseFound()
  }

  function chooseFound(): ChosenAgent {
    const seen = tellFound(found)
    const ofOrigin = origin === null ? null : found[origin]
    if (origin !== null && ofOrigin !== null)
      return {
        agent: agentOf(origin, ofOrigin, 'origin', true),
        why: `${transcriptAgentNames[origin]} does the follow-up, because the block came from its conversation, which goes on. ${seen}`,
      }
    for (const kind of transcriptAgents) {
      const program = found[kind]
      if (program === null) continue
      return {
        agent: agentOf(kind, program, 'found', false),
        why: `${transcriptAgentNames[kind]} does the follow-up, because it is the first agent that was found. ${seen}`,
      }
    }
    return { agent: builtinAgent, why: `The built-in analyst does the follow-up. ${seen}` }
  }

  function agentOf(kind: TranscriptAgent, program: string, reason: AgentReason, resumes: boolean): Agent {
    const model = settings[`relay.followUps.${kind}.model`]
    return {
      kind,
      program,
      ...(model === '' ? {} : { model }),
      args: settings[`relay.followUps.${kind}.args`],
      ...(resumes ? { resumes: true as const } : {}),
      permissionMode:
        kind === 'claude'
          ? settings['relay.followUps.claude.permissionMode']
          : settings['relay.followUps.codex.sandbox'],
      ...limits,
      reason,
    }
  }
}

function tellFound(found: FoundAgents): string {
  const parts = transcriptAgents.map((kind) => {
    const program = found[kind]
    return program === null
      ? `${transcriptAgentNames[kind]} was not found`
      : `${transcriptAgentNames[kind]} is ${program}`
  })
  return `${parts.join('; ')}.`
}
