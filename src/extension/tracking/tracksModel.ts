// The tracks of this window's folders as their journals tell them; only what has changed is read anew.
import fs from 'node:fs'
import * as vscode from 'vscode'
import type { JobId } from '../../core/jobs/jobId'
import { isRelayError } from '../../core/relayError'
import { describeTrack, type TrackDescription } from '../../core/tracking/describeTrack'
import { trackKind } from '../../core/tracking/track'
import type { TrackAct } from '../../core/tracking/trackAct'
import { type TrackSpec, type TrackState } from '../../core/tracking/trackState'
import type { TrackEvent } from '../../core/tracking/trackEvent'
import type { TrackPlan } from '../../core/tracking/trackPlan'
import type { StoredUndertaking } from '../../store/undertakings/undertakingFiles'
import { UndertakingReader } from '../../store/undertakings/undertakingReader'
import { type DirectoryWatch, watchDirectory } from '../../store/watchDirectory'
import type { JobModel } from '../jobs/jobModel'

/** However fast tracks change, nothing is read or drawn more often. */
const refreshMs = 250

export type StoredTrack = StoredUndertaking<TrackPlan, TrackState>

export class TracksModel implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>()
  readonly onDidChange = this.changed.event
  private readonly readers = new Map<string, UndertakingReader<TrackPlan, TrackEvent, TrackState, TrackAct>>()
  private readonly watches = new Map<string, DirectoryWatch>()
  private readonly subscription: vscode.Disposable
  private timer: NodeJS.Timeout | null = null
  private stored: readonly StoredTrack[] = []
  /** Newest first. */
  tracks: readonly TrackDescription[] = []
  problems: readonly string[] = []

  constructor(private readonly jobs: JobModel) {
    this.subscription = jobs.onDidChange(() => this.refreshSoon())
    this.read()
  }

  get(id: JobId): TrackDescription | null {
    return this.tracks.find((one) => one.id === id) ?? null
  }

  storedOf(id: JobId): StoredTrack | null {
    return this.stored.find(({ undertaking }) => undertaking.spec.id === id) ?? null
  }

  specOf(id: JobId): TrackSpec | null {
    return this.storedOf(id)?.undertaking.spec ?? null
  }

  /** Reads now what an event would bring in a moment. */
  refresh(): void {
    this.read()
    this.changed.fire()
  }

  dispose(): void {
    this.subscription.dispose()
    if (this.timer !== null) clearTimeout(this.timer)
    for (const watch of this.watches.values()) watch.close()
    this.changed.dispose()
  }

  private refreshSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null
      this.refresh()
    }, refreshMs)
  }

  private read(): void {
    const found: StoredTrack[] = []
    const problems: string[] = []
    for (const folder of this.jobs.shownFolders) {
      const reader = this.readers.get(folder.key) ?? new UndertakingReader(folder, trackKind)
      this.readers.set(folder.key, reader)
      if (!this.watches.has(folder.directory) && fs.existsSync(folder.directory))
        this.watches.set(
          folder.directory,
          watchDirectory(folder.directory, () => this.refreshSoon()),
        )
      try {
        const read = reader.read()
        found.push(...read.found)
        problems.push(...read.problems)
      } catch (error) {
        if (!isRelayError(error)) throw error
        problems.push(error.message)
      }
    }
    this.stored = found
    this.problems = problems
    this.tracks = found
      .map(({ undertaking }) => describeTrack(undertaking))
      .sort((a, b) => b.createdAtMs - a.createdAtMs)
  }
}
