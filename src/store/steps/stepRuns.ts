// The runs of steps in one folder, as views show them; what has not changed is not read again.
import { stepRunKind } from '../../core/steps/stepRun'
import type { StepRunState } from '../../core/steps/stepRunState'
import type { StepRunPlan } from '../../core/steps/stepRunPlan'
import { viewsOfRun } from '../../core/steps/stepRunView'
import type { StepRunView } from '../../core/steps/stepView'
import type { FolderPaths } from '../stateFolder'
import type { StoredUndertaking } from '../undertakings/undertakingFiles'
import { UndertakingReader } from '../undertakings/undertakingReader'

export interface SeenRun {
  readonly stored: StoredUndertaking<StepRunPlan, StepRunState>
  readonly isAtRest: boolean
  /** In its order. */
  readonly steps: readonly StepRunView[]
}

export class StepRuns {
  private readonly reader
  private seen = new WeakMap<StoredUndertaking<StepRunPlan, StepRunState>, SeenRun>()

  constructor(folder: FolderPaths) {
    this.reader = new UndertakingReader(folder, stepRunKind)
  }

  /** All runs, oldest first. */
  read(): { readonly runs: readonly SeenRun[]; readonly problems: readonly string[] } {
    const { found, problems } = this.reader.read()
    return { runs: found.map((stored) => this.see(stored)), problems }
  }

  private see(stored: StoredUndertaking<StepRunPlan, StepRunState>): SeenRun {
    const known = this.seen.get(stored)
    if (known !== undefined) return known
    const isAtRest = stepRunKind.isAtRest(stored.undertaking)
    const seen = { stored, isAtRest, steps: viewsOfRun(stored.undertaking, isAtRest) }
    this.seen.set(stored, seen)
    return seen
  }
}

/** The newest run of each step, by its number. */
export function newestRuns(runs: readonly SeenRun[]): ReadonlyMap<number, StepRunView> {
  return new Map(runs.flatMap(({ steps }) => steps.map((step) => [step.step, step] as const)))
}
