// The restartable loop over all live jobs of one user on one host. Everything it knows is on disk; it may be killed at any
// instant. It never waits for a job, and never ends one by ending itself.
import fs from 'node:fs'
import path from 'node:path'
import { shownState } from '../core/jobs/describeJob'
import { isAtRest, isRunStateEdit, isSettled, type Job, type Next, pendingEdits, planOf } from '../core/jobs/job'
import { type QueueWorld, type Turn, turnOf } from '../core/jobs/turn'
import { isPassing, RelayError } from '../core/relayError'
import { type JobId, jobIdSchema } from '../core/jobs/jobId'
import { planDigest } from '../store/approval'
import type { RegistryFile } from '../store/experiments/registryFile'
import { build } from '../store/build'
import { isCurrent, readFinishedIndex } from '../store/jobs/finishedIndex'
import { readJob, type StoredJob, tryReadJob } from '../store/jobs/jobFiles'
import { JobStore } from '../store/jobs/jobStore'
import { doesTheSame, SameRunningError } from '../store/jobs/sameJobs'
import { readChains } from '../store/followUps/chains'
import { type Lock, acquireLock } from '../store/lock'
import type { Request, StartRequest } from '../store/request'
import { folderKey, type FolderPaths, type StateFolder } from '../store/stateFolder'
import { startKeeper } from '../store/wake'
import { type DirectoryWatch, watchDirectory } from '../store/watchDirectory'
import { DocumentEditor } from './documents/documentEditor'
import { writeHandoff } from './documents/handoff'
import { writeRunState } from './documents/runStateFile'
import { renderScript } from './jobs/script'
import { doRunPart, isUnderWay, partEdits, type RunWorld } from './experiments/doRunPart'
import { createFollowUp } from './followUps/createFollowUp'
import { isInConversation } from './followUps/inConversation'
import { startNext } from './followUps/startNext'
import { clearOldFiles } from './clearOldFiles'
import { assertSupersedes, writeRecord, writeWakeScript } from './handOver'
import { readInbox } from './inbox'
import { createJob, keepEnvironment } from './jobs/createJob'
import { LiveJob, type LiveJobContext } from './jobs/liveJob'
import { LocalBackend } from './jobs/localBackend'
import { GpuTable } from './jobs/gpuTable'
import type { WatchTools } from './jobs/jobWatch'
import { PatternMatcher } from './jobs/patternMatcher'
import { finishRemovals, removeJob } from './jobs/removal'
import type { Logger } from './logger'

/** Every live job is looked at this often even if nothing calls: a wrapper that was killed calls nobody. */
const sweepMs = 10_000
const retryMs = 1_000

export interface SupervisorOptions {
  /** The file this process runs from. */
  readonly bundle: string
  /** How long it stays when nothing is live; null: for ever. */
  readonly idleMs: number | null
  readonly log: Logger
  /** Called when it has let go of the lock and has nothing more to do. */
  readonly onEnd: () => void
}

export class Supervisor {
  private readonly live = new Map<JobId, LiveJob>()
  /** Jobs and folders that could not be taken up because of trouble that may pass. */
  private readonly putOff = new Set<string>()
  private readonly store: JobStore
  private readonly backend: LocalBackend
  private readonly editor: DocumentEditor
  private readonly watchTools: WatchTools
  private watch: DirectoryWatch | null = null
  private sweepTimer: NodeJS.Timeout | null = null
  private idleTimer: NodeJS.Timeout | null = null
  private inboxTimer: NodeJS.Timeout | null = null
  /** Those that runs which end now are recorded in. */
  private readonly registries = new Map<string, RegistryFile>()
  private queueLook: NodeJS.Immediate | null = null
  private ended = false
  private handingOver = false

  private constructor(
    private readonly state: StateFolder,
    private lock: Lock,
    private readonly options: SupervisorOptions,
  ) {
    this.store = new JobStore(state)
    this.editor = new DocumentEditor(options.log)
    const folder = path.dirname(options.bundle)
    this.backend = new LocalBackend(folder, (jobId) => state.bell(jobId), state.wakeScript)
    const matcher = new PatternMatcher(options.bundle)
    this.watchTools = { backend: this.backend, gpus: new GpuTable(), matcher }
  }

  /** Starts supervising, or null if another process of this host does. Throws RelayError where it cannot. */
  static start(state: StateFolder, options: SupervisorOptions): Supervisor | null {
    const lock = acquireLock(state.lock)
    if (lock === null) return null
    const supervisor = new Supervisor(state, lock, options)
    supervisor.begin()
    return supervisor
  }

  private begin(): void {
    this.writeRecord()
    clearOldFiles(this.state)
    writeWakeScript(this.state, this.options.bundle, this.options.log)
    this.options.log(`supervisor ${build} has begun`)
    this.watch = watchDirectory(this.state.inbox, () => this.readInbox())
    this.sweepTimer = setInterval(() => this.sweep(), sweepMs)
    this.adoptJobs()
    this.readInbox()
  }

  /** Lets go of everything; jobs go on. */
  end(reason: string): void {
    if (this.ended) return
    this.letGo(reason)
    this.options.onEnd()
  }

  private letGo(reason: string): void {
    this.ended = true
    this.watch?.close()
    if (this.sweepTimer !== null) clearInterval(this.sweepTimer)
    if (this.idleTimer !== null) clearTimeout(this.idleTimer)
    for (const live of this.live.values()) live.close()
    this.editor.close()
    fs.rmSync(this.state.supervisorRecord, { force: true })
    this.lock.release()
    this.options.log(`supervisor has ended: ${reason}`)
  }

  private sweep(): void {
    this.writeRecord()
    for (const live of [...this.live.values()]) live.step()
    this.readInbox()
  }

  /** All jobs of this host that are not over are taken up where their journals stand. */
  private adoptJobs(): void {
    for (const folder of this.state.listFolders()) this.adoptFolder(folder)
  }

  /** Trouble with one folder keeps no other from being watched over. */
  private adoptFolder(folder: FolderPaths): void {
    this.putOff.delete(folder.key)
    if (this.ended) return
    try {
      this.adoptJobsOf(folder)
    } catch (error) {
      this.options.log(`the folder ${folder.key} was put off: ${describeError(error)}`)
      this.putOff.add(folder.key)
      setTimeout(() => this.adoptFolder(folder), sweepMs)
    }
  }

  private adoptJobsOf(folder: FolderPaths): void {
    finishRemovals(folder, this.options.log)
    const finished = readFinishedIndex(folder)
    for (const name of folder.listJobs()) {
      const entry = finished.get(name)
      if (entry !== undefined && isCurrent(folder, entry)) continue
      const id = jobIdSchema.safeParse(name)
      if (id.success) this.adoptById(folder, id.data)
    }
    this.editor.removeLeftovers(
      folder,
      [...this.live.values()].flatMap(({ job }) => [...pendingEdits(job), ...partEdits(job)]),
    )
  }

  /** Takes up a job that is on disk. Trouble that passes is tried again, for nobody else will. */
  private adoptById(folder: FolderPaths, id: JobId): void {
    this.putOff.delete(id)
    if (this.ended) return
    try {
      const stored = readJob(folder, id)
      if (stored !== null) this.adopt(stored, folder)
    } catch (error) {
      if (!(error instanceof RelayError)) throw error
      this.options.log(`job ${id} was ${isPassing(error) ? 'put off' : 'passed over'}: ${error.message}`)
      if (!isPassing(error)) return
      this.putOff.add(id)
      setTimeout(() => this.adoptById(folder, id), retryMs)
    }
  }

  private adopt(stored: StoredJob, folder: FolderPaths): void {
    const { id, host } = stored.job.spec
    // A job that is not approved was cut off while it was created: its request is still in the inbox.
    if (stored.job.state.kind === 'requested') return
    if (stored.newer || host !== this.state.host || this.live.has(id)) return
    const live = new LiveJob(stored, folder, this.context(folder))
    this.live.set(id, live)
    this.cancelIdle()
    live.step()
  }

  private context(folder: FolderPaths): LiveJobContext {
    return {
      backend: this.backend,
      watchTools: this.watchTools,
      log: this.options.log,
      script: (job) =>
        renderScript(job, { node: process.execPath, supervisor: this.options.bundle, root: this.state.root }),
      turn: (job) => this.turn(job),
      decideNext: (job) => Promise.resolve().then(() => this.startNext(job, folder)),
      doPart: (job, part) => doRunPart(this.runWorld(folder), job, part),
      onChanged: () => this.lookAtQueue(),
      createFollowUp: (job) => {
        createFollowUp(job, folder)
        if (job.followUp !== null) this.adoptById(folder, job.followUp.jobId)
      },
      followUpExists: ({ followUp }) => {
        const stored = followUp === null ? null : tryReadJob(folder, followUp.jobId)
        // One that cannot be read was there once: it is not started again.
        return stored !== null && (!('job' in stored) || stored.job.approval !== null)
      },
      editDocument: (job: Job, edit: string) =>
        isRunStateEdit(edit)
          ? writeRunState(job)
          : writeHandoff({ store: this.store, editor: this.editor, folder }, job, edit),
      onBroken: (live) => {
        live.close()
        this.live.delete(live.job.spec.id)
        this.adoptById(folder, live.job.spec.id)
      },
      onSettled: (live) => {
        this.live.delete(live.job.spec.id)
        for (const { id } of live.job.edits) this.editor.forget(folder, id)
        for (const id of partEdits(live.job)) this.editor.forget(folder, id)
        this.scheduleIdle()
      },
    }
  }

  private turn(job: Job): Turn {
    const turn = turnOf(job, this.queueWorld())
    if (turn.kind !== 'go') return turn
    // The switch stops what waits, too.
    if (job.approval?.how === 'chain' && readChains(this.state).stoppedAtMs !== null)
      return { kind: 'wait', why: 'all chains are stopped' }
    const live = [...this.live.values()].map((one) => one.job)
    return isInConversation(job, live, (other) => this.state.folder(folderKey(other.spec.folder)))
      ? { kind: 'wait', why: 'for the turn that began its conversation' }
      : turn
  }

  private startNext(job: Job, folder: FolderPaths): Next {
    return startNext(job, folder, {
      state: this.state,
      store: this.store,
      nowMs: Date.now(),
      running: (digest) => this.listRunning(digest),
      start: (spec, approval, env) => {
        createJob(folder, spec, approval, env)
        this.adoptById(folder, spec.id)
      },
    })
  }

  private runWorld(folder: FolderPaths): RunWorld {
    return {
      folder,
      store: this.store,
      editor: this.editor,
      registries: this.registries,
      registryLock: this.state.registryLock,
      nowMs: Date.now(),
      listActive: (workspace) =>
        [...this.live.values()].flatMap(({ job }) => (job.spec.folder === workspace && isUnderWay(job) ? [job] : [])),
    }
  }

  private queueWorld(): QueueWorld {
    return {
      live: [...this.live.values()].flatMap(({ job }) => (job.state.kind === 'ended' ? [] : [job])),
      group: () => ({ limit: 1, paused: false }),
      find: (id) => this.live.get(id)?.job ?? this.findStored(id),
    }
  }

  private findStored(id: JobId): Job | null {
    const stored = this.store.tryRead(id)
    return stored !== null && 'job' in stored ? stored.job : null
  }

  /** Something has begun or ended: those that wait may go on. Once for all that changes in one turn. */
  private lookAtQueue(): void {
    this.queueLook ??= setImmediate(() => {
      this.queueLook = null
      for (const live of [...this.live.values()]) if (live.job.state.kind === 'queued') live.step()
    })
  }

  private readInbox(): void {
    if (this.ended || this.handingOver) return
    try {
      const rung = new Set<JobId>()
      const handlers = {
        take: (request: Request) => this.take(request),
        isClosed: () => this.handingOver,
        ring: (jobId: JobId) => void rung.add(jobId),
      }
      const left = readInbox(this.state, handlers, this.options.log)
      this.backend.lookTogether(() => {
        for (const jobId of rung) this.live.get(jobId)?.ring()
      })
      if (left) this.readInboxLater()
    } catch (error) {
      this.options.log(`the inbox could not be read: ${error instanceof Error ? (error.stack ?? '') : String(error)}`)
      this.readInboxLater()
    }
    this.scheduleIdle()
  }

  private readInboxLater(): void {
    this.inboxTimer ??= setTimeout(() => {
      this.inboxTimer = null
      this.readInbox()
    }, retryMs)
  }

  private take(request: Request): void {
    switch (request.kind) {
      case 'start':
        return this.startJob(request)
      case 'stop':
        return this.stopJob(request.jobId)
      case 'release':
        return this.letGoOf(request.jobId)
      case 'restart':
        return this.restartJob(request)
      case 'remove':
        return this.removeJob(request.jobId)
      case 'hand_over':
        return this.handOver(request)
    }
  }

  private startJob({ id, spec, approval, env, knows = [] }: StartRequest): void {
    if (spec.id !== id || spec.host !== this.state.host)
      throw new RelayError('bad_request', `Job ${spec.id} is for another host (${spec.host}), or another request.`)
    if (approval.digest !== planDigest(spec.plan))
      throw new RelayError('not_approved', `Job ${id} was not started: what was approved is not what was asked.`)
    const folder = this.state.folder(folderKey(spec.folder))
    // Here, where requests are taken one by one: of two windows that ask at the same moment one is told of the other. A job
    // that has a directory was taken before, by a supervisor that was killed before it could say so.
    if (spec.dryRun !== true && !fs.existsSync(folder.job(id).directory)) {
      const running = this.listRunning(approval.digest).filter((one) => !knows.includes(one))
      if (running.length > 0) throw new SameRunningError(running)
    }
    createJob(folder, spec, approval, env)
    this.adoptById(folder, id)
  }

  /** The jobs that are not over and do what this digest was made of, its directory among it. */
  private listRunning(digest: string): JobId[] {
    const jobs = [...this.live.values()].map(({ job }) => job)
    return jobs.flatMap((job) => (job.state.kind !== 'ended' && doesTheSame(job, digest) ? [job.spec.id] : []))
  }

  private stopJob(jobId: JobId): void {
    const live = this.liveJob(jobId)
    // What has ended by now has ended by itself.
    live?.step()
    if (live?.job.state.kind === 'ended' && live.job.state.outcome === 'stopped') return
    if (live === null || live.job.state.kind === 'ended')
      throw new RelayError('already_ended', `Job ${jobId} is not running: there is nothing to stop.`)
    if (live.job.stopRequestedAtMs === null) live.record([{ type: 'stop_requested' }])
    live.step()
  }

  private letGoOf(jobId: JobId): void {
    const live = this.liveJob(jobId)
    if (live?.job.state.kind !== 'queued') throw new RelayError('not_waiting', `Job ${jobId} does not wait.`)
    if (live.job.state.held) live.record([{ type: 'released' }])
    live.step()
  }

  private restartJob({ id, jobId, approval, env }: Extract<Request, { kind: 'restart' }>): void {
    const { stored, folder } = this.own(jobId)
    const { job } = stored
    // Taken before, by a supervisor that was killed before it could say so.
    if (job.restartRequest === id) return
    if (job.state.kind !== 'ended')
      throw new RelayError('not_ended', `Job ${jobId} is ${shownState(job)}: stop it before you restart it.`)
    if (!isSettled(job))
      throw new RelayError('not_settled', `Job ${jobId} is still handing over its results: try again.`)
    if (approval.digest !== planDigest(planOf(job)))
      throw new RelayError('not_approved', `Job ${jobId} was not restarted: what was approved is not what it does.`)
    keepEnvironment(folder, job.spec, job.attempt + 1, env)
    this.live.get(jobId)?.close()
    const live = new LiveJob(stored, folder, this.context(folder))
    live.record([{ type: 'restart_requested', approval, request: id }])
    this.live.set(jobId, live)
    live.step()
  }

  private removeJob(jobId: JobId): void {
    // Asked for twice, it is done once.
    if (this.store.folderOf(jobId) === null) return
    const { folder } = this.own(jobId)
    const live = {
      job: (id: JobId) => this.live.get(id)?.job ?? null,
      letGo: (id: JobId) => {
        this.live.get(id)?.close()
        this.live.delete(id)
      },
    }
    removeJob(folder, jobId, live, this.options.log)
  }

  /** A newer build has come: it takes over the lock and every job, while the work goes on. */
  private handOver(request: Extract<Request, { kind: 'hand_over' }>): void {
    assertSupersedes(request, this.options.bundle)
    // What else is asked is left to the newer one, which may understand more of it.
    this.handingOver = true
    setImmediate(() => {
      if (this.ended) return
      this.letGo(`handing over to ${request.supervisor}`)
      startKeeper(this.state, request.supervisor)
      this.options.onEnd()
    })
  }

  private liveJob(jobId: JobId): LiveJob | null {
    this.own(jobId)
    return this.live.get(jobId) ?? null
  }

  /** A job of this host. Throws RelayError if it is another's or is not there. */
  private own(jobId: JobId): { stored: StoredJob; folder: FolderPaths } {
    const folder = this.store.folderOf(jobId)
    const stored = folder === null ? null : readJob(folder, jobId)
    if (folder === null || stored === null) throw new RelayError('no_such_job', `There is no job ${jobId}.`)
    if (stored.job.spec.host !== this.state.host)
      throw new RelayError('foreign_host', `Job ${jobId} belongs to ${stored.job.spec.host}: act on it there.`)
    if (stored.newer)
      throw new RelayError('newer_version', `Job ${jobId} was written by a newer version of Relay Jobs. Update first.`)
    return { stored, folder }
  }

  private isBusy(): boolean {
    // What waits for a person is taken up again by the supervisor that the person's word wakes.
    return this.putOff.size > 0 || [...this.live.values()].some(({ job }) => !isAtRest(job))
  }

  private cancelIdle(): void {
    if (this.idleTimer !== null) clearTimeout(this.idleTimer)
    this.idleTimer = null
  }

  private scheduleIdle(): void {
    if (this.isBusy() || this.options.idleMs === null || this.idleTimer !== null || this.ended) return
    this.idleTimer = setTimeout(() => this.endIfIdle(), this.options.idleMs)
  }

  /**
   * Ends when nothing is live. Whoever asks writes the request first and then looks whether a supervisor is there; we let
   * go of the lock first and then look whether a request is there: one of the two sees the other.
   */
  private endIfIdle(): void {
    this.idleTimer = null
    if (this.isBusy() || this.ended) return
    fs.rmSync(this.state.supervisorRecord, { force: true })
    this.lock.release()
    const asked = fs.readdirSync(this.state.inbox).some((name) => name.endsWith('.json'))
    const again = asked ? acquireLock(this.state.lock) : null
    if (again === null) {
      this.lock = { release: () => undefined }
      this.end('nothing was left to do')
      return
    }
    this.lock = again
    this.writeRecord()
    this.readInbox()
  }

  private writeRecord(): void {
    writeRecord(this.state, this.options.bundle, this.options.log)
  }
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
