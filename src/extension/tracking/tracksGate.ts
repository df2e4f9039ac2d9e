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
import { describeError, type Handler } from '../registerCommands'
import type { Tracks, TrackRow } from './tracks'

export interface TracksHost {
  readonly extensionUri: vscode.Uri
  readonly model: JobModel
  readonly requests: JobRequests
  readonly state: StateFolder
  /** dist/cli.js. */
  readonly cli: string
  readonly log: vscode.LogOutputChannel
}

const names = [
  'trackJob',
  'stopTrack',
  'openPullRequest',
  'showTrack',
  'copyTrackId',
] as const satisfies readonly Command[]
export type TrackCommand = (typeof names)[number]

export class TracksGate implements vscode.Disposable {
  readonly handlers: Readonly<Partial<Record<Command, Handler>>>
  private readonly changed = new vscode.EventEmitter<TrackRow | undefined>()
  private readonly subscriptions: readonly { dispose(): void }[]
  private loading: Promise<Tracks> | null = null
  private loaded: Tracks | null = null
  private isShown = false
  /** Undertakings that were looked at: whether one is a track never changes. */
  private readonly isTrack = new Map<string, boolean>()

  constructor(private readonly host: TracksHost) {
    const view = vscode.window.createTreeView<TrackRow>(views.tracks, {
      treeDataProvider: {
        onDidChangeTreeData: this.changed.event,
        getChildren: async (row?: TrackRow) => (await this.load()).getChildren(row),
        getTreeItem: async (row) => (await this.load()).getTreeItem(row),
      },
      showCollapseAll: true,
    })
    const run =
      (name: TrackCommand): Handler =>
      async (...words) =>
        (await this.load()).acts[name](...words)
    this.handlers = Object.fromEntries(names.map((name) => [name, run(name)]))
    this.subscriptions = [this.changed, view, host.model.onDidChange(() => this.look())]
    this.look()
  }

  /** All of it; rejects if it cannot be loaded. */
  load(): Promise<Tracks> {
    this.loading ??= this.loadNow().catch((error: unknown) => {
      this.loading = null // The next one who asks tries again.
      throw error
    })
    return this.loading
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
    this.loaded?.dispose()
  }

  private async loadNow(): Promise<Tracks> {
    const { Tracks: Loaded } = await import('./tracks')
    this.loaded = new Loaded(this.host)
    this.loaded.onDidChangeTreeData(() => {
      this.look()
      this.changed.fire(undefined)
    })
    return this.loaded
  }

  /** The view is there once something is tracked; one that goes on may have something to tell. */
  private look(): void {
    if (this.isShown || !this.host.model.shownFolders.some((folder) => this.hasTrack(folder))) return
    this.isShown = true
    void vscode.commands.executeCommand('setContext', contextKeys.hasTracks, true)
    this.load().catch((error: unknown) => this.host.log.error(describeError(error)))
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
