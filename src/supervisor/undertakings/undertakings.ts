// All undertakings of this host that are not at rest, whatever their kinds: taken up, asked for, and woken by their jobs.
import fs from 'node:fs'
import path from 'node:path'
import type { Job } from '../../core/jobs/job'
import { type JobId, jobIdSchema } from '../../core/jobs/jobId'
import type { UndertakingPlan, UndertakingSpec } from '../../core/undertakings/undertaking'
import { isPassing, RelayError } from '../../core/relayError'
import { makeDirectory, syncDirectory, writeDurably } from '../../store/durableFile'
import { recordFolderPath } from '../../store/folderRecord'
import { renderEnvironment } from '../../store/jobs/jobFiles'
import { JournalWriter } from '../../store/journal'
import { bootId } from '../../store/processIdentity'
import type { UndertakingRequest } from '../../store/request'
import { folderKey, type FolderPaths, type StateFolder } from '../../store/stateFolder'
import {
  isKnownAtRest,
  readUndertaking,
  readUndertakingSpec,
  renderUndertakingSpec,
  undertakingEventSchema,
} from '../../store/undertakings/undertakingFiles'
import { undertakingDigest } from '../../store/undertakings/undertakingRequests'
import { finishRemovals } from '../jobs/removal'
import type { UndertakingActor } from './actor'
import { type LiveAnyUndertaking, LiveUndertaking, type UndertakingWorld } from './liveUndertaking'

/** What undertakings need of the supervisor besides what each of them does. */
export interface UndertakingsWorld extends Omit<UndertakingWorld, 'startJob' | 'onAtRest' | 'onBroken'> {
  readonly state: StateFolder
  startJob(folder: FolderPaths, ...rest: Parameters<UndertakingWorld['startJob']>): void
  /** Deletes an ended job with all that belongs to it; one that is gone is no trouble. Throws RelayError. */
  removeJob(id: JobId): void
  /** It may be that nothing is live any more. */
  onIdle(): void
}

/** A kind of undertaking, with its types closed over. */
export interface UndertakingOpener {
  readonly name: string
  /** Throws RelayError if the plan is none of this kind. */
  requirePlan(plan: UndertakingPlan): void
  /** Makes its first journal line durable; one that is there is left as it is. Throws RelayError. */
  approve(folder: FolderPaths, spec: UndertakingSpec, approval: Job['approval']): void
  /** Null: it is not there, or written by a newer version. Throws RelayError. */
  open(folder: FolderPaths, id: JobId, world: UndertakingWorld): LiveAnyUndertaking | null
}

export function openerOf<P extends UndertakingPlan, Own, State, Act>(
  actor: UndertakingActor<P, Own, State, Act>,
): UndertakingOpener {
  const { kind } = actor
  return {
    name: kind.name,
    requirePlan: (plan) => {
      const parsed = kind.planSchema.safeParse(plan)
      if (parsed.success) return
      const issue = parsed.error.issues[0]
      const where = issue === undefined ? '' : ` (${issue.path.join('.')}: ${issue.message})`
      throw new RelayError('bad_request', `The plan is not one this version understands${where}.`)
    },
    approve: (folder, spec, approval) => {
      const { journal } = folder.undertaking(spec.id)
      const { writer, content } = JournalWriter.open(journal, bootId(), undertakingEventSchema(kind))
      if (approval === null || content.lastSeq > 0) return
      writer.append([{ type: 'approved', approval }], Date.now())
    },
    open: (folder, id, world) => {
      const stored = readUndertaking(folder, id, kind)
      if (stored === null || stored.newer) return null
      const { approval, spec } = stored.undertaking
      if (approval?.digest !== undertakingDigest(spec.plan))
        throw new RelayError('not_approved', `What ${id} would do is not what was approved: its spec was changed.`)
      return new LiveUndertaking(stored, folder, actor, world)
    },
  }
}

/** What could not be read just now is tried again this soon. */
const retryMs = 1_000

export class Undertakings {
  private readonly live = new Map<JobId, LiveAnyUndertaking>()
  private readonly putOff = new Set<JobId>()
  private look: NodeJS.Immediate | null = null
  private closed = false

  constructor(
    private readonly openers: readonly UndertakingOpener[],
    private readonly world: UndertakingsWorld,
  ) {}

  /** Something is to be done, or looked after. */
  get isBusy(): boolean {
    return this.live.size > 0 || this.putOff.size > 0
  }

  /** Those of a folder that are not at rest are taken up where their journals stand. Throws RelayError. */
  adoptFolder(folder: FolderPaths): void {
    for (const name of folder.listUndertakings()) {
      const id = jobIdSchema.safeParse(name)
      if (id.success && !isKnownAtRest(folder.undertaking(id.data))) this.adopt(folder, id.data)
    }
  }

  /** Looks at all of them, once for everything that happens in one turn: a job of theirs has changed. */
  lookSoon(): void {
    this.look ??= setImmediate(() => {
      this.look = null
      this.stepAll()
    })
  }

  stepAll(): void {
    for (const one of [...this.live.values()]) one.step()
  }

  close(): void {
    this.closed = true
    for (const one of this.live.values()) one.close()
  }

  /** Throws RelayError that refuses it, or that says what passes. */
  take(request: UndertakingRequest): void {
    switch (request.kind) {
      case 'start_undertaking':
        return this.start(request)
      case 'stop_undertaking': {
        const one = this.own(request.undertaking)
        if (one.hasTaken(request.id)) return
        one.requireAccepted({ kind: 'stop', word: '', detail: '' })
        one.recordAsked({ type: 'stop_requested', request: request.id })
        return one.step()
      }
      case 'continue_undertaking':
        return this.continue(request)
      case 'tell_undertaking': {
        const { id, word, detail } = request
        const one = this.own(request.undertaking)
        if (one.hasTaken(id)) return
        one.requireAccepted({ kind: 'tell', word, detail })
        one.recordAsked({ type: 'told', request: id, word, detail })
        return one.step()
      }
      case 'remove_undertaking':
        return this.remove(request.undertaking)
    }
  }

  private start({ id, spec, approval, env }: Extract<UndertakingRequest, { kind: 'start_undertaking' }>): void {
    if (spec.id !== id || spec.host !== this.world.state.host)
      throw new RelayError('bad_request', `${spec.id} is for another host (${spec.host}), or another request.`)
    const opener = this.openerOf(spec)
    opener.requirePlan(spec.plan)
    if (approval.digest !== undertakingDigest(spec.plan))
      throw new RelayError('not_approved', `${id} was not started: what was approved is not what was asked.`)
    const folder = this.world.state.folder(folderKey(spec.folder))
    const paths = folder.undertaking(id)
    // Here, where requests are taken one by one. One that has a directory was taken before.
    if (!fs.existsSync(paths.directory))
      for (const one of this.live.values()) if (one.folder.key === folder.key) one.requireRoomFor(spec.plan)
    makeDirectory(paths.directory)
    // Asked again after a crash, it may have come further than that.
    if (!fs.existsSync(paths.journal)) {
      writeDurably(paths.env, renderEnvironment(env))
      writeDurably(paths.spec, renderUndertakingSpec(spec))
    }
    opener.approve(folder, spec, approval)
    recordFolderPath(folder, spec.folder)
    for (const directory of [folder.undertakings, folder.directory, path.dirname(folder.directory)])
      syncDirectory(directory)
    this.adopt(folder, id)
  }

  private continue(request: Extract<UndertakingRequest, { kind: 'continue_undertaking' }>): void {
    const { id, undertaking, word, approval, env } = request
    const one = this.own(undertaking)
    if (one.hasTaken(id)) return
    const spec = readUndertakingSpec(one.folder, undertaking)
    if (spec === null || approval.digest !== undertakingDigest(spec.plan))
      throw new RelayError('not_approved', `${undertaking} does not go on: what was approved is not what it does.`)
    one.requireAccepted({ kind: 'continue', word, detail: '' })
    for (const other of this.live.values())
      if (other !== one && other.folder.key === one.folder.key) other.requireRoomFor(one.openPlan())
    writeDurably(one.folder.undertaking(undertaking).env, renderEnvironment(env))
    one.recordAsked({ type: 'continue_requested', request: id, word, approval })
    one.step()
  }

  private remove(id: JobId): void {
    const folder = this.folderOf(id)
    // Asked for twice, it is done once.
    if (folder === null) return
    const one = this.own(id)
    if (!one.isAtRest) throw new RelayError('not_ended', `${id} still goes on: stop it before you remove it.`)
    for (const job of one.listJobs()) this.world.removeJob(job)
    one.close()
    this.live.delete(id)
    fs.renameSync(folder.undertaking(id).directory, path.join(folder.directory, `removed-${id}`))
    finishRemovals(folder, this.world.log)
    fs.writeFileSync(folder.changed, '')
    this.world.onIdle()
  }

  /** Live or at rest, and ours. Throws RelayError. */
  private own(id: JobId): LiveAnyUndertaking {
    const live = this.live.get(id)
    if (live !== undefined) return live
    const folder = this.folderOf(id)
    const spec = folder === null ? null : readUndertakingSpec(folder, id)
    if (folder === null || spec === null) throw new RelayError('no_such_run', `There is no run ${id}.`)
    if (spec.host !== this.world.state.host)
      throw new RelayError('foreign_host', `${id} belongs to ${spec.host}: act on it there.`)
    const opened = this.openerOf(spec).open(folder, id, this.worldOf(folder))
    if (opened === null)
      throw new RelayError('newer_version', `${id} was written by another version of Relay Jobs. Update first.`)
    this.live.set(id, opened)
    // It is let go again when it has nothing to do.
    setImmediate(() => opened.step())
    return opened
  }

  private openerOf({ id, plan }: UndertakingSpec): UndertakingOpener {
    const opener = this.openers.find(({ name }) => name === plan.kind)
    if (opener === undefined)
      throw new RelayError('newer_version', `${id} is a ${plan.kind}, which this version does not know. Update first.`)
    return opener
  }

  private folderOf(id: JobId): FolderPaths | null {
    return this.world.state.listFolders().find((one) => fs.existsSync(one.undertaking(id).directory)) ?? null
  }

  /** Takes up what is on disk. Trouble that passes is tried again, for nobody else will. */
  private adopt(folder: FolderPaths, id: JobId): void {
    this.putOff.delete(id)
    if (this.closed || this.live.has(id)) return
    try {
      const spec = readUndertakingSpec(folder, id)
      // One that was cut off while it was created: its request is still in the inbox.
      if (spec === null || spec.host !== this.world.state.host) return
      const opened = this.openerOf(spec).open(folder, id, this.worldOf(folder))
      if (opened === null) return
      this.live.set(id, opened)
      opened.step()
    } catch (error) {
      if (!(error instanceof RelayError)) throw error
      this.world.log(`${id} was ${isPassing(error) ? 'put off' : 'passed over'}: ${error.message}`)
      if (!isPassing(error)) return
      this.putOff.add(id)
      setTimeout(() => this.adopt(folder, id), retryMs)
    }
  }

  private worldOf(folder: FolderPaths): UndertakingWorld {
    return {
      ...this.world,
      startJob: (...rest) => this.world.startJob(folder, ...rest),
      onAtRest: (id) => {
        this.live.delete(id)
        this.world.onIdle()
      },
      onBroken: (id) => {
        this.live.get(id)?.close()
        this.live.delete(id)
        this.adopt(folder, id)
      },
    }
  }
}
