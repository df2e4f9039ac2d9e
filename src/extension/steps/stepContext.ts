// What a step is planned with in this window: its folder as it is now, and what the person has set.
import type { PlanContext } from '../../core/steps/planStep'
import type { StateFolder } from '../../store/stateFolder'
import { stepContextOf } from '../../store/steps/stepContext'
import { chooseAgentHere, settingsHere } from '../followUps/agentChoice'

/** `root` is the real path of the folder. Throws RelayError if the settings cannot be read. */
export function stepContext(state: StateFolder, root: string): PlanContext {
  return stepContextOf(root, settingsHere(state), chooseAgentHere(state, null).agent)
}
