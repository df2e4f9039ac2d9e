// Why jobs wait, for views: told from what is on disk by the same policy by which the supervisor gives turns.
import fs from 'node:fs'
import { conversationOf, type Job } from '../../core/jobs/job'
import { type QueueWorld, whyWaiting } from '../../core/jobs/turn'
import type { StateFolder } from '../stateFolder'
import { type Groups, queueWorldOf, readGroups } from './groups'
import { JobCatalog } from './jobCatalog'
import type { JobStore } from './jobStore'

export class QueueView {
  private groups: Groups = { known: new Map(), problem: null }
  private groupsSeen = ''
  /** All folders of the host: groups that count over them are looked at only where somebody waits for one. */
  private whole: JobCatalog | null = null
  private world: QueueWorld | null = null

  constructor(
    private readonly state: StateFolder,
    private readonly store: JobStore,
    /** The jobs that are looked at anyway. */
    private readonly catalog: () => JobCatalog,
  ) {}

  /** Looks at what may have changed; true if somebody may wait for something else now. */
  refresh(): boolean {
    this.world = null
    const waiting = this.catalog()
      .allLive()
      .filter(({ job }) => job.state.kind === 'queued')
    if (waiting.length === 0) {
      this.whole = null
      return false
    }
    const needsWhole = waiting.some(
      ({ job: { spec } }) => spec.plan.queue?.group?.scope === 'host' || conversationOf(spec.plan) !== null,
    )
    this.whole = needsWhole ? (this.whole ?? new JobCatalog(() => this.state.listFolders())) : null
    const changed = this.whole?.refresh() === true
    return this.lookAtGroups() || changed
  }

  /** False while there is more to look at, even if nothing changes. */
  get isComplete(): boolean {
    return this.whole?.isComplete ?? true
  }

  /** Null: it does not wait, or another host knows. */
  whyWaiting(job: Job): string | null {
    return job.spec.host === this.state.host ? whyWaiting(job, (this.world ??= this.look())) : null
  }

  private look(): QueueWorld {
    const catalog = this.whole ?? this.catalog()
    const live = catalog
      .allLive()
      .flatMap(({ job }) => (job.state.kind === 'ended' || job.spec.host !== this.state.host ? [] : [job]))
    return queueWorldOf(this.state, this.groups, live, (id) => catalog.get(id) ?? this.store.tryRead(id))
  }

  private lookAtGroups(): boolean {
    try {
      const { mtimeMs = 0, size = 0 } = fs.statSync(this.state.groups, { throwIfNoEntry: false }) ?? {}
      const seen = `${mtimeMs} ${size}`
      if (seen === this.groupsSeen) return false
      this.groups = readGroups(this.state)
      this.groupsSeen = seen
      return true
    } catch {
      return false // The next look tries again; what was known stays.
    }
  }
}
