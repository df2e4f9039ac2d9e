// A run of steps with its events, for whoever tells what has happened in it.
import type { JobId } from '../../core/jobs/jobId'
import { stepRunKind } from '../../core/steps/stepRun'
import type { StepRun } from '../../core/steps/stepRunState'
import type { RecordedStepEvent } from '../../core/steps/transcript'
import { readJournal } from '../journal'
import type { FolderPaths } from '../stateFolder'
import { readUndertaking, undertakingEventSchema } from '../undertakings/undertakingFiles'

/** Null: it is not there. Throws RelayError. */
export function readStepRun(
  folder: FolderPaths,
  id: JobId,
): { readonly run: StepRun; readonly events: readonly RecordedStepEvent[] } | null {
  // The events first: what comes in between is told the next time.
  const { events } = readJournal(folder.undertaking(id).journal, undertakingEventSchema(stepRunKind))
  const stored = readUndertaking(folder, id, stepRunKind)
  return stored === null ? null : { run: stored.undertaking, events }
}
