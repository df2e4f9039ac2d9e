// The agent as it may look for a fix: it has to be able to change files of its worktree, which the usual follow-up must not. Shown, and approved.
import type { Agent } from '../followUps/agent'

/** Null: it can change nothing. */
export function fixing(agent: Agent): Agent | null {
  switch (agent.kind) {
    case 'builtin':
    case 'vscode':
      return null
    case 'command':
      return agent
    case 'claude': {
      const isLess = ['default', 'plan', 'dontAsk'].includes(agent.permissionMode)
      return isLess ? { ...agent, permissionMode: 'acceptEdits' } : agent
    }
    case 'codex':
      return agent.permissionMode === 'read-only' ? { ...agent, permissionMode: 'workspace-write' } : agent
  }
}
