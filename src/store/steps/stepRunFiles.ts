// A run of steps with its events, for whoever tells what has happened in it.
import fs from 'node:fs'
import type { JobId } from '../../core/jobs/jobId'
import { stepRunKind } from '../../core/steps/stepRun'
import type { StepRun } from '../../core/steps/stepRunState'
import type { RecordedStepEvent } from '../../core/steps/transcript'
import { replayUndertaking } from '../../core/undertakings/undertaking'
import { readIfExists } from '../durableFile'
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

/** The same again and again while it goes on: what has not changed is not read. */
export class StepRunFollower {
  private known: ReturnType<typeof readStepRun> = null
  private stamp = ''

  constructor(
    private readonly folder: FolderPaths,
    private readonly id: JobId,
  ) {}

  /** Null: it is not there. Throws RelayError. */
  read(): ReturnType<typeof readStepRun> {
    const { journal } = this.folder.undertaking(this.id)
    const stamp = stampOf(journal)
    if (stamp === '' || stamp !== this.stamp || this.known === null) {
      // What is appended meanwhile changes the stamp, and is read the next time.
      this.known = this.readAgain(journal)
      this.stamp = stamp
    }
    return this.known
  }

  private readAgain(journal: string): ReturnType<typeof readStepRun> {
    if (this.known === null) return readStepRun(this.folder, this.id)
    if (readIfExists(this.folder.undertaking(this.id).spec) === null) return null
    const { events } = readJournal(journal, undertakingEventSchema(stepRunKind))
    return { run: replayUndertaking(stepRunKind, this.known.run.spec, events), events }
  }
}

/** Empty: it cannot be told. */
function stampOf(file: string): string {
  const stats = fs.statSync(file, { throwIfNoEntry: false })
  return stats === undefined ? '' : `${stats.size} ${stats.mtimeMs}`
}
