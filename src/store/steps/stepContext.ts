// What a step is planned with: its folder as it is now, what the person has set, and the agent that was found.
import type { AgentSettings } from '../../core/followUps/agentSettings'
import type { Agent } from '../../core/followUps/agent'
import { executionLogPath } from '../../core/steps/executionLog'
import type { PlanContext } from '../../core/steps/planStep'
import { readerOf, workerOf } from '../../core/steps/stepAgents'
import { lookAtWorkspace } from './stepFiles'

/** `folder` is a real path, `agent` the one that is chosen for follow-ups. */
export function stepContextOf(folder: string, settings: AgentSettings, agent: Agent): PlanContext {
  return {
    cwd: folder,
    documents: { spec: settings['relay.steps.spec'], log: executionLogPath },
    workspace: lookAtWorkspace(folder),
    worker: workerOf(agent),
    reader: readerOf(agent),
    directScripts: settings['relay.steps.directScripts'],
    defaultSkills: settings['relay.steps.skills'],
    mandatorySkills: settings['relay.steps.mandatorySkills'],
    monitorSec: settings['relay.steps.monitorSeconds'],
  }
}
