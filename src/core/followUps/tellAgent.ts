// An agent in words, as a person reads it before approving: what is run, what it may do, what happens where it cannot.
import { formatDuration } from './quantities'
import { type Agent, agentKindNames } from './agent'

const permissionWords: Readonly<Record<string, string>> = {
  default: 'it reads; what it would have to ask for is refused',
  plan: 'it reads and plans',
  dontAsk: 'it does what its own settings allow; all else is refused',
  acceptEdits: 'it may change files of the workspace without asking',
  auto: 'it decides by itself what it may do',
  bypassPermissions: 'it may do EVERYTHING without asking',
  'read-only': 'it reads; it cannot write or use the network',
  'workspace-write': 'it may change files of the workspace and run commands there',
  'danger-full-access': 'it may do EVERYTHING without asking',
}

/** Phrases, the most important first. Values stand in quotation marks, so that none can pass for a phrase of ours. */
export function tellAgent(agent: Agent): readonly string[] {
  switch (agent.kind) {
    case 'builtin':
      return ['the built-in analyst (reads the log and the files above; no account)']
    case 'claude':
    case 'codex': {
      const { kind, program, model, permissionMode, args, resumes, conversation } = agent
      const may = permissionWords[permissionMode] ?? 'as it understands that'
      return [
        `${agentKindNames[kind]}, ${JSON.stringify(program)}${model === undefined ? '' : `, model ${JSON.stringify(model)}`}`,
        `${kind === 'claude' ? 'permission mode' : 'sandbox'} ${JSON.stringify(permissionMode)}: ${may}`,
        ...(args.length > 0 ? [`further arguments: ${args.map((word) => JSON.stringify(word)).join(' ')}`] : []),
        ...(conversation !== undefined
          ? [`goes on with its conversation ${JSON.stringify(conversation)}`]
          : resumes === true
            ? ['goes on with the conversation from which the block came']
            : []),
        ...tellLimits(agent),
        'the task, the facts of the job and the last lines of its log go to its service; secrets of known shapes are taken out',
      ]
    }
    case 'command':
      return [
        `your own command ${agent.argv.map((word) => JSON.stringify(word)).join(' ')}`,
        'the task, the facts of the job and the last lines of its log go to its standard input',
        ...tellLimits(agent),
      ]
    case 'vscode':
      return [
        `a language model of VS Code${agent.model === undefined ? '' : `, ${JSON.stringify(agent.model)}`}, through a window that has the folder open; it can only read the workspace`,
        ...tellLimits(agent),
        'the task, the facts of the job, the last lines of its log and what it reads go to its provider; secrets of known shapes are taken out',
      ]
  }
}

function tellLimits({ timeLimitSec, waitLimitSec, otherwise }: Exclude<Agent, { kind: 'builtin' }>): readonly string[] {
  const limit = `ended after ${formatDuration(timeLimitSec * 1000)} of work, with all that it started`
  const wait = formatDuration(waitLimitSec * 1000)
  return [
    limit,
    otherwise === 'builtin'
      ? `if it is missing, logged out, or at a limit for more than ${wait}, the built-in analyst reports instead`
      : `if it is missing, logged out or at a limit, it is waited for up to ${wait}`,
  ]
}
