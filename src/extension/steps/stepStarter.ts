// From steps to a run of them, with everything shown and approved in between.
import type { PhaseView } from '../../core/steps/stepView'
import type { StepFolders } from './stepFolders'
import type { StepsHost } from './stepsGate'
import type { ShownStep, StepsModel } from './stepsModel'

export class StepStarter {
  constructor(
    private readonly host: StepsHost,
    private readonly files: StepFolders,
    private readonly model: StepsModel,
  ) {}
  async phasesOf(step: ShownStep): Promise<readonly PhaseView[]> {
    return []
  }
  async run(steps: readonly ShownStep[], dryRun: boolean): Promise<void> {}
  async stop(step: ShownStep): Promise<void> {}
  async retry(step: ShownStep): Promise<void> {}
}
