// A conversation that was only learnt during a turn: whoever goes on with it waits for the end of that turn, too.
import { isTask } from '../../core/followUps/taskState'
import { conversationOf, type Job } from '../../core/jobs/job'
import { readTurn } from '../../store/followUps/turnFiles'
import type { FolderPaths } from '../../store/stateFolder'

/** Whether a turn under way has begun, or gone over to, the conversation that `job` is to go on with. */
export function isInConversation(job: Job, live: readonly Job[], folderOf: (job: Job) => FolderPaths): boolean {
  const lane = conversationOf(job.spec.plan)
  if (lane === null) return false
  return live.some((other) => {
    if (other.spec.id === job.spec.id || !isTask(other) || !isUnderWay(other)) return false
    const turn = readTurn(folderOf(other).job(other.spec.id).attempt(other.attempt))
    return turn?.conversation !== null && turn !== null && `${turn.agent} ${turn.conversation}` === lane
  })
}

function isUnderWay({ state }: Job): boolean {
  return ['launching', 'running', 'settling'].includes(state.kind)
}
