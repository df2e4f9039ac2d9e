// A run of steps with its events, for whoever tells what has happened in it.
import type { JobId } from '../../core/jobs/jobId'
import { stepRunKind } from '../../core/steps/stepRun'
import type { StepRun } from '../../core/steps/stepRunState'
import type { RecordedStepEvent } from '../../core/steps/transcript'
import { replayUndertaking } from '../../core/undertakings/undertaking'
import { readJournal } from '../journal'
import type { FolderPaths } from '../stateFolder'
import { readUndertaking, undertakingEventSchema } from '../undertakings/undertakingFiles'

/** Null: it is not there. The run is as these events tell it, and none that came since. Throws RelayError. */
export function readStepRun(
  folder: FolderPaths,
  id: JobId,
): { readonly run: StepRun; readonly events: readonly RecordedStepEvent[] } | null {
  const stored = readUndertaking(folder, id, stepRunKind)
  if (stored === null) return null
  const { events } = readJournal(folder.undertaking(id).journal, undertakingEventSchema(stepRunKind))
  return { run: replayUndertaking(stepRunKind, stored.undertaking.spec, events), events }
}
