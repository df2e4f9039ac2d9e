// The restartable loop over all live jobs of one user on one host. Everything it knows is on disk; it may be killed at any
// instant. It never waits for a job, and never ends one by ending itself.
import fs from 'node:fs'
import path from 'node:path'
import type { Job, Next } from '../core/jobs/job'
import { isAtRest, isRunStateEdit } from '../core/jobs/owed'
import type { JobId } from '../core/jobs/jobId'
import type { RegistryFile } from '../store/experiments/registryFile'
import { build } from '../store/build'
import type { StoredJob } from '../store/jobs/jobFiles'
import { JobStore } from '../store/jobs/jobStore'
import { type Lock, acquireLock } from '../store/lock'
import type { Request } from '../store/request'
import type { FolderPaths, StateFolder } from '../store/stateFolder'
import { startKeeper } from '../store/wake'
import { type DirectoryWatch, watchDirectory } from '../store/watchDirectory'
import { Adoption } from './adoption'
import { DocumentEditor } from './documents/documentEditor'
import { writeHandoff } from './documents/handoff'
import { writeRunState } from './documents/runStateFile'
import { renderScript } from './jobs/script'
import { doRunPart, isUnderWay, partEdits, type RunWorld } from './experiments/doRunPart'
import { createFollowUp } from './followUps/createFollowUp'
import { startNext } from './followUps/startNext'
import { clearOldFiles } from './clearOldFiles'
import { assertSupersedes, writeRecord, writeWakeScript } from './handOver'
import { readInbox } from './inbox'
import { createJob } from './jobs/createJob'
import { JobQueue } from './jobs/jobQueue'
import { JobRequests } from './jobs/jobRequests'
import { LiveJob, type LiveJobContext } from './jobs/liveJob'
import { Backends } from './backends/backends'
import { LocalBackend } from './jobs/localBackend'
import { GpuTable } from './jobs/gpuTable'
import type { WatchTools } from './jobs/jobWatch'
import { PatternMatcher } from './jobs/patternMatcher'
import { describeTrouble, type Logger } from './logger'
import { undertakingOpeners } from './undertakings/kinds'
import { Undertakings } from './undertakings/undertakings'

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
  private readonly store: JobStore
  private readonly backend: LocalBackend
  private readonly backends: Backends
  private readonly editor: DocumentEditor
  private readonly adoption: Adoption
  private readonly queue: JobQueue
  private readonly requests: JobRequests
  private readonly undertakings: Undertakings
  private readonly watchTools: WatchTools
  private watch: DirectoryWatch | null = null
  private sweepTimer: NodeJS.Timeout | null = null
  private idleTimer: NodeJS.Timeout | null = null
  private inboxTimer: NodeJS.Timeout | null = null
  /** Those that runs which end now are recorded in. */
  private readonly registries = new Map<string, RegistryFile>()
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
    this.backends = new Backends(this.backend, state, options.log)
    const matcher = new PatternMatcher(options.bundle)
    this.watchTools = { gpus: new GpuTable(), matcher }
    const open = (stored: StoredJob, folder: FolderPaths) => new LiveJob(stored, folder, this.context(folder))
    this.adoption = new Adoption({
      ...{ state, live: this.live, editor: this.editor, log: options.log, open },
      onFolder: (folder) => this.undertakings.adoptFolder(folder),
      onTakenUp: () => this.cancelIdle(),
      onRetry: () => this.queue.lookSoon(),
    })
    const { putOff } = this.adoption
    this.queue = new JobQueue({ state, store: this.store, log: options.log, live: this.live, putOff })
    this.requests = new JobRequests({
      state,
      store: this.store,
      live: this.live,
      log: options.log,
      open,
      takeUp: (folder, id) => this.adoption.takeUp(folder, id),
      onChanged: () => this.queue.lookSoon(),
      onIdle: () => this.scheduleIdle(),
    })
    this.undertakings = new Undertakings(undertakingOpeners(), {
      state,
      editor: this.editor,
      store: this.store,
      log: options.log,
      matcher,
      backend: this.backend,
      liveJob: (id) => this.live.get(id)?.job ?? null,
      startJob: (workspace, spec, approval, env) => {
        createJob(workspace, spec, approval, env)
        this.adoption.takeUp(workspace, spec.id)
      },
      stopJob: (id) => this.requests.stopIfLive(id),
      removeJob: (id) => this.requests.remove(id),
      onIdle: () => this.scheduleIdle(),
    })
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
    this.queue.readGroups()
    this.watch = watchDirectory(this.state.inbox, () => this.readInbox())
    this.sweepTimer = setInterval(() => this.sweep(), sweepMs)
    this.adoption.takeUpAll()
    this.readInbox()
    this.queue.lookSoon()
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
    this.adoption.close()
    this.queue.close()
    this.undertakings.close()
    for (const live of this.live.values()) live.close()
    this.editor.close()
    fs.rmSync(this.state.supervisorRecord, { force: true })
    this.lock.release()
    this.options.log(`supervisor has ended: ${reason}`)
  }

  private sweep(): void {
    this.writeRecord()
    for (const live of [...this.live.values()]) live.step()
    this.undertakings.stepAll()
    this.readInbox()
  }

  private context(folder: FolderPaths): LiveJobContext {
    return {
      backend: (kind) => this.backends.of(kind),
      watchTools: this.watchTools,
      log: this.options.log,
      script: (job) =>
        renderScript(job, { node: process.execPath, supervisor: this.options.bundle, root: this.state.root }),
      turn: (job) => this.queue.turn(job),
      decideNext: (job) => Promise.resolve().then(() => this.startNext(job, folder)),
      doPart: (job, part) => doRunPart(this.runWorld(folder), job, part),
      onChanged: () => {
        this.queue.lookSoon()
        this.undertakings.lookSoon()
      },
      createFollowUp: (job) => {
        createFollowUp(job, folder)
        if (job.followUp !== null) this.adoption.takeUp(folder, job.followUp.jobId)
      },
      takeUpFollowUp: ({ followUp }) => followUp !== null && this.adoption.takeUpFollowUp(folder, followUp.jobId),
      editDocument: (job: Job, edit: string) =>
        isRunStateEdit(edit)
          ? writeRunState(job)
          : writeHandoff({ store: this.store, editor: this.editor, folder }, job, edit),
      onBroken: (live) => {
        live.close()
        this.live.delete(live.job.spec.id)
        this.adoption.takeUp(folder, live.job.spec.id)
      },
      onSettled: (live) => {
        this.live.delete(live.job.spec.id)
        for (const { id } of live.job.edits) this.editor.forget(folder, id)
        for (const id of partEdits(live.job)) this.editor.forget(folder, id)
        this.undertakings.lookSoon()
        this.scheduleIdle()
      },
    }
  }

  private startNext(job: Job, folder: FolderPaths): Next {
    return startNext(job, folder, {
      state: this.state,
      store: this.store,
      nowMs: Date.now(),
      running: (digest) => this.requests.listRunning(digest),
      start: (spec, approval, env) => {
        createJob(folder, spec, approval, env)
        this.adoption.takeUp(folder, spec.id)
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

  private readInbox(): void {
    if (this.ended || this.handingOver) return
    // Several that were asked for take their turns in the order of their times, not of their files' names.
    this.queue.expectMore()
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
      this.options.log(`the inbox could not be read: ${describeTrouble(error)}`)
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
        return this.requests.start(request)
      case 'stop':
        return this.requests.stop(request.jobId)
      case 'restart':
        return this.requests.restart(request)
      case 'remove':
        return this.requests.remove(request.jobId)
      case 'hold':
        return this.requests.hold(request.jobId)
      case 'release':
        return this.requests.release(request)
      case 'set_group':
        return this.queue.setGroup(request)
      case 'patch_watch':
        return this.requests.patchWatch(request)
      case 'start_undertaking':
      case 'stop_undertaking':
      case 'continue_undertaking':
      case 'tell_undertaking':
      case 'remove_undertaking':
        return this.undertakings.take(request)
      case 'hand_over':
        return this.handOver(request)
    }
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

  private isBusy(): boolean {
    // What waits for a person is taken up again by the supervisor that the person's word wakes.
    return (
      this.undertakings.isBusy ||
      this.adoption.putOff.size > 0 ||
      [...this.live.values()].some(({ job }) => !isAtRest(job))
    )
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
