// The jobs that wait: when they are looked at, whose turn it is, and the groups that limit how many run side by side.
import fs from 'node:fs'
import { conversationOf, type Job } from '../../core/jobs/job'
import type { JobId } from '../../core/jobs/jobId'
import { type QueueWorld, type Turn, turnOf } from '../../core/jobs/turn'
import { type Groups, queueWorldOf, readGroups, writeGroup } from '../../store/jobs/groups'
import type { JobStore } from '../../store/jobs/jobStore'
import type { Request } from '../../store/request'
import { folderKey, type StateFolder } from '../../store/stateFolder'
import { isInConversation } from '../followUps/inConversation'
import type { Logger } from '../logger'
import type { LiveJob } from './liveJob'

export interface QueueContext {
  readonly state: StateFolder
  readonly store: JobStore
  readonly log: Logger
  readonly live: ReadonlyMap<JobId, LiveJob>
  /** Jobs and folders that could not be taken up because of trouble that may pass. */
  readonly putOff: ReadonlySet<string>
}

export class JobQueue {
  private look: NodeJS.Immediate | null = null
  /** What was read of jobs that are over while those that wait are looked at. */
  private reading: Map<JobId, ReturnType<JobStore['tryRead']>> | null = null
  private closed = false
  /** False while jobs are taken up or asked for: of what is not known yet, one may have the place that another asks for. */
  private knowsAll = false
  private groups: Groups = { known: new Map(), problem: null }

  constructor(private readonly context: QueueContext) {}

  /** More jobs are being made known: no turn is given before they are. */
  expectMore(): void {
    this.knowsAll = false
    this.lookSoon()
  }

  close(): void {
    this.closed = true
  }

  /** Whether it may begin. Throws RelayError if that cannot be told now. */
  turn(job: Job): Turn {
    if (!this.knowsAll) return { kind: 'wait', why: 'for all jobs to be known' }
    const scope = job.spec.plan.queue?.group?.scope
    // One that cannot be read now may have the place.
    const isWide = scope === 'host' || conversationOf(job.spec.plan) !== null
    const isUncertain = isWide ? this.context.putOff.size > 0 : scope === 'folder' && this.isPutOff(job.spec.folder)
    if (isUncertain) return { kind: 'wait', why: 'for jobs that cannot be read just now' }
    const turn = turnOf(job, this.queueWorld())
    if (turn.kind !== 'go') return turn
    const live = [...this.context.live.values()].map((one) => one.job)
    return isInConversation(job, live, (other) => this.context.state.folder(folderKey(other.spec.folder)))
      ? { kind: 'wait', why: 'for the turn that began its conversation' }
      : turn
  }

  /** Something has begun or ended: those that wait may go on. Once for all that changes in one turn. */
  lookSoon(): void {
    this.look ??= setImmediate(() => {
      this.look = null
      if (this.closed) return
      this.knowsAll = true
      if (this.groups.problem !== null) this.readGroups()
      for (const live of [...this.context.live.values()]) if (live.job.state.kind === 'queued') live.step()
    })
  }

  /** Throws RelayError. */
  setGroup({ key, limit, paused }: Extract<Request, { kind: 'set_group' }>): void {
    const change = { ...(limit === undefined ? {} : { limit }), ...(paused === undefined ? {} : { paused }) }
    this.groups = writeGroup(this.context.state, this.groups, key, change)
    // Readers look again at those that wait.
    const waiting = [...this.context.live.values()].filter(({ job }) => job.state.kind === 'queued')
    for (const folder of new Set(waiting.map(({ job }) => folderKey(job.spec.folder))))
      fs.writeFileSync(this.context.state.folder(folder).changed, '', { mode: 0o600 })
    this.lookSoon()
  }

  readGroups(): void {
    try {
      this.groups = readGroups(this.context.state)
    } catch (error) {
      this.groups = { known: new Map(), problem: error instanceof Error ? error.message : String(error) }
    }
    if (this.groups.problem !== null) this.context.log(this.groups.problem)
  }

  private isPutOff(folder: string): boolean {
    const paths = this.context.state.folder(folderKey(folder))
    return [...this.context.putOff].some((name) => name === paths.key || fs.existsSync(`${paths.jobs}/${name}`))
  }

  private queueWorld(): QueueWorld {
    const live = [...this.context.live.values()].flatMap(({ job }) => (job.state.kind === 'ended' ? [] : [job]))
    this.reading ??= new Map()
    setImmediate(() => (this.reading = null))
    const { reading } = this
    // One look at all that wait reads each job that has ended once.
    const read = (id: JobId) => {
      const known = reading.get(id)
      if (known !== undefined) return known
      const stored = this.context.store.tryRead(id)
      reading.set(id, stored)
      return stored
    }
    const world = queueWorldOf(this.context.state, this.groups, live, read)
    return { ...world, find: (id) => this.context.live.get(id)?.job ?? world.find(id) }
  }
}
