// From the turns of agents' conversations to requests on disk.
import fs from 'node:fs'
import { type AgentRequest, expiresAfterMs } from '../../core/agentRequests/agentRequest'
import { findAsked } from '../../core/agentRequests/findAsked'
import { readAsked } from '../../core/agentRequests/readAsked'
import { whoseConversation } from '../../core/agentRequests/whoseConversation'
import type { Turn } from '../../core/transcripts/turn'
import { OwnTurns } from '../followUps/ownTurns'
import type { FolderPaths } from '../stateFolder'
import { agentRequestId, AgentRequestStore } from './agentRequestStore'
import type { AskingFolderAround } from './foldersAround'

/** A folder in which agents may ask. */
export interface AskingFolder {
  readonly paths: FolderPaths
  /** Its real path. */
  readonly path: string
  /** What was said before is never a request; ms since the epoch. */
  readonly sinceMs: number
}

export class RequestCollector {
  /** Of this window. */
  private readonly folders: readonly (AskingFolder & {
    readonly isOpen: true
    readonly store: AgentRequestStore
    readonly ownTurns: OwnTurns
  })[]
  /** What every conversation has asked for, by agent and conversation. */
  private readonly asked = new Map<string, AgentRequest[]>()

  constructor(
    folders: readonly AskingFolder[],
    private readonly now: () => number,
    /** Folders around a real path in which requests are on, those of other windows among them. */
    private readonly around: (real: string) => readonly AskingFolderAround[] = () => [],
  ) {
    this.folders = folders.map((folder) => ({
      ...folder,
      isOpen: true,
      store: new AgentRequestStore(folder.paths),
      ownTurns: new OwnTurns(folder.paths),
    }))
    for (const { store } of this.folders)
      for (const { request } of [...store.list(now())].reverse()) this.remember(request)
  }

  /** Records what the turn asks for; true if something was not known before. Throws RelayError. */
  collect(turn: Turn): boolean {
    const real = realPathOf(turn.cwd)
    const folder = real === null ? null : whoseConversation(real, turn.atMs, this.folders)
    if (real === null || folder === null) return false
    if (turn.atMs + expiresAfterMs < this.now()) return false
    const { agent, conversation, id, atMs } = turn
    const before = this.askedIn(turn).filter((request) => request.turn !== id)
    let isNew = false
    const wanted = findAsked(turn.answer)
    // What a follow-up asks for is the supervisor's to decide, and its tasks tell when it is blocked.
    if (wanted.length > 0 && folder.ownTurns.has(turn)) return false
    const others = wanted.length === 0 ? [] : this.around(real).filter(({ path }) => !this.isOwn(path))
    // Of a folder further in that another window has open.
    if (whoseConversation(real, turn.atMs, [folder, ...others]) !== folder) return false
    for (const [nth, asked] of wanted.entries()) {
      // A conversation that has come as far as a block is blocked in its work, which its job tells.
      if (asked.kind === 'blocked' && before.some(({ kind }) => kind === 'block')) continue
      const { kind, text } = asked
      const place = { agent, conversation, turn: id, cwd: real, folder: folder.path, atMs }
      const request: AgentRequest = { v: 1, id: agentRequestId(turn, asked, nth), ...place, kind, text }
      // It was listed there before this folder was opened.
      if (others.some(({ paths }) => new AgentRequestStore(paths).has(request.id))) continue
      if (folder.store.add(request)) isNew = true
      this.remember(request)
    }
    for (const request of before)
      if (request.atMs <= atMs && isUnstartable(request) && folder.store.supersede(request.id)) isNew = true
    return isNew
  }

  private isOwn(path: string): boolean {
    return this.folders.some((folder) => folder.path === path)
  }

  private askedIn({ agent, conversation }: Turn | AgentRequest): readonly AgentRequest[] {
    return this.asked.get(`${agent} ${conversation}`) ?? []
  }

  private remember(request: AgentRequest): void {
    const known = this.askedIn(request)
    const isKnown = known.some(({ id }) => id === request.id)
    if (!isKnown) this.asked.set(`${request.agent} ${request.conversation}`, [...known, request])
  }
}

function isUnstartable({ kind, text }: AgentRequest): boolean {
  return kind === 'blocked' || readAsked(text).kind === 'malformed'
}

function realPathOf(directory: string): string | null {
  try {
    return fs.realpathSync(directory)
  } catch {
    return null // Gone: nothing could be started there.
  }
}
