// The requests of agents on disk, the same for all windows: whoever is first makes a file, and no file is changed.
import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import {
  type AgentRequest,
  type AgentRequestId,
  type AgentRequestState,
  agentRequestIdSchema,
  agentRequestSchema,
  expiresAfterMs,
  type RequestedJob,
  requestedJobSchema,
} from '../../core/agentRequests/agentRequest'
import type { Asked } from '../../core/agentRequests/findAsked'
import type { JobId } from '../../core/jobs/jobId'
import type { Turn } from '../../core/transcripts/turn'
import { asRelayError, errorCode, makeDirectory, readIfExists, syncDirectory, writeDurably } from '../durableFile'
import type { AgentRequestPaths } from '../agentRequestPaths'
import type { FolderPaths } from '../stateFolder'

/** Ended ones are kept for so long after they have expired, so that no transcript brings them back. */
const keptMs = 30 * 86_400_000

export interface StoredRequest {
  readonly request: AgentRequest
  readonly state: AgentRequestState
  /** The errors were sent back by this job. */
  readonly repair: RequestedJob | null
}

/**
 * The same for the same words of the same turn, whichever window reads them and in whichever copy of the conversation;
 * `nth` tells equal words of one answer apart.
 */
export function agentRequestId({ agent, id }: Turn, { kind, text }: Asked, nth: number): AgentRequestId {
  const key = JSON.stringify([agent, id, kind, text, nth])
  return agentRequestIdSchema.parse(createHash('sha256').update(key).digest('hex').slice(0, 32))
}

/** The id of what the answer of one attempt of a follow-up asks for: that of its turn, whoever looks at it. */
export function answerRequestId(followUp: JobId, attempt: number, text: string, nth: number): AgentRequestId {
  const key = JSON.stringify(['answer', followUp, attempt, text, nth])
  return agentRequestIdSchema.parse(createHash('sha256').update(key).digest('hex').slice(0, 32))
}

export class AgentRequestStore {
  constructor(private readonly folder: FolderPaths) {}

  /** Records a request, whole or not at all; false if it was known already. Throws RelayError. */
  add(request: AgentRequest): boolean {
    const { directory } = this.folder.agentRequest(request.id)
    if (fs.existsSync(directory)) return false
    makeDirectory(this.folder.agentRequests)
    const fresh = `${this.folder.agentRequests}/new-${randomBytes(6).toString('hex')}`
    try {
      fs.mkdirSync(fresh, { mode: 0o700 })
      writeDurably(`${fresh}/request.json`, `${JSON.stringify(agentRequestSchema.parse(request))}\n`)
      fs.renameSync(fresh, directory)
      syncDirectory(this.folder.agentRequests)
      return true
    } catch (error) {
      fs.rmSync(fresh, { recursive: true, force: true })
      if (['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) return false // Another window was faster.
      throw asRelayError(error, 'write', directory)
    }
  }

  has(id: AgentRequestId): boolean {
    return fs.existsSync(this.folder.agentRequest(id).directory)
  }

  /** All requests, newest first. What cannot be read is left out: it is nothing that could be started. */
  list(nowMs: number): readonly StoredRequest[] {
    return this.folder
      .listAgentRequests()
      .flatMap((id) => this.read(id, nowMs) ?? [])
      .sort((a, b) => b.request.atMs - a.request.atMs)
  }

  read(id: AgentRequestId, nowMs: number): StoredRequest | null {
    const paths = this.folder.agentRequest(id)
    const request = agentRequestSchema.safeParse(readJson(paths.request)).data
    if (request?.id !== id) return null
    const repair = requestedJobSchema.safeParse(readJson(paths.repair)).data ?? null
    return { request, repair, state: this.stateOf(paths, request, nowMs) }
  }

  dismiss(id: AgentRequestId): void {
    mark(this.folder.agentRequest(id).dismissed)
    this.tellWindows()
  }

  /** The conversation went on: what it asked for before that nobody can start is not of interest any more. True once. */
  supersede(id: AgentRequestId): boolean {
    return mark(this.folder.agentRequest(id).superseded)
  }

  /** Whether the caller is the first to ask, among all windows. False, too, if that cannot be told. */
  claimNotice(id: AgentRequestId): boolean {
    try {
      return mark(this.folder.agentRequest(id).noticed)
    } catch {
      return false // It is listed all the same.
    }
  }

  /**
   * The one job that a request may lead to, or that sends its errors back: `wanted`, or the one that another window has
   * named before. To be called before the job is started. Throws RelayError.
   */
  nameJob(id: AgentRequestId, what: 'start' | 'repair', wanted: RequestedJob): RequestedJob {
    const paths = this.folder.agentRequest(id)
    const file = what === 'start' ? paths.start : paths.repair
    const fresh = `${file}.${randomBytes(6).toString('hex')}`
    writeDurably(fresh, `${JSON.stringify(wanted)}\n`)
    try {
      fs.linkSync(fresh, file)
      return wanted
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw asRelayError(error, 'write', file)
      return requestedJobSchema.parse(readJson(file))
    } finally {
      fs.rmSync(fresh, { force: true })
    }
  }

  /** The job was not started after all: another attempt may be made. */
  unnameJob(id: AgentRequestId, what: 'start' | 'repair'): void {
    const paths = this.folder.agentRequest(id)
    fs.rmSync(what === 'start' ? paths.start : paths.repair, { force: true })
  }

  /** The named job is in the supervisor's hands. */
  confirmStart(id: AgentRequestId): void {
    mark(this.folder.agentRequest(id).started)
    this.tellWindows()
  }

  /** Where windows watch, nothing changes when a file is made further down. */
  private tellWindows(): void {
    const now = new Date()
    try {
      fs.utimesSync(this.folder.agentRequests, now, now)
    } catch {
      // They look by themselves every few seconds.
    }
  }

  /** Removes what has expired long ago. */
  prune(nowMs: number): void {
    for (const { request } of this.list(nowMs))
      if (request.atMs + expiresAfterMs + keptMs < nowMs)
        fs.rmSync(this.folder.agentRequest(request.id).directory, { recursive: true, force: true })
  }

  private stateOf(paths: AgentRequestPaths, { atMs }: AgentRequest, nowMs: number): AgentRequestState {
    const job = requestedJobSchema.safeParse(readJson(paths.start)).data
    // A window that died right after the start has left the job, and no mark of it.
    if (job !== undefined && (fs.existsSync(paths.started) || fs.existsSync(this.folder.job(job.jobId).directory)))
      return { kind: 'started', job }
    if (fs.existsSync(paths.dismissed)) return { kind: 'dismissed' }
    if (fs.existsSync(paths.superseded) || atMs + expiresAfterMs < nowMs) return { kind: 'expired' }
    return { kind: 'open' }
  }
}

/** Whether answers of follow-ups have asked here for something that is still open. Never throws. */
export function hasAnswerRequests(folder: FolderPaths): boolean {
  try {
    return new AgentRequestStore(folder)
      .list(Date.now())
      .some(({ request, state }) => request.answer !== undefined && state.kind === 'open')
  } catch {
    return false // What cannot be listed now is listed later.
  }
}

/** True for the one caller who made it. */
function mark(directory: string): boolean {
  try {
    fs.mkdirSync(directory, { mode: 0o700 })
    return true
  } catch (error) {
    if (['EEXIST', 'ENOENT'].includes(errorCode(error) ?? '')) return false // Made, or the request is not there any more.
    throw asRelayError(error, 'create', directory)
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readIfExists(file) ?? 'null')
  } catch {
    return null // Not to be read, or not ours.
  }
}
