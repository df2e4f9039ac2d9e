// The conversation of an agent from which a job came: of the block that asked for it, or of the follow-up whose answer did.
import type { AgentKind } from '../../core/followUps/agent'
import type { Origin } from '../../core/jobs/spec'
import type { FolderPaths } from '../stateFolder'
import { readTurn } from './turnFiles'

/** Null if it came from no conversation of that agent. */
export function originConversation(folder: FolderPaths, origin: Origin, agent: AgentKind): string | null {
  switch (origin.kind) {
    case 'conversation':
      return origin.agent === agent ? origin.conversation : null
    case 'answer': {
      const turn = readTurn(folder.job(origin.parent).attempt(origin.attempt))
      return turn?.agent === agent ? turn.conversation : null
    }
    case 'block':
    case 'follow_up':
    case 'task':
    case 'experiment':
    case 'step':
    case 'track':
      return null
  }
}
