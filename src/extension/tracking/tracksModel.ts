// The tracks of this window's folders as their journals tell them; only what has changed is read anew.
import * as vscode from 'vscode'
import type { JobDescription } from '../../core/jobs/describeJob'
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
import { WatchedDirectories } from '../../store/watchedDirectories'
import type { JobModel } from '../jobs/jobModel'
import { Rereading } from '../rereading'

export type StoredTrack = StoredUndertaking<TrackPlan, TrackState>

export class TracksModel implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>()
  readonly onDidChange = this.changed.event
  private readonly readers = new Map<string, UndertakingReader<TrackPlan, TrackEvent, TrackState, TrackAct>>()
  private readonly rereading: Rereading
  private readonly watches: WatchedDirectories
  private readonly subscription: vscode.Disposable
  private stored: readonly StoredTrack[] = []
  /** Newest first. */
  tracks: readonly TrackDescription[] = []
  problems: readonly string[] = []

  constructor(
    private readonly jobs: JobModel,
    onError: (error: unknown) => void,
  ) {
    this.rereading = new Rereading(() => this.read(), onError)
    const soon = () => this.rereading.soon()
    this.watches = new WatchedDirectories(soon)
    this.subscription = jobs.onDidChange(soon)
  }

  /** Resolves when everything was read once. */
  untilRead(): Promise<void> {
    return this.rereading.once()
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

  /** One of its jobs as the view of jobs has it; null: it is not there yet. */
  describeJob(id: JobId): JobDescription | null {
    const stored = this.jobs.get(id)
    return stored === null ? null : this.jobs.describe(stored)
  }

  /** Reads now what an event would bring in a moment. */
  refresh(): Promise<void> {
    return this.rereading.now()
  }

  dispose(): void {
    this.subscription.dispose()
    this.rereading.dispose()
    this.watches.close()
    this.changed.dispose()
  }

  private read(): void {
    const found: StoredTrack[] = []
    const problems: string[] = []
    this.watches.watch(this.jobs.shownFolders.map(({ directory }) => directory))
    for (const folder of this.jobs.shownFolders) {
      const reader = this.readers.get(folder.key) ?? new UndertakingReader(folder, trackKind)
      this.readers.set(folder.key, reader)
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
    this.changed.fire()
  }
}
