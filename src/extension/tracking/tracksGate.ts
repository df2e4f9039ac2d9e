// What of tracking is there from the start: names, and an empty view that is shown once something is tracked. What shows tracks and begins them is
// loaded when there is one, or when somebody asks.
import * as vscode from 'vscode'
import { jobIdSchema } from '../../core/jobs/jobId'
import { isRelayError } from '../../core/relayError'
import type { JobRequests } from '../../store/jobs/jobRequests'
import type { FolderPaths, StateFolder } from '../../store/stateFolder'
import { readUndertakingSpec } from '../../store/undertakings/undertakingFiles'
import { type Command, contextKeys, views } from '../contributions'
import type { JobModel } from '../jobs/jobModel'
import type { Handler } from '../registerCommands'
import { ViewGate } from '../viewGate'
import type { Tracks } from './tracks'
import type { TrackRow } from './trackTree'

export interface TracksHost {
  readonly extensionUri: vscode.Uri
  readonly model: JobModel
  readonly requests: JobRequests
  readonly state: StateFolder
  /** dist/cli.js. */
  readonly cli: string
  readonly log: vscode.LogOutputChannel
}

const trackCommands = [
  'trackJob',
  'stopTrack',
  'openPullRequest',
  'showTrack',
  'copyTrackId',
] as const satisfies readonly Command[]
export type TrackCommand = (typeof trackCommands)[number]

export class TracksGate implements vscode.Disposable {
  readonly handlers: Readonly<Partial<Record<Command, Handler>>>
  private readonly gate: ViewGate<TrackRow, TrackCommand, Tracks>
  private readonly subscription: vscode.Disposable
  private isShown = false
  /** Undertakings that were looked at: whether one is a track never changes. */
  private readonly isTrack = new Map<string, boolean>()

  constructor(private readonly host: TracksHost) {
    this.gate = new ViewGate<TrackRow, TrackCommand, Tracks>({
      name: views.tracks,
      commands: trackCommands,
      load: async () => {
        const tracks = await (await import('./tracks')).Tracks.open(host)
        tracks.tree.onDidChangeTreeData(() => this.look())
        return tracks
      },
      log: host.log,
    })
    this.handlers = this.gate.handlers
    this.subscription = host.model.onDidChange(() => this.look())
    this.look()
  }

  /** All of it; rejects if it cannot be loaded. */
  load(): Promise<Tracks> {
    return this.gate.load()
  }

  dispose(): void {
    this.subscription.dispose()
    this.gate.dispose()
  }

  /** The view is there once something is tracked; one that goes on may have something to tell. */
  private look(): void {
    if (this.isShown || !this.host.model.shownFolders.some((folder) => this.hasTrack(folder))) return
    this.isShown = true
    void vscode.commands.executeCommand('setContext', contextKeys.hasTracks, true)
    this.gate.loadSoon()
  }

  private hasTrack(folder: FolderPaths): boolean {
    return folder.listUndertakings().some((name) => {
      const known = this.isTrack.get(name)
      if (known !== undefined) return known
      const id = jobIdSchema.safeParse(name)
      try {
        const spec = id.success ? readUndertakingSpec(folder, id.data) : null
        if (spec === null) return false // Not there yet: it is looked at again.
        this.isTrack.set(name, spec.plan.kind === 'track')
        return spec.plan.kind === 'track'
      } catch (error) {
        if (!isRelayError(error)) throw error
        return false // What cannot be read is told where it is listed.
      }
    })
  }
}
