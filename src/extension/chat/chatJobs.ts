// The jobs as the chat names and reads them: by the beginning or the end of an id; those of this window, newest first.
import * as vscode from 'vscode'
import { currentAttempt } from '../../core/jobs/job'
import type { JobDescription } from '../../core/jobs/describeJob'
import { isCheckOfStep } from '../../core/jobs/spec'
import { RelayError } from '../../core/relayError'
import type { StoredJob } from '../../store/jobs/jobFiles'
import type { JobStore } from '../../store/jobs/jobStore'
import { readTail } from '../../store/logs/readTail'
import type { JobModel } from '../jobs/jobModel'

/** The end of a log that is looked at; what is longer is in the editor's own view of it. */
const tailBytes = 256 * 1024

/** Whoever asks is told how things are, not how the views drew them last: each question looks at the disk. */
export class ChatJobs {
  constructor(
    readonly model: JobModel,
    private readonly store: JobStore,
  ) {}

  /** All live jobs of this window, then ended ones, newest first, `count` in all at least if there are. */
  newest(count: number): readonly JobDescription[] {
    this.model.refresh()
    const { live } = this.model
    const ended = this.model.ended(0, Math.max(0, count - live.length))
    return [...live, ...ended].map((stored) => this.model.describe(stored))
  }

  get total(): number {
    return this.model.live.length + this.model.endedCount
  }

  /** Jobs that can be stopped. */
  get live(): readonly JobDescription[] {
    return this.newest(0).filter(({ endedAt }) => endedAt === null)
  }

  /** The job that `words` name; without words, or for `latest`, the newest of this window. Throws RelayError. */
  find(words: string): StoredJob {
    this.model.refresh()
    const text = words.trim().replace(/^[`#]+|`+$/g, '')
    if (text !== '' && text !== 'latest') return this.store.find(text)
    const [newest] = [...this.model.live, ...this.model.ended(0, 20)]
      .filter(
        ({ job: { spec } }) => spec.origin.kind !== 'follow_up' && !isCheckOfStep(spec.origin) && spec.dryRun !== true,
      )
      .sort((a, b) => b.job.spec.createdAtMs - a.job.spec.createdAtMs)
    if (newest === undefined) throw new RelayError('no_job', vscode.l10n.t('There are no jobs in this window yet.'))
    return newest
  }

  describe(stored: StoredJob): JobDescription {
    return this.model.describe(this.model.get(stored.job.spec.id) ?? stored)
  }

  lastLine(job: JobDescription): string {
    const stored = this.model.get(job.id)
    return stored === null ? '' : this.model.lastLine(stored)
  }

  /** The last `count` lines of its log, sanitised; none before it has one. */
  async tail({ job, paths }: StoredJob, count: number): Promise<readonly string[]> {
    if (currentAttempt(job) === null) return []
    return (await readTail(paths.attempt(job.attempt).log, count, tailBytes)).lines
  }
}
