// Who does what agents do in steps: the agent that is chosen for follow-ups, with what it may do there. Pure.
import type { Agent } from '../followUps/agent'

/** Who runs scripts and edits files; null: this one cannot. */
export function workerOf(agent: Agent): Agent | null {
  return agent.kind === 'claude' || agent.kind === 'codex' || agent.kind === 'command' ? alone(agent) : null
}

/** Who answers questions, able to read the workspace and nothing else; null: that cannot be promised of this one. */
export function readerOf(agent: Agent): Agent | null {
  switch (agent.kind) {
    case 'builtin':
    case 'command':
      return null
    case 'vscode':
      return alone(agent)
    case 'claude': {
      const args = withoutOptions(agent.args, claudeGates)
      return alone({ ...agent, args: [...args, '--disallowedTools', claudeTools], permissionMode: 'default' })
    }
    case 'codex':
      return alone({ ...agent, args: withoutOptions(agent.args, codexGates), permissionMode: 'read-only' })
  }
}

/** Tools that change something, or run something that could. */
const claudeTools = 'Bash,Edit,MultiEdit,Write,NotebookEdit,Task,WebFetch'

/** Options that open a gate; true: with a value behind them. */
const claudeGates: Readonly<Record<string, boolean>> = {
  '--dangerously-skip-permissions': false,
  '--allow-dangerously-skip-permissions': false,
  '--permission-mode': true,
  '--allowedTools': true,
  '--allowed-tools': true,
  '--disallowedTools': true,
  '--disallowed-tools': true,
}
const codexGates: Readonly<Record<string, boolean>> = {
  '--dangerously-bypass-approvals-and-sandbox': false,
  '--yolo': false,
  '--full-auto': false,
  '--sandbox': true,
  '-s': true,
  '--ask-for-approval': true,
  '-a': true,
}

function withoutOptions(args: readonly string[], gates: Readonly<Record<string, boolean>>): readonly string[] {
  const kept: string[] = []
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? ''
    const [name = ''] = word.split('=')
    const isConfig = (word === '-c' || word === '--config') && /^(?:sandbox|approval)/.test(args[at + 1] ?? '')
    if (isConfig) at++
    else if (!Object.hasOwn(gates, name)) kept.push(word)
    else if (gates[name] === true && !word.includes('=')) at++
  }
  return kept
}

/** No conversation goes on, and nobody else answers in its place. */
function alone(agent: Agent): Agent {
  if (agent.kind === 'builtin') return agent
  const own = { ...agent, otherwise: 'wait' as const }
  if ('resumes' in own) delete own.resumes
  if ('conversation' in own) delete own.conversation
  return own
}
