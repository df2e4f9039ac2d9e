// What a step is planned with in this window: its folder as it is now, and what the person has set.
import { executionLogPath } from '../../core/steps/executionLog'
import type { PlanContext } from '../../core/steps/planStep'
import { specPath } from '../../core/steps/specDocument'
import type { StateFolder } from '../../store/stateFolder'
import { lookAtWorkspace } from '../../store/steps/stepFiles'

/** `root` is the real path of the folder. Throws RelayError if the settings cannot be read. */
export function stepContext(state: StateFolder, root: string): PlanContext {
  void state
  return {
    cwd: root,
    documents: { spec: specPath, log: executionLogPath },
    workspace: lookAtWorkspace(root),
    worker: null,
    reader: null,
    directScripts: true,
    defaultSkills: [],
    mandatorySkills: [],
  }
}
