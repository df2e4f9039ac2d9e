// The requests of agents in this window's folders as all of the inbox sees them: one reader, and one event when something changed.
import * as vscode from 'vscode'
import type { AgentRequest, AgentRequestId } from '../../core/agentRequests/agentRequest'
import type { JobStart } from '../../core/blocks/schema'
import type { Act } from '../../core/blocks/startableAction'
import { readAsked } from '../../core/agentRequests/readAsked'
import { isRelayError } from '../../core/relayError'
import { type TranscriptAgent, transcriptAgents } from '../../core/transcripts/turn'
import { AgentRequestStore, type StoredRequest } from '../../store/agentRequests/agentRequestStore'
import { foldersAround } from '../../store/agentRequests/foldersAround'
import { type AskingFolder, RequestCollector } from '../../store/agentRequests/requestCollector'
import { requestsOnSince } from '../../store/agentRequests/requestsSwitch'
import { transcriptRoots } from '../../store/agentRequests/transcriptFiles'
import { TranscriptFollower } from '../../store/agentRequests/transcriptFollower'
import { makeDirectory } from '../../store/durableFile'
import { folderKey, type StateFolder } from '../../store/stateFolder'
import { type DirectoryWatch, watchDirectory } from '../../store/watchDirectory'
import type { Startable } from '../jobs/startJob'

const refreshMs = 100

/** What a request means now. */
export type Meaning =
  | {
      readonly kind: 'job'
      readonly startable: Startable
      readonly warnings: readonly string[]
      readonly hasUnknownKeys: boolean
    }
  /** Something about jobs or tasks that are there: looked up when a person wants it done. */
  | { readonly kind: 'act'; readonly action: Act; readonly warnings: readonly string[] }
  | { readonly kind: 'malformed'; readonly problems: readonly string[] }
  | { readonly kind: 'blocked'; readonly missing: string }

export interface ShownRequest extends StoredRequest {
  readonly meaning: Meaning
  readonly store: AgentRequestStore
}

export class RequestModel implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>()
  readonly onDidChange = this.changed.event
  private readonly folders: readonly (Pick<AskingFolder, 'paths' | 'path'> & {
    readonly store: AgentRequestStore
    /** Since when conversations are followed; null: they are not, and only answers of follow-ups ask here. */
    readonly sinceMs: number | null
  })[]
  private readonly watches: readonly DirectoryWatch[]
  private readonly follower: TranscriptFollower | null
  private readonly meanings = new Map<AgentRequestId, Meaning>()
  private shown: readonly ShownRequest[] = []
  private readonly settingsWatch = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration('relay.followUps')) this.settingsChanged()
  })
  private timer: NodeJS.Timeout | null = null

  /** `folders` are real paths of folders in which requests are on, or in which answers of follow-ups have asked. */
  constructor(
    private readonly state: StateFolder,
    folders: readonly string[],
    /** What an action of an agent would start, in a directory and for a folder. Throws RelayError. */
    private readonly planIn: (
      action: JobStart,
      cwd: string,
      folder: string,
      origin: TranscriptAgent | null,
    ) => Startable,
    private readonly onError: (error: unknown) => void,
  ) {
    this.folders = folders.map((path) => {
      const paths = state.folder(folderKey(path))
      return { paths, path, sinceMs: requestsOnSince(paths), store: new AgentRequestStore(paths) }
    })
    for (const { paths, store } of this.folders) {
      makeDirectory(paths.agentRequests)
      store.prune(Date.now())
    }
    this.watches = this.folders.map(({ paths }) => watchDirectory(paths.agentRequests, () => this.refreshSoon(), true))
    this.follower = this.follow(
      this.folders.flatMap((one) => (one.sinceMs === null ? [] : [{ ...one, sinceMs: one.sinceMs }])),
    )
    this.refreshSoon()
  }

  /** What is neither started nor dismissed nor over, newest first. */
  get open(): readonly ShownRequest[] {
    return this.shown.filter(({ state }) => state.kind === 'open')
  }

  /** All that are kept, ended ones too. */
  get all(): readonly ShownRequest[] {
    return this.shown
  }

  /** As it is on disk now; null if there is no such request. */
  read(id: AgentRequestId): ShownRequest | null {
    for (const { store } of this.folders) {
      const stored = store.read(id, Date.now())
      if (stored !== null) return { ...stored, store, meaning: this.meaningOf(stored.request) }
    }
    return null
  }

  /** Reads now what an event would bring in a moment. */
  refresh(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    let shown: readonly ShownRequest[]
    try {
      shown = this.folders
        .flatMap(({ store, sinceMs }) =>
          store
            .list(Date.now())
            .filter(({ request }) => sinceMs !== null || request.answer !== undefined)
            .map((stored) => ({ ...stored, store, meaning: this.meaningOf(stored.request) })),
        )
        .sort((a, b) => b.request.atMs - a.request.atMs)
    } catch (error) {
      this.onError(error) // What was known stays.
      return
    }
    if (shapeOf(shown) === shapeOf(this.shown)) return
    this.shown = shown
    this.changed.fire()
  }

  dispose(): void {
    this.follower?.close()
    this.settingsWatch.dispose()
    if (this.timer !== null) clearTimeout(this.timer)
    for (const watch of this.watches) watch.close()
    this.changed.dispose()
  }

  /** Null: there is nothing to be followed. */
  private follow(asking: readonly AskingFolder[]): TranscriptFollower | null {
    if (asking.length === 0) return null
    const around = (real: string) => foldersAround(this.state, real)
    const collector = new RequestCollector(asking, () => Date.now(), around)
    return new TranscriptFollower({
      roots: transcriptRoots(process.env),
      folders: asking.map(({ path }) => path),
      sinceMs: Math.min(...asking.map(({ sinceMs }) => sinceMs)),
      onTurn: (turn) => {
        try {
          if (collector.collect(turn)) this.refreshSoon()
        } catch (error) {
          this.onError(error) // The next window, or the next look after a restart, finds the turn again.
        }
      },
      onError: this.onError,
    })
  }

  /** Settings say who does follow-ups, and so what a request would start. */
  private settingsChanged(): void {
    this.meanings.clear()
    this.refreshSoon()
  }

  private refreshSoon(): void {
    this.timer ??= setTimeout(() => this.refresh(), refreshMs)
  }

  private meaningOf(request: AgentRequest): Meaning {
    const meaning = this.meanings.get(request.id) ?? this.readMeaning(request)
    this.meanings.set(request.id, meaning)
    return meaning
  }

  private readMeaning({ kind, text, cwd, folder, agent }: AgentRequest): Meaning {
    if (kind === 'blocked') return { kind: 'blocked', missing: text.replace(/\[\[task:blocked\]\]/gi, '').trim() }
    const read = readAsked(text)
    if (read.kind !== 'job') return read
    const { action, warnings, hasUnknownKeys } = read
    try {
      // It runs where the agent worked; the documents are those of the folder.
      return {
        kind: 'job',
        startable: this.planIn(action, cwd, folder, conversationAgent(agent)),
        warnings,
        hasUnknownKeys,
      }
    } catch (error) {
      if (!isRelayError(error)) throw error
      return { kind: 'malformed', problems: [error.message] }
    }
  }
}

/** Whether its errors can go back to the conversation that made them. */
export function canBeRepaired({ meaning, repair, request }: ShownRequest): boolean {
  const isResumable = request.conversation !== null && conversationAgent(request.agent) !== null
  return meaning.kind === 'malformed' && repair === null && isResumable
}

/** The agent, if it is one with conversations of its own. */
export function conversationAgent(agent: AgentRequest['agent']): TranscriptAgent | null {
  return transcriptAgents.find((one) => one === agent) ?? null
}

function shapeOf(shown: readonly ShownRequest[]): string {
  return JSON.stringify(shown.map(({ request, state, repair }) => [request.id, state, repair]))
}
