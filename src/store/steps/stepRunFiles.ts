// A run of steps with its events, for whoever tells what has happened in it.
import fs from 'node:fs'
import type { JobId } from '../../core/jobs/jobId'
import { stepRunKind } from '../../core/steps/stepRun'
import type { StepRun } from '../../core/steps/stepRunState'
import type { RecordedStepEvent } from '../../core/steps/transcript'
import { reduceUndertaking, replayUndertaking } from '../../core/undertakings/undertaking'
import { readAppendedEvents } from '../appendedEvents'
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

/** The same again and again while it goes on: only what was appended is read, unless that is not as it should be. */
export class StepRunFollower {
  private known: ReturnType<typeof readStepRun> = null
  private stamp: Stamp | null = null
  /** How far the journal was read, in bytes; null: not to the end of a line. */
  private readBytes: number | null = null

  constructor(
    private readonly folder: FolderPaths,
    private readonly id: JobId,
  ) {}

  /** Null: it is not there. Throws RelayError. */
  read(): ReturnType<typeof readStepRun> {
    const { journal, spec } = this.folder.undertaking(this.id)
    const stamp = stampOf(journal)
    const before = this.stamp
    const isSame = stamp !== null && stamp.key === before?.key
    if (isSame && this.known !== null) return this.known
    // What is appended meanwhile changes the stamp, and is read the next time.
    this.stamp = stamp
    if (this.known === null) this.readWhole(journal, null)
    else if (readIfExists(spec) === null) this.known = null
    else if (stamp === null || stamp.inode !== before?.inode || !this.readOn(journal, stamp.bytes))
      this.readWhole(journal, this.known.run.spec)
    return this.known
  }

  private readWhole(journal: string, spec: StepRun['spec'] | null): void {
    const { events, bytes, completeBytes } = readJournal(journal, undertakingEventSchema(stepRunKind))
    this.readBytes = bytes === completeBytes ? bytes : null
    const own = spec ?? readUndertaking(this.folder, this.id, stepRunKind)?.undertaking.spec ?? null
    this.known = own === null ? null : { run: replayUndertaking(stepRunKind, own, events), events }
  }

  /** Whether all up to there could be read as a continuation of what is known. */
  private readOn(journal: string, toBytes: number): boolean {
    if (this.readBytes === null || this.known === null || toBytes < this.readBytes) return false
    const more = readAppendedEvents(journal, this.readBytes, toBytes, undertakingEventSchema(stepRunKind))
    if (more === null) return false
    let { run } = this.known
    for (const { atMs, event } of more) run = reduceUndertaking(stepRunKind, run, atMs, event)
    this.known = { run, events: [...this.known.events, ...more] }
    this.readBytes = toBytes
    return true
  }
}

interface Stamp {
  readonly key: string
  readonly inode: number
  readonly bytes: number
}

/** Null: it cannot be told. */
function stampOf(file: string): Stamp | null {
  const stats = fs.statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return null
  const { size, mtimeMs, ino } = stats
  return { key: `${ino} ${size} ${mtimeMs}`, inode: ino, bytes: size }
}
