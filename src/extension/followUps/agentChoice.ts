// Who does the follow-up of a job that is started from this window: by the person's own settings, those of VS Code before
// those of the settings file.
import type { AgentSetting, AgentSettings } from '../../core/followUps/agentSettings'
import { agentSettingNames, planDefaults, withSettings } from '../../core/followUps/agentSettings'
import type { PlanDefaults } from '../../core/jobs/plan'
import { type ChosenAgent, chooseAgent } from '../../core/followUps/chooseAgent'
import type { TranscriptAgent } from '../../core/transcripts/turn'
import { findAgents } from '../../store/followUps/findAgents'
import { readSettings } from '../../store/settingsFile'
import type { StateFolder } from '../../store/stateFolder'
import { onceInATurn } from '../onceInATurn'
import { userValue } from '../settings'

/** What the person has chosen for jobs whose blocks say nothing of it. Throws RelayError if the settings cannot be read. */
export function planDefaultsHere(state: StateFolder): PlanDefaults {
  return planDefaults(settingsHere(state))
}

/** `origin`: the agent of the conversation from which the block came. Throws RelayError if the settings cannot be read. */
export function chooseAgentHere(state: StateFolder, origin: TranscriptAgent | null): ChosenAgent {
  return chooseAgent(settingsHere(state), agentsIn(process.env), origin)
}

const agentsIn = onceInATurn(findAgents)

/** The settings of follow-ups as they count in this window. Throws RelayError. */
export const settingsHere = onceInATurn((state: StateFolder): AgentSettings => {
  const values: Partial<Record<AgentSetting, unknown>> = { ...readSettings(state).values }
  for (const name of agentSettingNames) values[name] = userValue(name) ?? values[name]
  return withSettings(values)
})
